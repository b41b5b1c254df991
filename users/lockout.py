"""How often one may be wrong: passwords, verification codes, letters asked for, a whole address."""

from datetime import datetime, timedelta
from threading import Thread

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.web.security_log import note
from cse_portal.web.too_many import TooManyTries
from cse_portal.web.visitor import address_of
from notices.actions import queue_letter
from users.models import EmailedCode, Tries, User

Kind = Tries.Kind


def at_most(kind: Kind) -> int:
    """How many tries a kind allows; one more closes it for `CSE_LOCKOUT_MINUTES`."""
    limits = {Kind.PASSWORD: 5, Kind.CODE: 10, Kind.LETTER: 5}
    return limits.get(kind, settings.CSE_TRIES_PER_ADDRESS)


def closed_for() -> timedelta:
    return timedelta(minutes=settings.CSE_LOCKOUT_MINUTES)


def ends_at(tries: Tries) -> datetime:
    """When the count starts again: after a pause without any try; for what many people share, or
    for letters, some minutes after the first, whatever came since.
    """
    from_when = tries.last_at if tries.kind in {Kind.PASSWORD, Kind.CODE} else tries.since
    return from_when + closed_for()


def take(kind: Kind, key: str | int) -> int:
    """Count a try before anything is looked at: its number, 0 when no more is looked at.

    The row is locked meanwhile: of forty simultaneous tries of a password, five are compared.
    Whether anybody has that user code makes no difference.
    """
    Tries.objects.bulk_create([Tries(kind=kind, key=str(key))], ignore_conflicts=True)
    with transaction.atomic():
        tries = Tries.objects.select_for_update(no_key=True).get(kind=kind, key=str(key))
        now = clock.now()
        if ends_at(tries) <= now:
            tries.count, tries.since = 0, now
        if tries.count >= at_most(kind):
            return 0
        tries.count += 1
        tries.last_at = now
        tries.save()
    return tries.count


def is_closed(kind: Kind, key: str | int) -> bool:
    """Whether the next try would not be looked at."""
    tries = Tries.objects.filter(kind=kind, key=str(key)).first()
    if tries is None or tries.count < at_most(kind):
        return False
    return ends_at(tries) > clock.now()


def forgive(kind: Kind, key: str | int) -> None:
    """It was right: the tries before count no more. The row stays, for who tries meanwhile."""
    Tries.objects.filter(kind=kind, key=str(key)).update(count=0)


def from_address(request: HttpRequest) -> str:
    """An address as its tries are kept: recognized again, not read."""
    return salted_hmac("users.lockout", address_of(request), algorithm="sha256").hexdigest()


def take_from_address(request: HttpRequest) -> None:
    """Count a try of the visitor's address. Raises TooManyTries once it had its share."""
    if not take(Kind.ADDRESS, from_address(request)):
        note("address_closed")
        raise TooManyTries(int(closed_for().total_seconds()))


def give_back_to_address(request: HttpRequest) -> None:
    """A right password costs its address nothing: a whole class may sign in behind one."""
    give_back(Kind.ADDRESS, from_address(request))


def give_back(kind: Kind, key: str | int) -> None:
    """One try was none: a right password, a letter that could not leave."""
    Tries.objects.filter(kind=kind, key=str(key), count__gt=0).update(count=F("count") - 1)


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
    """Queue the letter that tells the person, if that user code is anybody's."""
    try:
        with across_companies(because="who is told of wrong passwords has not signed in"):
            person = User.objects.active().filter(user_code=user_code).first()
            if person:
                _tell_closed("sign_in_closed", person)
    finally:
        if and_close:
            connection.close()


def _tell_closed(template: str, person: User) -> None:
    """A letter that says what is closed for some minutes: no news a day later."""
    minutes = settings.CSE_LOCKOUT_MINUTES
    queue_letter(template, to=person, expires_at=clock.now() + timedelta(days=1), minutes=minutes)


def take_code(user: User) -> bool:
    """Count a verification code before it is compared; whether it may be.

    Ten wrong ones in a row, over all sessions, tabs and codes, close the step: codes under way are
    void, and the person is told, for whoever tries them knows his password.
    """
    number = take(Kind.CODE, user.pk)
    if number == at_most(Kind.CODE):
        _tell_closed("codes_closed", user)
    return bool(number)


def code_was_right(user: User) -> None:
    """The person himself is there: what was tried before is forgotten."""
    forgive(Kind.CODE, user.pk)
    forgive(Kind.LETTER, user.pk)


def why_refused(code: EmailedCode) -> str:
    """Why a code was refused. A right one that comes too late is not called wrong."""
    if is_closed(Kind.CODE, code.user_id):
        minutes = settings.CSE_LOCKOUT_MINUTES
        return _("Ten wrong codes were given. Try again in %(minutes)s minutes.") % {
            "minutes": minutes
        }
    if code.has_expired:
        return _("This code is no longer good: its time has passed. Ask for a new code.")
    if code.is_spent:
        return _("This code is no longer good: five tries were made. Ask for a new code.")
    return _("This is not the code that was sent. Check the latest e-mail and try again.")
