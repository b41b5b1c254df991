"""Every action reads the person who acts again, under the lock that the action needs.

Between the moment when a request's person was read and the moment when the act holds its lock,
that person may have been suspended or given another role, their company closed, their session
ended. An action therefore never relies on the person as the request read them.

Every action takes its locks in the same order: the company's row (or the person's own row, for an
action about themselves), registrations, proxies by key, users by key, assignments. The company's
row is locked only here, so that only its electronic services managers and officers can change what
belongs to a company.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from cse_portal import queries
from cse_portal.acting.permissions import WHO_MAY, Verb, may
from cse_portal.companies.person import Person
from cse_portal.models import Company

Action = TypeVar("Action", bound=Callable[..., Any])

#: the verb of each action, by the action's qualified name; the tests try them all
ACTIONS: dict[str, Verb] = {}

_person: ContextVar[Person | None] = ContextVar("person_who_acts", default=None)


class NoLongerSignedIn(PermissionDenied):
    """The person was suspended or signed out, or their company closed, since the request began."""


class NoLongerAllowed(PermissionDenied):
    """The person is signed in, but their role does not allow this verb, or no longer."""


def act(verb: Verb, *, savepoint: bool = True) -> Callable[[Action], Action]:
    """Make a function an action: one transaction, whose `by` is the person read again.

    The company of an ESM is locked. Raises NoLongerSignedIn or NoLongerAllowed before anything is
    done. With `savepoint=False`, an action refused inside another transaction rolls back all of it.
    """

    def decorate(function: Action) -> Action:
        @wraps(function)
        def action(*args: Any, by: Any, **kwargs: Any) -> Any:
            with transaction.atomic(savepoint=savepoint), acting_as(by, verb, args) as person:
                return function(*args, by=person, **kwargs)

        ACTIONS[f"{function.__module__}.{function.__qualname__}"] = verb
        return action  # type: ignore[return-value]

    return decorate


@contextmanager
def acting_as(by: Person | None, verb: Verb, about: Iterable[object] = ()) -> Iterator[Any]:
    """The person read again under the lock, until the end of the block; a transaction must be open.

    `about`: rows that the action is about; an officer among them is locked together with the person
    who acts, in the order of their keys. An action called by another action of the same person only
    checks the verb: the lock is already held. `by` is None where a simulation answers in a
    ministry's place. Raises NoLongerSignedIn, NoLongerAllowed.
    """
    person = _person.get()
    if by is None:
        if not settings.SANDBOX:
            raise NoLongerAllowed(verb)
        yield None
        return
    if person is None or person.pk != by.pk:
        if not connection.in_atomic_block:
            raise TransactionManagementError("An act is one transaction.")
        person = _read_again(by, verb, about)
    if not may(person, verb):
        raise NoLongerAllowed(verb)
    token = _person.set(person)
    try:
        yield person
    finally:
        _person.reset(token)


def lock_company(pk: int) -> Company:
    """Lock a company's row, so that one action at a time changes what belongs to the company.

    For an officer's action on a company's rows; for an ESM's, `acting_as` has locked it. Raises
    NoLongerAllowed outside of any action, Company.DoesNotExist.
    """
    if _person.get() is None:
        raise NoLongerAllowed("Nobody acts.")
    return _lock(pk)


def _lock(pk: int) -> Company:
    return queries.locked_company.get(pk)


def _read_again(by: Person, verb: Verb, about: Iterable[object]) -> Person:
    """Take the lock, then read the person. Raises NoLongerSignedIn, NoLongerAllowed."""
    people = get_user_model().objects
    device = getattr(by, "otp_device", None)
    session = device.pk if device else None  # tests and commands have no session
    company = None
    if WHO_MAY[verb].is_for_companys_rows:
        if not by.company_id:
            raise NoLongerAllowed(verb)
        company = _lock(by.company_id)
    else:
        others = [row.pk for row in about if isinstance(row, people.model) and row.is_officer]
        people.lock_in_order({by.pk, *others})
    if session is None:
        person = queries.person_who_acts.first(by.pk)
    else:
        person = queries.person_who_acts_in_session.first(by.pk, session)
    if person is None:
        raise NoLongerSignedIn(verb)
    if company is not None:
        person.company = company
    person.otp_device = device
    if device:
        person.is_verified = by.is_verified
    return person
