"""The sandbox's settings, with what makes tests fast."""

import os
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("CSE_SANDBOX", "true")

from cse_portal.settings import *  # noqa: F403
from tests.undefined import Undefined

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# WhiteNoise warns, and here a warning is an error, where nothing was ever collected: a fresh clone.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = Undefined()  # noqa: F405
# axe, which the browser's tests load into a page
AXE = Path(find_spec("axe_playwright_python").origin).parent  # type: ignore[union-attr, arg-type]
STATICFILES_DIRS = [*STATICFILES_DIRS, ("axe", AXE)]  # type: ignore[list-item] # noqa: F405
