"""What is done with the database's password, and what `verify_trail` then tells."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection


def sql(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def end_of_transaction() -> None:
    """What a commit does: the entries take their places."""
    sql("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED")


def behind_the_portal(*statements: str) -> None:
    """As whoever has the database's password: no trigger, no foreign key."""
    end_of_transaction()
    sql("SET session_replication_role = replica", *statements)
    sql("SET session_replication_role = origin")


def verify(**options: Any) -> str:
    said = StringIO()
    call_command("verify_trail", stdout=said, **options)
    return said.getvalue()


def told(**options: Any) -> list[str]:
    """The lines of what is wrong; something must be."""
    said = StringIO()
    with pytest.raises(CommandError, match=r"^\d+ faults in \d+ entries\.$"):
        call_command("verify_trail", stdout=said, **options)
    return said.getvalue().splitlines()
