"""« Transmettre » pressed by two people at the same instant: what is done is told once."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from notices.models import Event
from proxies.flows import (
    AssignProxy,
    DeactivateRegistration,
    ExtendProxy,
    MoveUser,
    RemoveProxy,
    RenounceProxy,
)
from proxies.models import Proxy
from registrations.actions import accept
from registrations.flows import ReactivateRegistration
from registrations.models import Registration
from tests import factories as make
from tests.proxies.conftest import FULL, assign, give, row_set
from tests.proxies.pairs import box, holders, press, run, state, told
from tests.together import meet_after
from users.flows import ResetPassword, SuspendUserFile

pytestmark = pytest.mark.django_db(transaction=True)

tries = pytest.mark.usefixtures("turn")
Status = Registration.Status


def now(row):
    return type(row)._base_manager.get(pk=row.pk)


def in_order(row):
    """What the histories tell of it, the first first."""
    about = f"{row._meta.model_name}:{row.pk}"
    rows = Event._base_manager.filter(about=about, company=row.company)
    return list(rows.order_by("pk").values_list("kind", flat=True))


# --- registrations --------------------------------------------------------------------------------


def deactivating(registration, *, by):
    return press(DeactivateRegistration, registration.ministry.code, by=by, registration={})


def test_a_registration_is_deactivated_once(esm, colleague, registration, service):
    done = run(
        deactivating(registration, by=esm),
        deactivating(registration, by=colleague),
        meet_before='UPDATE "registrations_registration"',
    )
    assert sorted(done) == [False, True]
    assert now(registration).status == Status.DEACTIVATED
    assert told("registration.deactivated", registration) == 1


def test_a_reactivation_is_requested_once(esm, colleague, registration, service):
    row_set(registration, **make.DEACTIVATED)
    asked = {"consent": {"consents": ["on"]}}
    done = run(
        *(
            press(ReactivateRegistration, registration.ministry.code, by=by, **asked)
            for by in (esm, colleague)
        ),
        meet_before='UPDATE "registrations_registration"',
    )
    assert sorted(done) == [False, True]
    assert now(registration).status == Status.IN_PROCESS
    assert now(registration).requested_by == (esm if done[0] else colleague)
    assert told("registration.reactivation", registration) == 1


@tries
def test_deactivate_while_the_officer_accepts(
    monkeypatch, esm, colleague, registration, proxy, julie
):
    """In a page left open since before a deactivation and a request of reactivation."""
    assign(proxy, julie, by=esm)
    late = deactivating(registration, by=esm)
    row_set(registration, status=Status.IN_PROCESS, decided_at=None)
    officer = make.an_officer()

    def answer():
        with across_companies(because="tests play the officer"):
            return accept(registration, by=officer)

    # the officer lingers while holding the registration: the ESM, who waits for it, blocks nobody
    meet_after(monkeypatch, "registrations.models:Registration.set_decision", parties=2)
    accepted, deactivated = run(answer, late)
    assert accepted
    assert now(registration).status == (Status.DEACTIVATED if deactivated else Status.ACTIVE)
    later = ["registration.deactivated"] * deactivated
    assert in_order(registration) == ["registration.accepted", *later]
    assert box(esm) == box(colleague) == ["registration.accepted"]


# --- user files -----------------------------------------------------------------------------------


@tries
def test_the_password_of_a_suspended_file_is_not_reset(monkeypatch, esm, colleague, julie, proxy):
    assign(proxy, julie, by=esm)
    row_set(julie, password=make_password("un mot de passe"))
    pressed = (
        press(ResetPassword, julie.pk, by=esm, file={}),
        press(SuspendUserFile, julie.pk, by=colleague, file={}),
    )
    meet_after(monkeypatch, "users.actions:why_not_reset", parties=2)
    reset, suspended = run(*pressed)
    assert suspended
    assert not now(julie).is_active
    assert now(julie).has_usable_password() != reset
    before = ["file.password"] * reset
    assert in_order(julie) == [*before, "file.suspended"]


# --- proxies --------------------------------------------------------------------------------------


def test_a_proxy_is_extended_to_one_day_once(esm, colleague, agent_esm, marc, received):
    assign(received, marc, by=agent_esm)
    later = clock.today() + timedelta(days=300)
    asked = {"end-date": {"ends_on": [later.isoformat()]}}
    done = run(
        *(press(ExtendProxy, received.pk, by=by, **asked) for by in (esm, colleague)),
        meet_before='UPDATE "proxies_proxy"',
    )
    assert sorted(done) == [False, True]
    assert now(received).ends_on == later
    assert told("proxy.extended", received) == 1
    assert box(agent_esm).count("proxy.extended") == 1
    assert box(marc) == ["assignment.made", "held.extended"]


def test_one_assignment_is_moved_or_removed(
    monkeypatch, esm, agent_esm, partner, marc, received, melccfp
):
    other = give(esm, agent=agent_esm.company, rights={melccfp: FULL}, description="Autre")
    (held,) = assign(received, marc, by=agent_esm)
    pressed = (
        press(MoveUser, held.pk, by=agent_esm, proxy={"proxy": [str(other.pk)]}),
        press(RemoveProxy, received.pk, by=partner, users={"users": [str(marc.pk)]}),
    )
    meet_after(monkeypatch, "proxies.actions.assigning:lock_assignments", parties=2)
    moved, removed = run(*pressed)
    assert moved != removed
    assert (holders(received), holders(other)) == (set(), {marc.pk} if moved else set())
    assert (
        told("assignment.removed", received) == told("assignment.removed_by_agent", received) == 1
    )
    assert told("assignment.made", other) == moved
    later = ["assignment.made"] * moved
    assert box(marc) == ["assignment.made", "assignment.removed", *later]


@tries
def test_a_renounced_proxy_is_not_assigned(monkeypatch, esm, agent_esm, partner, marc, received):
    pressed = (
        press(RenounceProxy, received.pk, by=agent_esm, proxy={}),
        press(AssignProxy, received.pk, by=partner, proxy={}, users={"users": [str(marc.pk)]}),
    )
    meet_after(monkeypatch, "proxies.actions.assigning:_check_none_holds", parties=2)
    renounced, assigned = run(*pressed)
    # who renounces after the assignment reads first who loses the rights, and submits again
    assert renounced != assigned
    assert state(received) == (Proxy.State.RENOUNCED if renounced else Proxy.State.IN_FORCE)
    assert holders(received) == ({marc.pk} if assigned else set())
    assert told("proxy.renounced", received) == renounced
    assert told("assignment.made", received) == assigned
    assert box(esm) == ["proxy.renounced"] * renounced
    assert box(marc) == ["assignment.made"] * assigned
