"""A restore of the database: recorded by the operator, told to whoever holds a lost paper.

A database put back to last night's state also has last night's sessions and codes. People whose
rights or passwords were taken away since would go on with them: whoever records a restore ends all
sessions, in the same transaction.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.sessions.models import Session
from django.db import transaction

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import in_words_of_constraints
from cse_portal.web.security_log import note
from home import queries
from home.models import Restore
from users.models import EmailChange, SignInCode

#: how long ESMs are told at home that something may be missing
TOLD_FOR = timedelta(days=30)

BECAUSE = "everybody signs in again after a restore, whichever their company"


class Recorded(NamedTuple):
    """The record, and what ended with it."""

    restore: Restore
    sessions: int
    #: verification codes, of sign-ins and of changes of address, that nobody can enter any more
    codes: int


def record_restore(*, lost_from: datetime, lost_until: datetime) -> Recorded:
    """Record a restore, and end every session and code that came back with the earlier state.

    Raises ValidationError for a period that ends before it begins, or is not over.
    """
    restore = Restore(lost_from=lost_from, lost_until=lost_until)
    with transaction.atomic(), across_companies(because=BECAUSE):
        with in_words_of_constraints(Restore):
            restore.save()
        sessions = SignInCode.objects.filter(confirmed=True).count()
        codes = SignInCode.objects.filter(confirmed=False).count()
        Session.objects.all().delete()
        SignInCode.objects.all().delete()
        codes += EmailChange.objects.all().delete()[0]
    note("sessions_ended", count=sessions)
    return Recorded(restore, sessions, codes)


def withdraw_latest() -> Restore | None:
    """Take back the record made last, which was wrong; None where there is none."""
    with transaction.atomic(), across_companies(because=BECAUSE):
        restore = Restore.objects.first()
        if restore is not None:
            Restore.objects.filter(pk=restore.pk).delete()
    return restore


def restores_that_may_have_lost(number: str) -> list[Restore]:
    """The restores that may have taken away the acknowledgment of that number, the latest first.

    `number` is as stored; empty for what can be no number, which nothing has lost. The same query
    in each case.
    """
    return [one for one in queries.restores.all() if one.may_have_lost(number)]


def restores_of_late() -> list[Restore]:
    """Those that ESMs are told at home."""
    return queries.restores_since.all(clock.now() - TOLD_FOR)
