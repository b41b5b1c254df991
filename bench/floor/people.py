"""Make the floor's tables and signed-in people; print the keys of their sessions."""

import json
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.floor.settings"

import django

django.setup()

from importlib import import_module  # noqa: E402

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench.floor.models import Item  # noqa: E402


def main(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS floor")
        cursor.execute("GRANT USAGE ON SCHEMA floor TO cse_login")
    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)  # the one without migrations
    with connection.cursor() as cursor:
        cursor.execute(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA floor TO cse_login"
        )
    engine = import_module("django.contrib.sessions.backends.db")
    keys = []
    for number in range(count):
        user, _new = User.objects.get_or_create(username=f"person{number}")
        Item.objects.get_or_create(owner=user, defaults={"name": f"Item {number}"})
        session = engine.SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        keys.append(session.session_key)
    print(json.dumps(keys))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
