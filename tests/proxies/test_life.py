"""A proxy is extended, copied, moved, taken away; it ends by revocation or renunciation."""

from datetime import date, timedelta
from typing import Any

import pytest
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.keys import LAST
from notices.models import Event, Message
from proxies import actions
from proxies.models import AccessRight, Assignment, Proxy
from proxies.rules import Rights, rights_of
from tests import factories as make
from tests.proxies.conftest import EXPIRED, FULL, assign, give, refused, row_set, ticked

pytestmark = pytest.mark.django_db


@pytest.fixture
def proxy(esm, melccfp):
    """Internal, of the emitter, for thirty days."""
    return give(esm, rights={melccfp: FULL})


@pytest.fixture
def external(esm, agent_esm, melccfp):
    """Of the emitter, to the agent."""
    return give(esm, rights={melccfp: FULL}, agent=agent_esm.company)


def act(name, *row, by, **asked):
    with company_scope(by.company):
        return getattr(actions, name)(*row, by=by, **asked)


def standing(user):
    held = Assignment._base_manager.filter(user=user, ended_at=None)
    return [one.proxy_id for one in held]


def events(company, about=None):
    found = Event._base_manager.filter(company=company).order_by("pk")
    return [one.kind for one in found if about is None or one.about == about]


def told(user):
    found = Message._base_manager.filter(user=user).order_by("written_at")
    return [one.kind for one in found]


# --- extending ------------------------------------------------------------------------------------


@freeze_time("2027-03-10 12:00")
def test_three_years_count_again_from_the_day_of_the_extension(esm, melccfp):
    with freeze_time("2026-03-10 12:00"):
        proxy = give(esm, rights={melccfp: FULL}, ends_on=date(2029, 3, 9))
    extended = act("extend", proxy, by=esm, ends_on=date(2030, 3, 9))
    assert (extended.term_starts_on, extended.ends_on) == (date(2027, 3, 10), date(2030, 3, 9))
    with refused("too_long"):
        act("extend", proxy, by=esm, ends_on=date(2030, 3, 10))


def test_an_extension_is_to_a_later_day(esm, proxy):
    for day in (proxy.ends_on, proxy.ends_on - timedelta(days=1)):
        with refused("not_later"):
            act("extend", proxy, by=esm, ends_on=day)


@pytest.mark.parametrize("over", [EXPIRED, {"revoked_at": clock.now()}])
def test_what_is_over_is_neither_extended_nor_revoked_nor_removed(esm, julie, proxy, over):
    assign(proxy, julie, by=esm)
    row_set(proxy, **over)
    later = clock.today() + timedelta(days=60)
    for verb, asked in (("extend", {"ends_on": later}), ("revoke", {}), ("remove", {})):
        more = {"from_users": [julie]} if verb == "remove" else asked
        with refused():
            act(verb, proxy, by=esm, **more)


def test_the_agent_and_the_holders_are_told_of_an_extension(esm, agent_esm, external):
    holder = make.a_user(company=agent_esm.company)
    assign(external, holder, by=agent_esm)
    act("extend", external, by=esm, ends_on=external.ends_on + timedelta(days=1))
    assert told(agent_esm) == ["proxy.received", "proxy.extended"]
    assert told(holder) == ["assignment.made", "held.extended"]
    assert told(esm) == []


# --- ending ---------------------------------------------------------------------------------------


def test_only_the_mandator_revokes(esm, agent_esm, external):
    with pytest.raises(Proxy.DoesNotExist):
        act("revoke", external, by=agent_esm)
    assert act("revoke", external, by=esm).state == Proxy.State.REVOKED
    with refused():
        act("revoke", external, by=esm)


def test_only_the_agent_renounces(esm, agent_esm, external, proxy):
    for one in (external, proxy):
        with pytest.raises(Proxy.DoesNotExist):
            act("renounce", one, by=esm)
    assert act("renounce", external, by=agent_esm).state == Proxy.State.RENOUNCED
    assert told(esm) == ["proxy.renounced"]
    with refused():
        act("revoke", external, by=esm)


def test_revoking_tells_the_agent_and_those_who_held_it(esm, agent_esm, external):
    holder = make.a_user(company=agent_esm.company)
    suspended = make.a_user(company=agent_esm.company)
    assign(external, holder, suspended, by=agent_esm)
    row_set(suspended, is_active=False)
    act("revoke", external, by=esm)
    assert told(agent_esm)[-1] == "proxy.revoked"
    assert told(holder)[-1] == "held.ended"
    assert told(suspended) == ["assignment.made"]


def test_both_histories_agree_and_neither_names_the_others_people(esm, agent_esm, external):
    holder = make.a_user(company=agent_esm.company, family_name="Secrète")
    assign(external, holder, by=agent_esm)
    act("remove", external, by=agent_esm, from_users=[holder])
    act("revoke", external, by=esm)
    about = f"proxy:{external.pk}"
    assert events(esm.company, about) == [
        "proxy.given",
        "assignment.made_by_agent",
        "assignment.removed_by_agent",
        "proxy.revoked",
    ]
    assert events(agent_esm.company, about) == [
        "proxy.received",
        "assignment.made",
        "assignment.removed",
        "proxy.revoked",
    ]
    mine, theirs = (
        list(Event._base_manager.filter(company=one.company).order_by("pk"))
        for one in (esm, agent_esm)
    )
    assert [one.occurrence for one in mine] == [one.occurrence for one in theirs]
    assert not any("Secrète" in str(one.facts) for one in mine)
    assert all(one.by_id in {None, esm.pk} for one in mine)
    assert mine[1].facts["count"] == 1


# --- the users ------------------------------------------------------------------------------------


def test_removing_leaves_the_others_alone(esm, julie, proxy):
    other = make.a_user(company=esm.company)
    assign(proxy, julie, other, by=esm)
    act("remove", proxy, by=esm, from_users=[julie])
    assert (standing(julie), standing(other)) == ([], [proxy.pk])
    assert told(julie) == ["assignment.made", "assignment.removed"]
    with refused():
        act("remove", proxy, by=esm, from_users=[julie, other])
    assert standing(other) == [proxy.pk]


def test_a_user_passes_from_one_proxy_to_another(esm, julie, melccfp, proxy):
    second = give(esm, rights={melccfp: FULL})
    assign(proxy, julie, by=esm)
    act("move", julie, by=esm, from_proxy=proxy, to_proxy=second)
    assert standing(julie) == [second.pk]
    with refused():
        act("move", julie, by=esm, from_proxy=proxy, to_proxy=second)
    assert standing(julie) == [second.pk]


def test_a_move_that_fails_leaves_the_user_what_he_had(esm, julie, agent_esm, melccfp, proxy):
    second = give(esm, rights={melccfp: FULL})
    received = make.a_proxy(agent=esm.company)
    assign(proxy, julie, by=esm)
    row_set(second, revoked_at=clock.now())
    for target in (second, received, proxy):
        with refused():
            act("move", julie, by=esm, from_proxy=proxy, to_proxy=target)
        assert standing(julie) == [proxy.pk]


# --- the short way --------------------------------------------------------------------------------


def short_way(user, *, by, melccfp, **asked):
    usual = {
        "ends_on": clock.today() + timedelta(days=9),
        "description": "Pour elle seule",
        "rights": {melccfp: FULL},
    }
    return act("grant_to", user, by=by, **usual | asked)


def test_the_short_way_makes_and_assigns_at_one_stroke(esm, julie, melccfp):
    made = short_way(julie, by=esm, melccfp=melccfp)
    assert not made.is_external
    assert standing(julie) == [made.pk]


def test_the_short_way_replaces_only_the_proxy_that_was_shown(esm, julie, melccfp, proxy):
    other = make.a_user(company=esm.company)
    assign(proxy, julie, other, by=esm)
    with refused():
        short_way(julie, by=esm, melccfp=melccfp)
    assert standing(julie) == [proxy.pk]
    assert Proxy._base_manager.count() == 1
    with company_scope(esm.company):
        held = actions.standing_assignment(julie)
    made = short_way(julie, by=esm, melccfp=melccfp, replaces=held)
    assert (standing(julie), standing(other)) == ([made.pk], [proxy.pk])


# --- copying and renewing -------------------------------------------------------------------------


def copy(proxy, *, by, **asked):
    with company_scope(by.company):
        usual: dict[str, Any] = {
            "ends_on": clock.today() + timedelta(days=9),
            "description": "Copie",
            "rights": rights_of(Proxy.objects.get(pk=proxy.pk)),
        }
        return actions.copy(proxy, by=by, **usual | asked)


@pytest.mark.parametrize("over", [{}, EXPIRED, {"revoked_at": clock.now()}])
def test_a_copy_takes_the_users_along_or_not(esm, julie, phosphorus, melccfp, over):
    proxy = give(esm, rights={melccfp: ticked(phosphorus)})
    left = make.a_user(company=esm.company)
    assign(proxy, julie, left, by=esm)
    row_set(proxy, **over)
    made = copy(proxy, by=esm, users=[julie])
    assert (standing(julie), standing(left)) == ([made.pk], [proxy.pk])
    with across_companies(because="this test"):
        assert rights_of(made) == {melccfp: ticked(phosphorus)}
    assert standing(left) == [proxy.pk]


def test_a_copy_for_someone_who_holds_another_proxy_is_refused_whole(esm, julie, melccfp, proxy):
    assign(proxy, julie, by=esm)
    old = give(esm, rights={melccfp: FULL})
    row_set(old, **EXPIRED)
    with refused():
        copy(old, by=esm, users=[julie])
    assert standing(julie) == [proxy.pk]
    assert Proxy._base_manager.count() == 2


def test_the_agent_assigns_the_copy_of_an_external_proxy(esm, julie, agent_esm, external):
    with refused():
        copy(external, by=esm, agent=agent_esm.company, users=[julie])
    assert copy(external, by=esm, agent=agent_esm.company).agent == agent_esm.company


def test_several_are_extended_each_by_itself(esm, melccfp, proxy):
    day = clock.today() + timedelta(days=90)
    long = give(esm, rights={melccfp: FULL}, ends_on=day)
    gone = give(esm, rights={melccfp: FULL})
    row_set(gone, revoked_at=clock.now())
    with company_scope(esm.company):
        done, failed = actions.extend_each([proxy, long, gone], by=esm, ends_on=day)
    assert [one.pk for one in done] == [proxy.pk]
    assert [one.pk for one, _reason in failed] == [long.pk, gone.pk]
    with company_scope(esm.company), refused():
        actions.extend_each([long, gone], by=esm, ends_on=day)


def test_those_extended_and_those_not_are_told_in_the_order_in_which_they_were_chosen(esm):
    soon, later = (clock.today() + timedelta(days=days) for days in (10, 90))
    chosen = [make.a_proxy(given_by=esm, ends_on=soon, pk=LAST - n) for n in range(4)]
    for gone in chosen[1::2]:
        row_set(gone, revoked_at=clock.now())
    with company_scope(esm.company):
        done, failed = actions.extend_each(chosen, by=esm, ends_on=later)
    assert done == chosen[::2]
    assert [one for one, _reason in failed] == chosen[1::2]


def test_a_change_of_nothing_is_refused(esm, melccfp, proxy):
    with refused():
        act(
            "change",
            proxy,
            by=esm,
            ends_on=proxy.ends_on,
            description=proxy.description,
            rights={melccfp: FULL},
        )
    assert events(esm.company) == ["proxy.given"]


def test_both_histories_and_the_agent_read_which_rights_a_change_gave_and_took():
    esm, agent_esm = make.an_esm(), make.an_esm(language="en")
    ministry = make.a_ministry()
    lost, gained = (make.a_service(ministry=ministry) for _one in range(2))
    proxy = make.a_proxy(given_by=esm, agent=agent_esm.company)
    make.an_access_right(proxy=proxy, services=[lost])
    asked = {ministry: Rights(AccessRight.Scope.RESTRICTED, frozenset([gained]))}
    with company_scope(esm.company):
        actions.change(
            proxy, by=esm, ends_on=proxy.ends_on, description=proxy.description, rights=asked
        )
    told: list[Any] = [*Event._base_manager.all(), *Message._base_manager.filter(user=agent_esm)]
    assert len(told) == 3
    for one in told:
        said = one.sentence if isinstance(one, Event) else one.text
        assert f"Droits obtenus : {gained.name_fr}." in said.replace("\u00a0", " ")
        assert f"Droits perdus : {lost.name_fr}." in said.replace("\u00a0", " ")
