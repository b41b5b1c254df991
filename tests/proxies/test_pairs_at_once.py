"""Two verbs at the same instant: whichever comes first, every screen tells the same afterwards."""

from functools import partial

import pytest

from cse_portal.companies.tenancy import across_companies
from proxies import access, actions
from proxies.models import Proxy
from registrations.actions import accept, deactivate
from registrations.models import Registration
from tests import factories as make
from tests.proxies.conftest import FULL, assign, change, give, row_set
from tests.proxies.pairs import do, holders, run, state, told
from users.actions import suspend
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

tries = pytest.mark.usefixtures("turn")


@tries
def test_revoke_and_assign(esm, colleague, julie, proxy):
    revoked, assigned = run(
        do(actions.revoke, proxy, by=esm), do(actions.assign, proxy, to=[julie], by=colleague)
    )
    assert revoked
    assert state(proxy) == Proxy.State.REVOKED
    assert holders(proxy) == ({julie.pk} if assigned else set())
    assert told("assignment.made", proxy) == assigned


@tries
def test_revoke_and_an_assignment_by_the_agent(esm, agent_esm, marc, received):
    revoked, assigned = run(
        do(actions.revoke, received, by=esm), do(actions.assign, received, to=[marc], by=agent_esm)
    )
    assert revoked
    assert holders(received) == ({marc.pk} if assigned else set())


@tries
def test_extend_and_revoke(esm, colleague, proxy, later):
    extended, revoked = run(
        do(actions.extend, proxy, by=esm, ends_on=later), do(actions.revoke, proxy, by=colleague)
    )
    assert revoked
    assert state(proxy) == Proxy.State.REVOKED
    assert (Proxy._base_manager.get(pk=proxy.pk).ends_on == later) == extended
    assert told("proxy.extended", proxy) == extended


@tries
def test_renounce_and_assign(agent_esm, partner, marc, received):
    renounced, assigned = run(
        do(actions.renounce, received, by=agent_esm),
        do(actions.assign, received, to=[marc], by=partner),
    )
    assert renounced
    assert holders(received) == ({marc.pk} if assigned else set())


@tries
def test_revoke_and_renounce(esm, agent_esm, received):
    revoked, renounced = run(
        do(actions.revoke, received, by=esm), do(actions.renounce, received, by=agent_esm)
    )
    assert revoked != renounced
    assert state(received) == (Proxy.State.REVOKED if revoked else Proxy.State.RENOUNCED)
    assert told("proxy.revoked", received) == revoked
    assert told("proxy.renounced", received) == renounced


@tries
def test_move_and_remove(esm, colleague, julie, proxy, other):
    assign(proxy, julie, by=esm)
    moved, removed = run(
        do(actions.move, julie, from_proxy=proxy, to_proxy=other, by=esm),
        do(actions.remove, proxy, from_users=[julie], by=colleague),
    )
    assert moved != removed
    assert holders(other) == ({julie.pk} if moved else set())
    assert told("assignment.removed", proxy) == 1


@tries
def test_two_moves_of_one_user(esm, colleague, julie, proxy, other, melccfp):
    third = give(esm, rights={melccfp: FULL}, description="Troisième")
    assign(proxy, julie, by=esm)
    done = run(
        do(actions.move, julie, from_proxy=proxy, to_proxy=other, by=esm),
        do(actions.move, julie, from_proxy=proxy, to_proxy=third, by=colleague),
    )
    assert sorted(done) == [False, True]
    assert told("assignment.removed", proxy) == 1


@tries
def test_two_users_moved_across_each_other(esm, colleague, julie, proxy, other):
    marc = make.a_user(company=esm.company)
    assign(proxy, julie, by=esm)
    assign(other, marc, by=esm)
    done = run(
        do(actions.move, julie, from_proxy=proxy, to_proxy=other, by=esm),
        do(actions.move, marc, from_proxy=other, to_proxy=proxy, by=colleague),
    )
    assert done == [True, True]
    assert (holders(proxy), holders(other)) == ({marc.pk}, {julie.pk})


def copying(proxy, by, rights, users):
    asked = {"ends_on": proxy.ends_on, "description": "Copie", "rights": rights}
    return do(actions.copy, proxy, by=by, users=users, **asked)


@tries
def test_copy_with_users_and_assign(esm, colleague, julie, proxy, other, melccfp):
    copied, assigned = run(
        copying(proxy, esm, {melccfp: FULL}, [julie]),
        do(actions.assign, other, to=[julie], by=colleague),
    )
    assert copied != assigned
    assert Proxy._base_manager.filter(description="Copie").count() == copied


@pytest.mark.parametrize("verb", ["copy", "grant_to"])
def test_one_assignment_is_ended_once(verb, esm, colleague, julie, proxy, melccfp):
    """A removal while the user's proxy is replaced: one ends it, and one is written to have."""
    (held,) = assign(proxy, julie, by=esm)
    rights = {melccfp: FULL}
    replace = {
        "copy": copying(proxy, esm, rights, [julie]),
        "grant_to": granting(julie, esm, rights, proxy, replaces=held),
    }
    run(
        replace[verb],
        do(actions.remove, proxy, from_users=[julie], by=colleague),
        meet_before='UPDATE "proxies_assignment"',
    )
    assert told("assignment.removed", proxy) == 1


def granting(user, by, rights, like, **more):
    asked = {"ends_on": like.ends_on, "description": "Voie courte", "rights": rights}
    return do(actions.grant_to, user, by=by, **asked, **more)


@tries
def test_the_short_way_and_assign(esm, colleague, julie, proxy, melccfp):
    granted, assigned = run(
        granting(julie, esm, {melccfp: FULL}, proxy),
        do(actions.assign, proxy, to=[julie], by=colleague),
    )
    assert granted != assigned
    assert Proxy._base_manager.filter(description="Voie courte").count() == granted


@tries
def test_suspend_and_assign(esm, colleague, julie, proxy):
    suspended, assigned = run(
        do(suspend, julie, by=esm), do(actions.assign, proxy, to=[julie], by=colleague)
    )
    assert suspended
    assert holders(proxy) == ({julie.pk} if assigned else set())


@tries
def test_the_last_two_esms_who_suspend_each_other(esm, colleague, service):
    done = run(do(suspend, colleague, by=esm), do(suspend, esm, by=colleague))
    assert sorted(done) == [False, True]
    assert User._base_manager.filter(company=esm.company, role="esm", is_active=True).count() == 1


@tries
def test_deactivate_a_registration_and_give_a_proxy(esm, colleague, melccfp, registration, service):
    deactivated, _given = run(
        do(deactivate, registration, by=esm), partial(give, colleague, rights={melccfp: FULL})
    )
    assert deactivated
    assert not Registration._base_manager.get(pk=registration.pk).is_active


@tries
def test_deactivate_a_registration_and_grant_rights_there(
    esm, colleague, melccfp, registration, service
):
    ours = make.a_ministry()
    make.a_service(ministry=ours)
    make.an_active_registration(company=esm.company, ministry=ours)
    elsewhere = give(esm, rights={ours: FULL})
    julie = make.a_user(company=esm.company)
    assign(elsewhere, julie, by=esm)
    deactivated, _changed = run(
        do(deactivate, registration, by=esm),
        partial(change, elsewhere, by=colleague, rights={melccfp: FULL}),
    )
    assert deactivated
    assert not access.decide(julie, service, esm.company).is_allowed


@tries
def test_replace_the_rights_of_a_proxy_and_assign_it(esm, colleague, julie, proxy, service):
    ours = make.a_service()
    make.an_active_registration(company=esm.company, ministry=ours.ministry)
    done = run(
        partial(change, proxy, by=esm, rights={ours.ministry: FULL}),
        do(actions.assign, proxy, to=[julie], by=colleague),
    )
    assert done == [True, True]
    assert [one.service for one in access.openable(julie)] == [ours]


@tries
def test_accept_a_new_registration_and_assign_a_proxy_given_under_the_refused_one(
    esm, julie, melccfp, registration, proxy, service
):
    """Its rights were granted under another row: they open by company and ministry."""
    refused = {"status": Registration.Status.REFUSED, "reason_fr": "Non."}
    row_set(registration, **refused)
    again = make.a_registration(company=esm.company, ministry=melccfp)

    def answer():
        with across_companies(because="tests play the officer"):
            return accept(again, by=None)

    assert run(answer, do(actions.assign, proxy, to=[julie], by=esm)) == [True, True]
    assert access.decide(julie, service, esm.company).is_allowed
