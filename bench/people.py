"""Signs people in without a page, in production's settings; prints what their visits need."""

import json
import os
import random
import secrets
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "cse_portal.settings"

import django

django.setup()

from datetime import timedelta  # noqa: E402
from importlib import import_module  # noqa: E402
from typing import Any  # noqa: E402

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django_otp import DEVICE_ID_SESSION_KEY  # noqa: E402

from bench.seeding import LARGER  # noqa: E402
from cse_portal import clock  # noqa: E402
from cse_portal.companies.tenancy import across_companies  # noqa: E402
from cse_portal.models import Draft  # noqa: E402
from cse_portal.web import session_life  # noqa: E402
from users.models import SignInCode, User  # noqa: E402

OFFICER = "BENC0001"
WEEK = 7 * 24 * 3600


def session_of(user: User) -> str:
    """The key of a session that is open, and stays so while the benchmark runs."""
    SignInCode.objects.filter(user=user).delete()  # of runs before
    code, _digits = SignInCode.issue(user, until=clock.now() + timedelta(days=7))
    code.confirmed = True
    code.save()
    code.open_session(browser="")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "users.backends.PortalBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[DEVICE_ID_SESSION_KEY] = code.persistent_id
    session_life.begin(session)
    session.save()
    return session.session_key


def account(user: User) -> dict[str, Any]:
    return {"session": session_of(user), "user_code": user.user_code, "key": user.pk}


def an_officer() -> User:
    """Who may do everything in the admin; the same in each run."""
    found: User | None = User.objects.filter(user_code=OFFICER).first()
    return found or User.objects.create_superuser(
        OFFICER,
        secrets.token_urlsafe(),
        family_name="Banc",
        first_name="Officier",
        email="officier@ministere.example",
    )


def main(companies: int, count: int) -> None:
    chosen = random.Random(count).sample(range(1, companies + 1), count)  # noqa: S311
    with across_companies(because="a benchmark arranges every company"):
        esms = User.objects.filter(role="esm")
        officer = account(an_officer())
        result: dict[str, Any] = {"companies": [], "larger": []}
        for company in chosen:
            esm = esms.get(company=company)
            user = User.objects.filter(company=company, role="user").earliest("user_code")
            Draft.objects.filter(company=company).delete()
            result["companies"].append(
                {
                    "key": company,
                    "esm": account(esm),
                    "user": account(user),
                    "officer": officer,
                    "proxy": company * 2 - 1,  # internal, as the seeds have it
                }
            )
        for larger in range(companies + 1, companies + 1 + len(LARGER)):
            result["larger"].append({"esm": account(esms.get(company=larger))})
    print(json.dumps(result))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
