"""Five wrong passwords close the sign-in with a user code for fifteen minutes."""

from threading import Thread

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from cse_portal import clock
from cse_portal.mail import letter
from cse_portal.tenancy import across_companies
from users.models import SignInTries, User


def take_try(user_code: str) -> int:
    """Count a try before its password is looked at: its number, 0 when the sign-in is closed.

    The row is locked meanwhile: of forty simultaneous tries, five are compared. The right password
    gives them back (`forgive`). Whether anybody has that user code makes no difference.
    """
    SignInTries.objects.bulk_create([SignInTries(user_code=user_code)], ignore_conflicts=True)
    with transaction.atomic():
        tries = SignInTries.objects.select_for_update(no_key=True).get(pk=user_code)
        if tries.is_old:
            tries.failures = 0
        if tries.failures >= SignInTries.AT_MOST:
            return 0
        tries.failures += 1
        tries.last_at = clock.now()
        tries.save()
    return tries.failures


def forgive(user_code: str) -> None:
    """The right password was given: the tries before it are forgotten."""
    SignInTries.objects.filter(pk=user_code).delete()


def spend_as_much(password: str) -> None:
    """The work of looking at a password: a closed sign-in takes as long as an open one."""
    make_password(password)


def warn(user_code: str) -> None:
    """Write to the person whose sign-in was just closed, if there is one.

    Aside, so that the answer takes as long whether anybody has that user code or not.
    """
    aside(user_code)


def aside(user_code: str) -> None:
    Thread(target=write_to, args=(user_code,), kwargs={"and_close": True}).start()


def write_to(user_code: str, *, and_close: bool = False) -> None:
    """The letter that tells the person; a mail server that is down is no reason to say more."""
    try:
        with across_companies(because="who is told of wrong passwords has not signed in"):
            person = User.objects.active().filter(user_code=user_code).first()
            if person:
                letter("sign_in_closed", to=person, minutes=settings.CSE_LOCKOUT_MINUTES).send(
                    fail_silently=True
                )
    finally:
        if and_close:
            connection.close()
