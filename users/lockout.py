"""Limits of tries: wrong passwords, wrong codes, codes sent, tries from an IP address."""

from datetime import datetime, timedelta
from threading import Thread

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.keyed_hash import known_hashes
from cse_portal.locks import locked
from cse_portal.web.security_log import note
from cse_portal.web.too_many import TooManyTries
from cse_portal.web.visitor import address_of
from notices.actions import queue_letter
from users.models import EmailedCode, Tries, User, written_forms

Kind = Tries.Kind


def max_tries(kind: Kind) -> int:
    """The number of tries of a kind; then it is closed for `CSE_LOCKOUT_MINUTES`."""
    limits = {Kind.PASSWORD: 5, Kind.CODE: 10, Kind.LETTER: 5}
    return limits.get(kind, settings.CSE_TRIES_PER_ADDRESS)


def lockout_time() -> timedelta:
    return timedelta(minutes=settings.CSE_LOCKOUT_MINUTES)


def restarts_at(tries: Tries) -> datetime:
    """When the count starts again.

    For passwords and codes, some minutes after the last try; for letters and addresses (which many
    people may share), some minutes after the first one.
    """
    start = tries.last_at if tries.kind in {Kind.PASSWORD, Kind.CODE} else tries.since
    return start + lockout_time()


def of_no_company() -> across_companies:
    """The scope of the table: tries are counted before a company is known."""
    return across_companies(because="tries are counted before a company is known")


def tries_of(kind: Kind, key: str | int) -> QuerySet[Tries]:
    """The row of a key (a user code, a person, an address); more while the secret key changes."""
    return Tries.objects.filter(kind=kind, key__in=digests_of(kind, key)).order_by("key")


def digests_of(kind: Kind, key: str | int) -> list[str]:
    """What the database stores for a key: a keyed hash, as a password may be typed as a user code.

    While the secret key is replaced, tries are counted under each one that is known: no count
    begins anew, and machines that already have the new key and those that don't share one. All
    take the rows in the same order.
    """
    return sorted(known_hashes("users.lockout", f"{kind}:{key}"))


def count_try(kind: Kind, key: str | int) -> int:
    """Count a try before it is checked; return its number, or 0 when it must not be checked.

    The row is locked: of forty simultaneous tries of a password, only five are compared. A user
    code that nobody has is counted in the same way.
    """
    with of_no_company(), transaction.atomic():
        digests, counts = digests_of(kind, key), list[Tries]()
        while len(counts) < len(digests):  # again, if the nightly purge deletes one in between
            rows = [Tries(kind=kind, key=digest) for digest in digests]
            Tries.objects.bulk_create(rows, ignore_conflicts=True)
            counts = list(locked(tries_of(kind, key)))
        now = clock.now()
        for tries in counts:
            bring_back_to(now, tries)
            if restarts_at(tries) <= now:
                tries.count, tries.since = 0, now
        highest = max(counts, key=lambda tries: tries.count)
        is_open = highest.count < max_tries(kind)
        if is_open:
            highest.count += 1
            highest.last_at = now
        for tries in counts:
            tries.count, tries.since, tries.last_at = highest.count, highest.since, highest.last_at
            tries.save()
    return highest.count if is_open else 0


def bring_back_to(now: datetime, tries: Tries) -> None:
    """What a clock that had jumped wrote counts as now: nobody is locked out for years."""
    tries.since, tries.last_at = min(tries.since, now), min(tries.last_at, now)


def is_closed(kind: Kind, key: str | int) -> bool:
    """Whether the next try would not be checked."""
    with of_no_company():
        now = clock.now()
        full = [tries for tries in tries_of(kind, key) if tries.count >= max_tries(kind)]
        for tries in full:
            if max(tries.since, tries.last_at) > now:
                bring_back_to(now, tries)
                tries.save(update_fields=["since", "last_at"])
    return any(restarts_at(tries) > now for tries in full)


def reset_tries(kind: Kind, key: str | int) -> None:
    """Set the count to zero after a right try. The row stays, as others may have it locked."""
    with of_no_company():
        for digest in digests_of(kind, key):
            Tries.objects.filter(kind=kind, key=digest).update(count=0)


def count_try_of_address(request: HttpRequest) -> None:
    """Count a try of the visitor's address. Raises TooManyTries when it has used them all."""
    if not count_try(Kind.ADDRESS, address_of(request)):
        note("address_closed")
        raise TooManyTries(int(lockout_time().total_seconds()))


def uncount_try_of_address(request: HttpRequest) -> None:
    """Do not count a right password: a whole class may sign in from one address."""
    uncount_try(Kind.ADDRESS, address_of(request))


def uncount_try(kind: Kind, key: str | int) -> None:
    """Take back a counted try: a right password, a letter that could not be sent."""
    with of_no_company():
        for digest in digests_of(kind, key):
            counted = Tries.objects.filter(kind=kind, key=digest, count__gt=0)
            counted.update(count=F("count") - 1)


def hash_anyway(password: str) -> None:
    """Hash a password without checking it: a closed sign-in takes as long as an open one."""
    for one in written_forms(password):
        make_password(one)


def warn_in_background(user_code: str) -> None:
    """Warn the person whose sign-in was just closed, if somebody has that user code.

    In a thread, so that the response takes the same time whether somebody has it or not.
    """
    Thread(target=queue_warning, args=(user_code,), kwargs={"close_connection": True}).start()


def queue_warning(user_code: str, *, close_connection: bool = False) -> None:
    """Queue the letter about the closed sign-in, if somebody has that user code."""
    try:
        with across_companies(because="who is told of wrong passwords has not signed in"):
            person = User.objects.active().filter(user_code=user_code).first()
            if person:
                _queue_closed_letter("sign_in_closed", person)
    finally:
        if close_connection:
            connection.close()


def _queue_closed_letter(template: str, person: User) -> None:
    """Queue a letter about something closed for some minutes; not sent after a day."""
    minutes = settings.CSE_LOCKOUT_MINUTES
    queue_letter(template, to=person, expires_at=clock.now() + timedelta(days=1), minutes=minutes)


def count_code_try(user: User) -> bool:
    """Count the try of a verification code; return whether the code may be compared.

    Ten wrong ones in a row, over all sessions, tabs and codes, close this step of the sign-in. The
    person then receives a letter, since whoever tries codes knows their password.
    """
    number = count_try(Kind.CODE, user.pk)
    if number == max_tries(Kind.CODE):
        _queue_closed_letter("codes_closed", user)
    return bool(number)


def reset_after_right_code(user: User) -> None:
    """Reset the counts of wrong codes and of codes sent."""
    reset_tries(Kind.CODE, user.pk)
    reset_tries(Kind.LETTER, user.pk)


def why_refused(code: EmailedCode) -> str:
    """The error message of a refused code: closed, expired, spent, or wrong."""
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
