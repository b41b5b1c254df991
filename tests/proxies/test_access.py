"""May this person use this e-service for this company now, and if not, which link is missing?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.keys import FIRST, LAST
from cse_portal.models import Company
from proxies.access import Link, decide, known_companies, openable
from proxies.models import AccessRight, Assignment, Proxy, TickedService
from registrations.models import Registration, Service
from tests import factories as make
from tests.factories import DEACTIVATED
from tests.proxies.conftest import EXPIRED, row_set
from users.models import User

pytestmark = pytest.mark.django_db


@dataclass
class Chain:
    """A person, and all the links by which they may use a service for a mandator."""

    person: User
    mandator: Company
    service: Service
    registration: Registration
    # an ESM of their own company has none of these
    proxy: Any = None
    right: Any = None
    assignment: Any = None

    @property
    def missing(self) -> Link | None:
        """What `decide` finds; `openable` must agree with it, on every service and company."""
        agree(self.person)
        return decide(self.person, self.service, self.mandator).missing


def agree(person: User) -> None:
    decided = {
        (service, mandator)
        for service in Service.objects.all()
        for mandator in Company.objects.all()
        if decide(person, service, mandator).is_allowed
    }
    assert {(one.service, one.mandator) for one in openable(person)} == decided


def a_chain_of_a_user(*, agent: Company | None = None, **role) -> Chain:
    service = make.an_operator_service()
    registration = make.an_active_registration(ministry=service.ministry)
    proxy = make.a_proxy(mandator=registration.company, agent=agent)
    person = make.a_user(company=agent or registration.company, **role)
    right = make.an_access_right(proxy=proxy, services=[service])
    assignment = make.an_assignment(proxy=proxy, user=person)
    return Chain(person, registration.company, service, registration, proxy, right, assignment)


def an_internal_chain() -> Chain:
    return a_chain_of_a_user()


def an_external_chain() -> Chain:
    return a_chain_of_a_user(agent=make.a_company())


def an_external_chain_of_the_agents_esm() -> Chain:
    return a_chain_of_a_user(agent=make.a_company(), role=User.Role.ESM)


def an_esms_chain() -> Chain:
    """An ESM uses the services of their own company's registrations, without a proxy."""
    registration = make.an_active_registration()
    service = make.an_operator_service(ministry=registration.ministry)
    esm = make.an_esm(company=registration.company)
    return Chain(esm, registration.company, service, registration)


CHAINS = {
    "user": an_internal_chain,
    "agent's user": an_external_chain,
    "agent's ESM": an_external_chain_of_the_agents_esm,
    "ESM": an_esms_chain,
}


def for_external_proxies_only(chain: Chain) -> None:
    """The e-service becomes so, which PostgreSQL refuses while it is ticked."""
    ticked = TickedService._base_manager.filter(service=chain.service)
    rights = [one.access_right for one in ticked.select_related("access_right")]
    ticked.delete()
    row_set(chain.service, is_external_only=True)
    for right in rights:
        make.a_ticked_service(access_right=right, service=chain.service)


# every way to break a link, in the order of the chain: whose chains have it, and the break
BREAKS = [
    (Link.PERSON, CHAINS, lambda chain: row_set(chain.person, is_active=False)),
    (Link.COMPANY, CHAINS, lambda chain: row_set(chain.mandator, is_active=False)),
    (
        Link.COMPANY,
        {"agent's user", "agent's ESM"},
        lambda chain: row_set(chain.person.company, is_active=False),
    ),
    (Link.EXTERNAL_ONLY, {"ESM", "user"}, for_external_proxies_only),
    (
        Link.ASSIGNMENT,
        CHAINS.keys() - {"ESM"},
        lambda chain: row_set(chain.assignment, ended_at=clock.now()),
    ),
    (
        Link.REVOKED,
        CHAINS.keys() - {"ESM"},
        lambda chain: row_set(chain.proxy, revoked_at=clock.now(), renounced_at=None),
    ),
    (
        Link.RENOUNCED,
        {"agent's user", "agent's ESM"},
        lambda chain: row_set(chain.proxy, renounced_at=clock.now(), revoked_at=None),
    ),
    (Link.EXPIRED, CHAINS.keys() - {"ESM"}, lambda chain: row_set(chain.proxy, **EXPIRED)),
    (
        Link.RIGHTS,
        CHAINS.keys() - {"ESM"},
        lambda chain: row_set(chain.right, ended_at=clock.now()),
    ),
    (
        Link.NO_EXTERNAL,
        {"agent's user", "agent's ESM"},
        lambda chain: row_set(chain.service.ministry, takes_external_proxies=False),
    ),
    (
        Link.REGISTRATION,
        CHAINS,
        lambda chain: row_set(chain.registration, **DEACTIVATED),
    ),
    (Link.SERVICE, CHAINS, lambda chain: row_set(chain.service, is_offered=False)),
]

each_chain = pytest.mark.parametrize("whose", CHAINS)
each_break = pytest.mark.parametrize(
    ("whose", "link", "sever"),
    [
        pytest.param(whose, link, sever, id=f"{whose}-{link.name}-{number}")
        for number, (link, chains, sever) in enumerate(BREAKS)
        for whose in sorted(chains)
    ],
)


def test_no_link_is_left_untried():
    assert {link for link, _chains, _sever in BREAKS} == set(Link)


def test_the_links_stand_in_the_order_of_the_chain():
    tried = list(dict.fromkeys(link for link, _chains, _sever in BREAKS))
    assert tried == list(Link)


@each_chain
def test_with_every_link_the_service_is_open(whose):
    chain = CHAINS[whose]()
    assert chain.missing is None
    (decision,) = openable(chain.person)
    assert (decision.service, decision.mandator) == (chain.service, chain.mandator)
    assert decision.proxy == chain.proxy
    assert decision.until == (chain.proxy.ends_on if chain.proxy else None)


@each_break
def test_without_one_link_it_is_closed_at_the_next_question(whose, link, sever):
    chain = CHAINS[whose]()
    assert chain.missing is None
    sever(chain)
    assert chain.missing == link


@each_chain
def test_the_first_missing_link_is_told_whatever_is_missing_after_it(whose):
    chain = CHAINS[whose]()
    for link, chains, sever in reversed(BREAKS):
        if whose in chains:
            sever(chain)
            assert chain.missing == link


@each_chain
def test_a_link_that_is_mended_opens_the_service_at_the_next_question(whose):
    chain = CHAINS[whose]()
    row_set(chain.registration, **DEACTIVATED)
    assert chain.missing == Link.REGISTRATION
    row_set(chain.registration, status=Registration.Status.ACTIVE, deactivated_at=None)
    assert chain.missing is None


@pytest.mark.parametrize("status", ["in_process", "refused", "deactivated"])
def test_when_a_registration_stops_being_active_the_rights_stop_and_the_proxies_stay(status):
    chain = an_internal_chain()
    reason = "Fermé." if status == "refused" else ""
    decided_at = None if status == "in_process" else clock.now()
    deactivated_at = clock.now() if status == "deactivated" else None
    row_set(
        chain.registration,
        status=status,
        decided_at=decided_at,
        deactivated_at=deactivated_at,
        reason_fr=reason,
    )
    assert chain.missing == Link.REGISTRATION
    assert Proxy._base_manager.get(pk=chain.proxy.pk).is_in_force
    assert AccessRight._base_manager.get(pk=chain.right.pk).ended_at is None
    assert Assignment._base_manager.get(pk=chain.assignment.pk).ended_at is None


@pytest.mark.parametrize(
    ("instant", "missing"),
    [("2027-02-01 04:59:59", None), ("2027-02-01 05:00:00", Link.EXPIRED)],
)
def test_the_right_lasts_until_midnight_in_quebec(instant, missing):
    with freeze_time("2026-11-23 12:00"):
        chain = an_internal_chain()
        row_set(chain.proxy, ends_on="2027-01-31")
    with freeze_time(instant):
        assert chain.missing == missing


def test_a_person_who_was_given_a_new_proxy_is_told_of_that_one():
    chain = an_internal_chain()
    row_set(chain.assignment, ended_at=clock.now())
    new = make.a_proxy(mandator=chain.mandator)
    make.an_assignment(proxy=new, user=chain.person)
    assert chain.missing == Link.RIGHTS
    make.an_access_right(proxy=new, services=[chain.service])
    assert chain.missing is None


def test_a_person_of_several_mandators_opens_for_each_what_its_own_proxy_says():
    agent = make.a_company()
    first = a_chain_of_a_user(agent=agent)
    second = make.a_proxy(agent=agent)
    make.an_assignment(proxy=second, user=first.person)
    own = make.a_proxy(mandator=agent)
    make.an_assignment(proxy=own, user=first.person)
    for mandator in (second.mandator, agent):
        registered = make.an_active_registration(company=mandator, ministry=first.service.ministry)
        assert decide(first.person, first.service, registered.company).missing == Link.RIGHTS
    assert first.missing is None
    make.an_access_right(proxy=second, services=[first.service])
    assert decide(first.person, first.service, second.mandator).proxy == second
    assert decide(first.person, first.service, first.mandator).proxy == first.proxy
    assert {one.proxy for one in openable(first.person)} == {first.proxy, second}


def test_the_own_company_comes_first_then_the_mandators_by_name():
    agent = make.a_company(name="M inc.")
    person = make.a_user(company=agent)
    service = make.a_service()
    proxies = [
        make.a_proxy(mandator=make.a_company(name="Z inc."), agent=agent),
        make.a_proxy(mandator=make.a_company(name="A inc."), agent=agent),
        make.a_proxy(mandator=agent),
    ]
    for proxy in proxies:
        make.an_access_right(proxy=proxy, services=[service])
        make.an_assignment(proxy=proxy, user=person)
    assert [one.mandator.name for one in openable(person)] == ["M inc.", "A inc.", "Z inc."]


def test_a_proxy_without_restriction_does_not_open_the_iqea():
    chain = an_internal_chain()
    row_set(chain.right, scope=AccessRight.Scope.FULL)
    assert chain.missing == Link.RIGHTS


def test_a_restricted_right_with_nothing_ticked_opens_nothing():
    chain = an_internal_chain()
    chain.right.ticked.all().delete()
    assert chain.missing == Link.RIGHTS


def test_the_services_of_another_ministry_stay_closed():
    chain = an_internal_chain()
    elsewhere = make.a_service()
    make.an_active_registration(company=chain.mandator, ministry=elsewhere.ministry)
    assert decide(chain.person, elsewhere, chain.mandator).missing == Link.RIGHTS


# --- strangers ------------------------------------------------------------------------------------


STRANGERS = {
    "a user of the same company without a proxy": lambda chain: make.a_user(company=chain.mandator),
    "a user of another company": lambda chain: make.a_user(),
    "the ESM of another company": lambda chain: make.an_esm(),
    "a user of the agent to whom nothing is assigned": lambda chain: make.a_user(
        company=chain.proxy.agent
    ),
    "the ESM of the agent": lambda chain: make.an_esm(company=chain.proxy.agent),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_is_told_that_nothing_is_assigned_to_him(stranger):
    chain = an_external_chain()
    person = STRANGERS[stranger](chain)
    assert decide(person, chain.service, chain.mandator).missing == Link.ASSIGNMENT
    assert openable(person) == []
    agree(person)


def test_a_ministry_officer_opens_nothing():
    chain = an_internal_chain()
    officer = make.an_officer()
    assert decide(officer, chain.service, chain.mandator).missing == Link.COMPANY
    assert openable(officer) == []


def test_a_company_is_known_to_its_people_to_its_agents_and_to_nobody_else():
    chain = an_external_chain()
    known = [
        chain.person,
        make.an_esm(company=chain.proxy.agent),
        make.a_user(company=chain.mandator),
    ]
    strangers = [make.an_esm(), make.a_user()]
    assert all(chain.mandator in known_companies(person) for person in known)
    assert not any(chain.mandator in known_companies(person) for person in strangers)


def test_being_someones_agent_tells_the_mandator_nothing_of_the_agents_other_clients():
    chain = an_external_chain()
    other_client = make.a_proxy(agent=chain.proxy.agent).mandator
    assert other_client not in known_companies(make.an_esm(company=chain.mandator))


# --- the same answer on the pages -----------------------------------------------------------------


def address(chain):
    mandator = chain.mandator.identification_number
    return reverse("open_service", kwargs={"service": chain.service.code, "mandator": mandator})


@each_break
def test_an_open_session_is_told_which_link_is_missing(visitor, whose, link, sever):
    chain = CHAINS[whose]()
    visitor.sign_in(chain.person)
    visitor.read(address(chain))
    sever(chain)
    response = visitor.get(address(chain))
    out = link is Link.PERSON or not User._base_manager.get(pk=chain.person.pk).company.is_active
    if out:  # no longer signed in
        assert response.status_code == 302
    else:
        assert response.status_code == 403
        assert link.reason in response.content.decode()


def test_every_link_says_what_is_wrong_and_who_mends_it_in_both_languages():
    said = {}
    for language in ("fr", "en"):
        with translation.override(language):
            said[language] = [
                pair
                for link in Link
                for pair in (
                    (link.reason, link.remedy),
                    (link.reason_of_another, link.remedy_of_another),
                )
            ]
    assert all(all(pair) for pair in said["fr"])
    assert all(french != english for french, english in zip(*said.values(), strict=True))


def test_the_screen_that_mends_a_link_exists():
    screens = [link.screen for link in Link if link.screen]
    assert all(reverse(screen) for screen in screens)


@pytest.mark.parametrize("keys", [(FIRST, LAST), (LAST, FIRST)])
def test_the_proxy_that_is_named_is_the_one_held_last(keys):
    """Of two that ended at one instant, the one assigned last; never the one of the greater key."""
    chain = a_chain_of_a_user()
    row_set(chain.assignment, ended_at=clock.now())
    ended_at = clock.now()
    last = None
    for key, days in zip(keys, (2, 1), strict=True):
        last = make.a_proxy(mandator=chain.mandator)
        make.an_assignment(
            proxy=last,
            user=chain.person,
            pk=key,
            assigned_at=ended_at - timedelta(days=days),
            ended_at=ended_at,
        )
    assert decide(chain.person, chain.service, chain.mandator).proxy == last
