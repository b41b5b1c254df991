"""The keys: set by the operator in production, generated once for each sandbox."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

MEANING = {
    "SECRET_KEY": "at least 50 random characters, kept secret and the same for every process",
    "CSE_RECEIPT_KEYS": "1: and a key of the same kind, for the codes of receipts; on a portal that"
    " has receipts already, also 0: and the SECRET_KEY of until now, after a comma",
    "DATABASE_URL": "the PostgreSQL server, for example postgres://cse:password@db.example/cse",
    "ALLOWED_HOSTS": "the names under which the portal is served, separated by commas",
    "PORTAL_URL": "the portal's own address, as e-mails give it",
    "EMAIL_URL": "the mail server, for example smtp://user:password@mail.example:587",
}


def require_environment(*names: str) -> None:
    """Raise ImproperlyConfigured if environment variables are missing, and list them."""
    missing = [name for name in names if not os.environ.get(name)]
    if not missing:
        return
    lines = "\n".join(f"  {name}: {MEANING[name]}" for name in missing)
    raise ImproperlyConfigured(
        f"Set in the environment:\n{lines}\n"
        "Or set CSE_SANDBOX=true for a simulation with demo companies (as `make demo` does)."
    )


def sandbox_key(folder: Path, name: str) -> str:
    """A key of the sandbox, generated at the first start and stored: sessions survive restarts."""
    path = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return path.read_text()
