"""Each compiled query, on real rows: prepared, it reads what Django would.

A new query needs its row in `SAMPLES`: the arguments of several calls, of which one finds rows.
"""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.urls import get_resolver

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.models import Company, Draft, Receipt
from cse_portal.speed.queries import COMPILED, Compiled, first_of
from notices.models import Message
from proxies.models import AccessRight, Assignment, Proxy
from registrations.models import Ministry, Registration
from tests import factories as make
from users.models import SignInCode, User

pytestmark = pytest.mark.django_db


@dataclass
class World:
    """Two companies, one of which acts for the other, and what their people have."""

    esm: User = field(default_factory=make.an_esm)
    session: Session = field(init=False)
    code: SignInCode = field(init=False)
    draft: Draft = field(init=False)
    receipt: Receipt = field(init=False)
    message: Message = field(init=False)
    internal: Proxy = field(init=False)
    external: Proxy = field(init=False)
    right: AccessRight = field(init=False)
    registration: Registration = field(init=False)
    held: Assignment = field(init=False)
    held_by_agent: Assignment = field(init=False)

    def __post_init__(self) -> None:
        self.session = Session.objects.create(
            session_key="a-key", session_data="", expire_date=clock.now() + timedelta(minutes=1)
        )
        self.code, _token = SignInCode.issue(self.esm, until=clock.now() + timedelta(minutes=40))
        SignInCode.objects.filter(pk=self.code.pk).update(confirmed=True)
        self.draft = make.a_draft(author=self.esm)
        self.receipt = make.a_receipt(transmitted_by=self.esm)
        self.message = make.a_message(user=self.esm)
        make.a_restore()
        self.internal = make.a_proxy(given_by=self.esm)
        self.external = make.a_proxy(given_by=self.esm, agent=make.a_company())
        service = make.an_operator_service()
        self.right = make.an_access_right(proxy=self.internal, services=[service])
        self.registration = self.right.registration
        self.held = make.an_assignment(proxy=self.internal)
        self.held_by_agent = make.an_assignment(proxy=self.external)

    @property
    def company(self) -> Company:
        return self.esm.company

    @property
    def ministry(self) -> Ministry:
        return self.right.ministry


TODAY, YEARS_AGO = clock.today(), date(2000, 1, 1)
NOBODY = -1
SAMPLES: dict[str, Callable[[World], list[tuple[Any, ...]]]] = {
    "cse_portal.queries.person_who_acts": lambda w: [(w.esm.pk,), (NOBODY,)],
    "cse_portal.queries.person_who_acts_in_session": lambda w: [
        (w.esm.pk, w.code.pk),
        (w.esm.pk, NOBODY),
    ],
    "cse_portal.queries.locked_company": lambda w: [(w.company.pk,), (NOBODY,)],
    "cse_portal.queries.own_draft": lambda w: [
        (w.draft.pk, w.draft.flow, w.draft.subject, w.esm.pk),
        (uuid.uuid4(), w.draft.flow, "12", w.esm.pk),
    ],
    "cse_portal.queries.locked_draft": lambda w: [
        (w.draft.pk, w.draft.flow, w.esm.pk),
        (w.draft.pk, "another-flow", w.esm.pk),
    ],
    "cse_portal.queries.own_receipt": lambda w: [
        (w.receipt.pk, w.receipt.flow, w.esm.pk),
        (w.receipt.pk, w.receipt.flow, NOBODY),
    ],
    "cse_portal.queries.companys_receipt": lambda w: [
        (w.receipt.pk, w.receipt.flow),
        (uuid.uuid4(), w.receipt.flow),
    ],
    "cse_portal.queries.open_session": lambda w: [
        ("a-key", clock.now()),
        ("a-key", clock.now() + timedelta(hours=1)),
    ],
    "home.queries.restores": lambda w: [()],
    "home.queries.restores_since": lambda w: [
        (clock.now() - timedelta(hours=1),),
        (clock.now() + timedelta(hours=1),),
    ],
    "users.queries.session_code": lambda w: [(w.code.pk,), (NOBODY,)],
    "users.queries.session_user": lambda w: [(w.esm.pk,), (NOBODY,)],
    "users.queries.files_by_name": lambda w: [()],
    "proxies.queries.holders_and_proxies": lambda w: [([w.held.user_id, NOBODY],), ([],)],
    "proxies.queries.shown_with_holders": lambda w: [([w.internal.pk, w.external.pk],), ([],)],
    "registrations.queries.ministry_of_code": lambda w: [(w.ministry.code,), ("none",)],
    "registrations.queries.standing_registration": lambda w: [
        (w.company.pk, w.ministry.pk),
        (w.company.pk, NOBODY),
    ],
    "registrations.queries.services_of_ministries": lambda w: [([w.ministry.pk],), ([],)],
    "home.queries.registrations": lambda w: [()],
    "home.queries.active_registrations": lambda w: [()],
    "home.queries.counts_of_people": lambda w: [
        (w.company.pk, TODAY, clock.now(), clock.now()),
        (NOBODY, TODAY, clock.now(), clock.now()),
    ],
    "home.queries.counts_of_proxies": lambda w: [
        (TODAY, TODAY + timedelta(days=60)),
        (date(2999, 1, 1), date(2999, 1, 2)),
    ],
    **dict.fromkeys(
        ("proxies.queries.given", "proxies.queries.locked_given"),
        lambda w: [(w.company.pk, w.external.pk), (NOBODY, w.external.pk)],
    ),
    **dict.fromkeys(
        ("proxies.queries.held", "proxies.queries.locked_held"),
        lambda w: [(w.company.pk, w.internal.pk), (w.company.pk, w.external.pk)],
    ),
    "proxies.queries.received": lambda w: [
        (w.external.agent_id, w.external.pk),
        (w.company.pk, w.external.pk),
    ],
    "proxies.queries.list_of_given": lambda w: [(w.company.pk, TODAY), (w.company.pk, YEARS_AGO)],
    "proxies.queries.every_given": lambda w: [(w.company.pk,), (NOBODY,)],
    "proxies.queries.list_of_received": lambda w: [(w.external.agent_id, TODAY), (NOBODY, TODAY)],
    "proxies.queries.every_received": lambda w: [(w.external.agent_id,), (NOBODY,)],
    "proxies.queries.standing_rights": lambda w: [([w.internal.pk],), ([],)],
    "proxies.queries.ticked_services": lambda w: [([w.right.pk],), ([],)],
    "proxies.queries.ministries_to_grant": lambda w: [
        (w.company.pk, []),
        (NOBODY, [w.ministry.pk]),
    ],
    "proxies.queries.locked_active_registrations": lambda w: [
        (w.company.pk, [w.ministry.pk, NOBODY]),
        (w.company.pk, []),
    ],
    "proxies.queries.assignments_in_force": lambda w: [
        (TODAY, w.company.pk, w.company.pk),
        (date(2999, 1, 1), w.company.pk, w.company.pk),
    ],
    "proxies.queries.standing_assignments": lambda w: [
        ([w.held.user_id, w.held_by_agent.user_id], w.company.pk),
        ([], w.company.pk),
    ],
    "proxies.queries.active_people": lambda w: [(w.company.pk,), (NOBODY,)],
    "proxies.queries.active_users": lambda w: [(w.company.pk,), (NOBODY,)],
    "proxies.queries.locked_active_people": lambda w: [
        (w.company.pk, [w.esm.pk, w.held.user_id]),
        (w.company.pk, []),
    ],
}


def data_of(row: Any) -> Any:
    """All that a row holds: its columns, related rows and annotations, what is deferred absent."""
    if not isinstance(row, Model):
        return row
    related = {name: data_of(one) for name, one in row._state.fields_cache.items()}
    return type(row), {k: v for k, v in vars(row).items() if k != "_state"}, related


def all_of(rows: Any, *, is_ordered: bool) -> list[str]:
    found = [repr(data_of(row)) for row in rows]
    return found if is_ordered else sorted(found)


def declared() -> dict[str, Compiled[..., Any]]:
    get_resolver().url_patterns  # noqa: B018 - imports what serves
    return {repr(query): query for query in COMPILED if query.__module__.endswith(".queries")}


def test_every_compiled_query_has_its_sample():
    assert declared().keys() == SAMPLES.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_compiled_query_reads_what_django_would(name):
    query, world = declared()[name], World()
    scopes: list[AbstractContextManager[None]] = [
        across_companies(because="a test"),
        company_scope(world.company),
    ]
    found = 0
    for scope in scopes:
        with scope:
            for arguments in SAMPLES[name](world):
                found += same(query, arguments)
    assert found > 0  # rows: nothing is proved by a query that finds none


def same(query: Compiled[..., Any], arguments: tuple[Any, ...]) -> int:
    """Ask both ways, in each shape; how many rows there are."""
    plain = query.plain(*arguments)
    is_ordered = plain.ordered
    expected = all_of(plain, is_ordered=is_ordered)
    assert all_of(query.all(*arguments), is_ordered=is_ordered) == expected
    first = next(iter(first_of(query.plain(*arguments))), None)
    assert data_of(query.first(*arguments)) == data_of(first)
    if plain.query.group_by is None and not plain.query.select_for_update:
        assert query.count(*arguments) == query.plain(*arguments).count() == len(expected)
    if is_ordered:
        sliced = query.plain(*arguments)[1:3]
        assert all_of(query.slice(1, 3, *arguments), is_ordered=True) == all_of(
            sliced, is_ordered=True
        )
    return len(expected)
