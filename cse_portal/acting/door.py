"""The one door by which every act passes: the person is read again, under the lock of the act.

Between the moment when a request's person was read and the moment when the act holds its lock,
that person may have been suspended or given another role, their company closed, their session
ended. What the request knew of them is therefore never enough to change anything.

Locks are taken in one order, by every act: the company's row (or the person's own, for what is
about themselves alone), registrations, proxies by key, users by key, assignments. The company's
row is locked here and nowhere else, so that nobody changes what belongs to a company but as its
electronic services manager, or as an officer.
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

#: each verb that an action performs, by the action's name: what the tests try
ACTIONS: dict[str, Verb] = {}

_person: ContextVar[Person | None] = ContextVar("person_who_acts", default=None)


class NoLongerSignedIn(PermissionDenied):
    """Suspended, of a closed company, or signed out, since the request began."""


class NoLongerAllowed(PermissionDenied):
    """Signed in still, but not, or no longer, in a role that may do it."""


def act(verb: Verb, *, savepoint: bool = True) -> Callable[[Action], Action]:
    """Make a function an action: one transaction, whose `by` is the person read again.

    `by` of an ESM comes with their company, locked. Raises NoLongerSignedIn or NoLongerAllowed
    before anything is done. Without a savepoint of its own, an action that is refused inside of
    another transaction undoes that one as a whole.
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
    """The person as they are now, for as long as the block and its transaction last.

    `about`: rows that the act is about; an officer among them is locked with the one who acts, in
    the order of their keys. An act within an act of the same person asks only for the verb: the
    lock is held already. `by` is None where a simulation answers in a ministry's place.
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
    """The lock under which what belongs to a company is changed: one act at a time.

    For an officer's act on a company's rows; an ESM's holds it since the door. Raises
    NoLongerAllowed outside of any act, Company.DoesNotExist.
    """
    if _person.get() is None:
        raise NoLongerAllowed("Nobody acts.")
    return _lock(pk)


def _lock(pk: int) -> Company:
    return queries.locked_company.get(pk)


def _read_again(by: Person, verb: Verb, about: Iterable[object]) -> Person:
    """The person, once the lock of the act is held. Raises NoLongerSignedIn."""
    people = get_user_model().objects
    device = getattr(by, "otp_device", None)
    session = device.pk if device else None  # tests and commands act without one
    company = None
    if WHO_MAY[verb].is_for_companys_rows:
        if not by.company_id:
            raise NoLongerAllowed(verb)
        company = _lock(by.company_id)
    else:
        others = [row.pk for row in about if isinstance(row, people.model) and row.is_officer]
        people.lock_in_order({by.pk, *others})
    person = people.who_may_act(by.pk, session=session)
    if person is None:
        raise NoLongerSignedIn(verb)
    if company is not None:
        person.company = company
    person.otp_device = device
    if device:
        person.is_verified = by.is_verified
    return person
