"""Several ESMs at the same instant: real threads, real PostgreSQL."""

from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from cse_portal.models import Receipt
from proxies.actions import giving
from proxies.models import AccessRight, Assignment, Proxy
from registrations.models import Registration
from tests import factories as make
from tests.conftest import Visitor
from tests.proxies.conftest import FULL, assign, change, give, ticked
from tests.together import at_once, meet_after

pytestmark = pytest.mark.django_db(transaction=True)


def one_is_refused(outcomes):
    """One succeeds, and every other is refused by the rule: no deadlock, no crash."""
    refusals = [one for one in outcomes if isinstance(one, Exception)]
    assert len(refusals) == len(outcomes) - 1
    assert all(isinstance(one, ValidationError) for one in refusals), refusals
    return True


def standing():
    return Assignment._base_manager.filter(ended_at=None)


def test_two_esms_assigning_two_proxies_to_one_user_make_one_assignment(monkeypatch):
    esm = make.an_esm()
    colleague = make.an_esm(company=esm.company)
    julie = make.a_user(company=esm.company)
    first, second = (make.a_proxy(mandator=esm.company) for _ in range(2))
    meet_after(monkeypatch, "proxies.models:AssignmentQuerySet.in_force", parties=2)

    outcomes = at_once(
        lambda: assign(first, julie, by=esm), lambda: assign(second, julie, by=colleague)
    )

    assert one_is_refused(outcomes)
    assert standing().count() == 1


def test_two_esms_assigning_one_proxy_to_one_user_make_one_assignment(monkeypatch):
    esm = make.an_esm()
    colleague = make.an_esm(company=esm.company)
    julie = make.a_user(company=esm.company)
    proxy = make.a_proxy(mandator=esm.company)
    meet_after(monkeypatch, "proxies.models:AssignmentQuerySet.in_force", parties=2)

    outcomes = at_once(*(lambda by=by: assign(proxy, julie, by=by) for by in (esm, colleague)))

    assert one_is_refused(outcomes)
    assert standing().count() == 1


def test_eight_assignments_of_overlapping_users_leave_one_proxy_to_each():
    esm = make.an_esm()
    users = [make.a_user(company=esm.company) for _ in range(3)]
    proxies = [make.a_proxy(mandator=esm.company) for _ in range(8)]
    jobs = [(proxy, users[n % 3 :] + users[: n % 3]) for n, proxy in enumerate(proxies)]

    outcomes = at_once(*(lambda job=job: assign(job[0], *job[1], by=esm) for job in jobs))

    assert one_is_refused(outcomes)
    assert Counter(standing().values_list("user", flat=True)) == {user.pk: 1 for user in users}


def test_two_esms_of_an_agent_who_assign_to_each_other_do_not_block_each_other(monkeypatch):
    one = make.an_esm()
    other = make.an_esm(company=one.company)
    mine, theirs = (make.a_proxy(agent=one.company) for _client in range(2))
    meet_after(monkeypatch, "proxies.models:AssignmentQuerySet.in_force", parties=2)

    outcomes = at_once(lambda: assign(mine, other, by=one), lambda: assign(theirs, one, by=other))

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert standing().count() == 2


def test_two_tabs_that_assign_one_user_transmit_once():
    esm = make.an_esm()
    colleague = make.an_esm(company=esm.company)
    julie = make.a_user(company=esm.company)
    clicks = []
    for by in (esm, colleague):
        visitor = Visitor().sign_in(by)
        proxy = make.a_proxy(mandator=esm.company)
        start = reverse("assign-proxy-start", kwargs={"subject": proxy.pk})
        check = visitor.fill(visitor.fill(start), users=[julie.pk])
        clicks.append((visitor, check, visitor.seal(check)))

    responses = at_once(
        *(lambda click=click: click[0].post(click[1], {"seal": click[2]}) for click in clicks)
    )

    assert all(response.status_code in {200, 302} for response in responses), responses
    assert standing().count() == Receipt._base_manager.count() == 1


# --- operator and verifier ------------------------------------------------------------------------


def iqea_roles_of_agents():
    return Counter(
        AccessRight._base_manager.filter(
            ended_at=None, ticked__service__iqea_role__gt=""
        ).values_list("proxy__agent", flat=True)
    )


def test_two_esms_giving_both_iqea_roles_to_one_agent_give_one(
    monkeypatch, esm, melccfp, operator, verifier
):
    colleague = make.an_esm(company=esm.company)
    agent = make.a_company()
    meet_after(monkeypatch, "proxies.actions.giving:check_incompatible_roles", parties=2)

    outcomes = at_once(
        lambda: give(esm, agent=agent, rights={melccfp: ticked(operator)}),
        lambda: give(colleague, agent=agent, rights={melccfp: ticked(verifier)}),
    )

    assert one_is_refused(outcomes)
    assert iqea_roles_of_agents() == {agent.pk: 1}
    assert Proxy._base_manager.count() == 1


def test_two_esms_changing_proxies_to_both_iqea_roles_of_one_agent_give_one(
    monkeypatch, esm, melccfp, operator, verifier
):
    colleague = make.an_esm(company=esm.company)
    agent = make.a_company()
    first, second = (give(esm, agent=agent, rights={melccfp: FULL}) for _ in range(2))
    meet_after(monkeypatch, "proxies.actions.giving:check_incompatible_roles", parties=2)

    outcomes = at_once(
        lambda: change(first, by=esm, rights={melccfp: ticked(operator)}),
        lambda: change(second, by=colleague, rights={melccfp: ticked(verifier)}),
    )

    assert one_is_refused(outcomes)
    assert iqea_roles_of_agents() == {agent.pk: 1}


def test_two_esms_changing_the_rights_of_one_proxy_leave_one_right_of_each_ministry(
    monkeypatch, esm, melccfp, operator, phosphorus
):
    colleague = make.an_esm(company=esm.company)
    proxy = give(esm, rights={melccfp: FULL})
    meet_after(monkeypatch, "proxies.actions.giving:rights_of", parties=2)

    outcomes = at_once(
        lambda: change(proxy, by=esm, rights={melccfp: ticked(operator)}),
        lambda: change(proxy, by=colleague, rights={melccfp: ticked(phosphorus)}),
    )

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert AccessRight._base_manager.filter(proxy=proxy, ended_at=None).count() == 1


def test_a_registration_stays_active_while_rights_are_granted(
    monkeypatch, esm, melccfp, registration
):
    tried = []
    grant = giving._grant

    def deactivate():
        with transaction.atomic():
            Registration._base_manager.select_for_update(nowait=True).get(pk=registration.pk)

    def grant_while_someone_tries_to_deactivate(*args):
        tried.extend(at_once(deactivate))
        grant(*args)

    monkeypatch.setattr(giving, "_grant", grant_while_someone_tries_to_deactivate)
    give(esm, rights={melccfp: FULL})

    assert "could not obtain lock" in str(tried[0])
    assert AccessRight._base_manager.get().registration == registration
