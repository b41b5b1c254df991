"""Why (not)? Whatever the state of every link, `chain`, `decide` and the lists say the same."""

from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cse_portal import clock
from proxies.access import Holds, Link, Step, chain, decide, decisions, openable
from proxies.models import AccessRight, Assignment, Proxy
from registrations.models import Registration
from tests import factories as make
from tests.proxies.conftest import EXPIRED, row_set
from tests.sweeps.tables import undone
from users.models import User

pytestmark = pytest.mark.django_db

PROXY_STATES: dict[str, dict[str, Any]] = {
    "in force": {},
    "revoked": {"revoked_at": clock.now},
    "renounced": {"renounced_at": clock.now},
    "expired": EXPIRED,
}


class State(NamedTuple):
    """How it stands with every link."""

    is_active: bool
    is_open: bool
    is_mandator_open: bool
    is_esm: bool
    is_external: bool
    is_for_external_only: bool
    held: str
    proxy: str
    right: str
    takes_external: bool
    registration: str
    is_offered: bool


states = st.builds(
    State,
    is_active=st.booleans(),
    is_open=st.booleans(),
    is_mandator_open=st.booleans(),
    is_esm=st.booleans(),
    is_external=st.booleans(),
    is_for_external_only=st.booleans(),
    held=st.sampled_from(["never", "ended", "now"]),
    proxy=st.sampled_from(list(PROXY_STATES)),
    right=st.sampled_from(["none", "full", "ticked", "another ticked", "ended"]),
    takes_external=st.booleans(),
    registration=st.sampled_from(["none", *Registration.Status.values]),
    is_offered=st.booleans(),
)


class Scene:
    """The rows that are as a state says."""

    def __init__(self, state: State) -> None:
        self.mandator = make.a_company()
        agent = make.a_company() if state.is_external else None
        self.service = make.a_service(is_external_only=state.is_for_external_only)
        role = User.Role.ESM if state.is_esm else User.Role.USER
        self.person = make.a_user(company=agent or self.mandator, role=role)
        registration = make.an_active_registration(
            company=self.mandator, ministry=self.service.ministry
        )
        proxy = make.a_proxy(mandator=self.mandator, agent=agent)
        right = None
        if state.right != "none":
            right = self.a_right(proxy, state.right)
        if state.held != "never":
            assignment = make.an_assignment(proxy=proxy, user=self.person)
            if state.held == "ended":
                row_set(assignment, ended_at=clock.now())
        self.bend(state, proxy, right, registration)

    def a_right(self, proxy: Proxy, right: str) -> AccessRight:
        another = make.a_service(ministry=self.service.ministry)
        ticked = {"ticked": [self.service], "another ticked": [another]}.get(right, [])
        return make.an_access_right(proxy=proxy, services=ticked, ministry=self.service.ministry)

    def bend(
        self,
        state: State,
        proxy: Proxy,
        right: AccessRight | None,
        registration: Registration,
    ) -> None:
        if right and state.right == "ended":
            row_set(right, ended_at=clock.now())
        ended = {
            name: value() if callable(value) else value
            for name, value in PROXY_STATES[state.proxy].items()
        }
        if ended and (state.is_external or state.proxy != "renounced"):
            row_set(proxy, **ended)
        row_set(self.service, is_offered=state.is_offered)
        row_set(self.service.ministry, takes_external_proxies=state.takes_external)
        status = state.registration
        if status == "none":
            AccessRight._base_manager.filter(registration=registration).delete()
            registration.delete()
        else:
            decided_at = None if status == "in_process" else clock.now()
            reason = "Fermé." if status == "refused" else ""
            said = {"status": status, "decided_at": decided_at, "reason_fr": reason}
            deactivated_at = clock.now() if status == "deactivated" else None
            row_set(registration, deactivated_at=deactivated_at, **said)
        row_set(self.person, is_active=state.is_active)
        row_set(self.mandator, is_active=state.is_mandator_open)
        row_set(self.person.company, is_active=state.is_open)


def first_missing(state: State) -> Link | None:
    """The domain's section 6, told a second time."""
    is_open = state.is_open if not state.is_external else state.is_open and state.is_mandator_open
    as_esm = state.is_esm and not state.is_external
    has_ended = state.proxy != "in force" and (state.is_external or state.proxy != "renounced")
    is_covered = state.registration != "none" and (state.right == "ticked" or state.right == "full")
    in_order = [
        (not state.is_active, Link.PERSON),
        (not is_open, Link.COMPANY),
        (not state.is_external and state.is_for_external_only, Link.EXTERNAL_ONLY),
        (not as_esm and state.held != "now", Link.ASSIGNMENT),
        (
            not as_esm and has_ended,
            {"revoked": Link.REVOKED, "renounced": Link.RENOUNCED}.get(state.proxy, Link.EXPIRED),
        ),
        (not as_esm and not is_covered, Link.RIGHTS),
        (not as_esm and state.is_external and not state.takes_external, Link.NO_EXTERNAL),
        (state.registration != "active", Link.REGISTRATION),
        (not state.is_offered, Link.SERVICE),
    ]
    return next((link for is_missing, link in in_order if is_missing), None)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(state=states)
def test_in_every_state_the_chain_the_answer_and_the_lists_agree(db, state):
    with undone():
        scene = Scene(state)
        about = scene.person, scene.service, scene.mandator
        links = chain(*about)
        decision = decide(*about)
        expected = first_missing(state)
        assert decision.missing == expected
        assert next((one.missing for one in links if one.missing), None) == expected
        assert tuple(links) == decision.chain
        in_list = {(one.service, one.mandator): one for one in decisions(scene.person)}
        is_listed = not state.is_external or state.held != "never"
        assert ((scene.service, scene.mandator) in in_list) == is_listed
        if is_listed:
            assert in_list[scene.service, scene.mandator].chain == decision.chain
        opens = {(one.service, one.mandator) for one in openable(scene.person)}
        assert ((scene.service, scene.mandator) in opens) == (expected is None)
        says_itself_consistently(state, links)


def says_itself_consistently(state: State, links) -> None:
    """Each condition once, in order; a client's affairs are told to whom they concern only."""
    assert [one.step for one in links] == list(Step)
    for one in links:
        assert (one.holds is Holds.NO) == (one.missing is not None)
    told = {one.step: one for one in links}
    of_a_client = {told[step].missing for step in (Step.ASSIGNMENT, Step.PROXY, Step.RIGHTS)}
    is_untold = state.is_external and of_a_client != {None}
    assert (told[Step.REGISTRATION].holds is Holds.NOT_DISCLOSED) == is_untold
    assert all(
        one.holds is not Holds.NOT_DISCLOSED for one in links if one.step != Step.REGISTRATION
    )


def test_a_right_that_was_held_once_is_still_listed_with_its_reason():
    assignment = make.an_assignment(proxy=make.a_proxy(agent=make.a_company()))
    service = make.a_service()
    Assignment._base_manager.update(ended_at=clock.now() - timedelta(days=1))
    found = {(one.mandator, one.service): one.missing for one in decisions(assignment.user)}
    assert found[assignment.mandator, service] == Link.ASSIGNMENT


def test_a_user_reads_of_the_proxy_that_he_holds_now_not_of_one_that_he_held():
    held = make.an_assignment()
    row_set(held, ended_at=clock.now())
    service = make.a_service()
    now = make.a_proxy(mandator=held.mandator)
    make.an_access_right(proxy=now, services=[service])
    make.an_assignment(proxy=now, user=held.user)
    (decision,) = [one for one in decisions(held.user) if one.service == service]
    assert (decision.proxy, decision.missing) == (now, None)
