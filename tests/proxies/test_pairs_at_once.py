"""Two verbs at the same instant: whichever comes first, every screen tells the same afterwards."""

from functools import partial

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError

from cse_portal.tenancy import across_companies, company_scope
from notices.kinds import EventKind
from notices.models import Event
from proxies import access, actions
from proxies.models import AccessRight, Assignment, Proxy
from proxies.terms import last_allowed_day
from registrations.actions import deactivate
from registrations.models import Registration, Service
from tests import factories as make
from tests.proxies.conftest import FULL, assign, change, give
from tests.together import at_once
from users.actions import suspend
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

TRIES = 3  # whichever thread is first, the outcome must hold: each pair is let go several times
tries = pytest.mark.usefixtures("turn")


@pytest.fixture(params=range(TRIES))
def turn(request):
    """Which time it is that the pair is let go."""
    return request.param


def do(verb, *args, by, **asked):
    """A verb within the scope of the company of the person who asks for it."""

    def task():
        with company_scope(by.company):
            return verb(*args, by=by, **asked)

    return task


def run(*tasks, meet_before=""):
    """Let them go together; each is done, or refused by a rule: no deadlock, no crash.

    Returns which of them were done. `meet_before`: see `at_once`.
    """
    outcomes = at_once(*tasks, meet_before=meet_before)
    strange = [
        one
        for one in outcomes
        if isinstance(one, Exception) and not isinstance(one, ValidationError | ObjectDoesNotExist)
    ]
    assert not strange, strange
    done = [not isinstance(one, Exception) for one in outcomes]
    everybody_is_told_the_same()
    return done


def everybody_is_told_the_same():
    """`decide`, `openable` and the rows behind the lists agree; nobody holds two of a mandator."""
    with across_companies(because="tests look at every company"):
        standing = list(Assignment.objects.standing().select_related("proxy", "user"))
        held = [(one.user_id, one.mandator_id) for one in standing]
        assert len(held) == len(set(held))
        people = list(User.objects.exclude(role=User.Role.OFFICER).select_related("company"))
        mandators = [one.company for one in people]
        rights = list(AccessRight.objects.standing().select_related("registration"))
        services = list(Service.objects.all())
    for person in people:
        shown = {(one.mandator.pk, one.service.pk) for one in access.openable(person)}
        for mandator in {*mandators}:
            by_list = [
                one.proxy
                for one in standing
                if (one.user_id, one.mandator_id) == (person.pk, mandator.pk)
                and one.proxy.state == Proxy.State.IN_FORCE
                and person.is_active
            ]
            for service in services:
                allowed = access.decide(person, service, mandator).is_allowed
                assert allowed == ((mandator.pk, service.pk) in shown)
                if person.is_esm and person.company_id == mandator.pk:
                    continue
                assert allowed == any(
                    right.proxy_id == proxy.pk
                    and right.registration.ministry_id == service.ministry_id
                    and right.registration.is_active
                    for proxy in by_list
                    for right in rights
                )


def holders(proxy):
    with across_companies(because="tests look at every company"):
        return set(Assignment.objects.standing().filter(proxy=proxy).values_list("user", flat=True))


def told(kind, proxy):
    """How often the histories tell that of the proxy: its two parties' rows count once."""
    with across_companies(because="tests look at every company"):
        rows = Event.objects.filter(kind=kind, about=f"proxy:{proxy.pk}")
        return rows.values("occurrence").distinct().count()


def state(proxy):
    return Proxy._base_manager.get(pk=proxy.pk).state


@pytest.fixture
def service(phosphorus):
    """Something to open."""
    return phosphorus


@pytest.fixture
def colleague(esm):
    """Another ESM of the emitter."""
    return make.an_esm(company=esm.company)


@pytest.fixture
def proxy(esm, melccfp, service):
    return give(esm, rights={melccfp: FULL})


@pytest.fixture
def other(esm, melccfp, service):
    return give(esm, rights={melccfp: FULL}, description="Autre")


@pytest.fixture
def received(esm, agent_esm, melccfp, service):
    return give(esm, agent=agent_esm.company, rights={melccfp: FULL})


@pytest.fixture
def later(proxy):
    return last_allowed_day(proxy.term_starts_on)


@tries
def test_revoke_and_assign(esm, colleague, julie, proxy):
    revoked, assigned = run(
        do(actions.revoke, proxy, by=esm), do(actions.assign, proxy, to=[julie], by=colleague)
    )
    assert revoked
    assert state(proxy) == Proxy.State.REVOKED
    assert holders(proxy) == ({julie.pk} if assigned else set())
    assert told(EventKind.ASSIGNED, proxy) == assigned


@tries
def test_revoke_and_an_assignment_by_the_agent(esm, agent_esm, received):
    marc = make.a_user(company=agent_esm.company)
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
    assert told(EventKind.PROXY_EXTENDED, proxy) == extended


@tries
def test_renounce_and_assign(agent_esm, received):
    partner = make.an_esm(company=agent_esm.company)
    marc = make.a_user(company=agent_esm.company)
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
    assert told(EventKind.PROXY_REVOKED, received) == revoked
    assert told(EventKind.PROXY_RENOUNCED, received) == renounced


@tries
def test_move_and_remove(esm, colleague, julie, proxy, other):
    assign(proxy, julie, by=esm)
    moved, removed = run(
        do(actions.move, julie, from_proxy=proxy, to_proxy=other, by=esm),
        do(actions.remove, proxy, from_users=[julie], by=colleague),
    )
    assert moved != removed
    assert holders(other) == ({julie.pk} if moved else set())
    assert told(EventKind.REMOVED, proxy) == 1


@tries
def test_two_moves_of_one_user(esm, colleague, julie, proxy, other, melccfp):
    third = give(esm, rights={melccfp: FULL}, description="Troisième")
    assign(proxy, julie, by=esm)
    done = run(
        do(actions.move, julie, from_proxy=proxy, to_proxy=other, by=esm),
        do(actions.move, julie, from_proxy=proxy, to_proxy=third, by=colleague),
    )
    assert sorted(done) == [False, True]
    assert told(EventKind.REMOVED, proxy) == 1


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
    assert told(EventKind.REMOVED, proxy) == 1


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
