"""One proxy per user and mandator; who assigns which, and to whom."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from cse_portal import clock
from cse_portal.companies.tenancy import company_scope
from cse_portal.keys import LAST
from notices.models import Event
from proxies import actions
from proxies.models import Assignment, Proxy
from tests import factories as make
from tests.proxies.conftest import EXPIRED, FULL, assign, give, refused, row_set
from users.models import User

pytestmark = pytest.mark.django_db


def standing(user):
    held = Assignment._base_manager.filter(user=user, ended_at=None)
    return [one.proxy for one in held.order_by("assigned_at")]


@pytest.fixture
def proxy(esm, melccfp):
    """Internal, of the emitter."""
    return give(esm, rights={melccfp: FULL})


def test_a_user_has_one_proxy_of_a_mandator(esm, julie, melccfp, proxy):
    assign(proxy, julie, by=esm)
    second = give(esm, rights={melccfp: FULL})
    for again in (proxy, second):
        with refused():
            assign(again, julie, by=esm)
    assert standing(julie) == [proxy]


def test_a_user_may_have_a_proxy_of_each_mandator(agent_esm):
    consultant = make.a_user(company=agent_esm.company)
    proxies = [make.a_proxy(agent=agent_esm.company) for _client in range(2)]
    proxies.append(make.a_proxy(mandator=agent_esm.company))
    for proxy in proxies:
        assign(proxy, consultant, by=agent_esm)
    assert standing(consultant) == proxies


def test_the_page_offers_only_users_without_a_proxy_and_shows_the_others(
    visitor, esm, julie, proxy
):
    free = make.a_user(company=esm.company)
    suspended = make.a_user(company=esm.company, is_active=False)
    assign(proxy, julie, by=esm)
    start = reverse("assign-proxy-start", kwargs={"subject": proxy.pk})
    response = visitor.sign_in(esm).get(visitor.fill(start))
    form = response.context_data["form"]
    with company_scope(esm.company):
        assert [held.user for held in form.holders] == [julie]
    assert [key for key, _label in form.fields["users"].choices] == [str(free.pk)]
    assert suspended.user_code not in response.content.decode()


def test_a_refusal_names_those_who_hold_a_proxy_and_assigns_to_nobody(esm, julie, proxy):
    tommy = make.a_user(company=esm.company, first_name="Tommy", family_name="Lavoie")
    assign(proxy, tommy, by=esm)
    second = make.a_proxy(mandator=esm.company)
    with pytest.raises(Exception, match="Tommy Lavoie"):
        assign(second, julie, tommy, by=esm)
    assert standing(julie) == []


@pytest.mark.parametrize("over", [EXPIRED, {"revoked_at": clock.now()}], ids=["expired", "revoked"])
def test_a_proxy_that_is_over_gives_way_to_a_new_one(esm, julie, melccfp, proxy, over):
    assign(proxy, julie, by=esm)
    row_set(proxy, **over)
    second = give(esm, rights={melccfp: FULL})
    assign(second, julie, by=esm)
    assert standing(julie) == [second]
    assert Assignment._base_manager.get(proxy=proxy).ended_at is not None


def test_an_external_proxy_is_assigned_by_the_agent_and_not_by_the_mandator(
    esm, agent_esm, julie, melccfp
):
    proxy = give(esm, agent=agent_esm.company, rights={melccfp: FULL})
    theirs = make.a_user(company=agent_esm.company)
    with pytest.raises(Proxy.DoesNotExist):
        assign(proxy, julie, by=esm)
    assign(proxy, theirs, by=agent_esm)
    assert standing(theirs) == [proxy]


def test_an_internal_proxy_is_assigned_by_its_company_only(agent_esm, proxy):
    with pytest.raises(Proxy.DoesNotExist):
        assign(proxy, make.a_user(company=agent_esm.company), by=agent_esm)


@pytest.mark.parametrize("who", ["a suspended user", "a user of another company", "nobody"])
def test_a_proxy_is_assigned_to_active_users_of_ones_own_company_only(esm, julie, proxy, who):
    users = {
        "a suspended user": [julie, make.a_user(company=esm.company, is_active=False)],
        "a user of another company": [julie, make.a_user()],
        "nobody": [],
    }[who]
    with refused():
        assign(proxy, *users, by=esm)
    assert standing(julie) == []


def test_assigning_is_of_esms(visitor, julie, proxy):
    start = reverse("assign-proxy-start", kwargs={"subject": proxy.pk})
    assert visitor.sign_in(julie).get(start).status_code == 403


def test_the_agents_esm_may_assign_a_clients_proxy_to_himself(visitor, agent_esm):
    proxy = make.a_proxy(agent=agent_esm.company)
    start = reverse("assign-proxy-start", kwargs={"subject": proxy.pk})
    check = visitor.sign_in(agent_esm).fill(visitor.fill(start), users=[agent_esm.pk])
    visitor.transmit(check)
    assert standing(User._base_manager.get(pk=agent_esm.pk)) == [proxy]


@pytest.mark.parametrize("backwards", [False, True])
def test_people_are_named_in_the_order_in_which_they_were_chosen(esm, proxy, melccfp, backwards):
    """That of the directory, which the page gives; never that of their keys."""
    keys = sorted((LAST, LAST - 1, LAST - 2), reverse=backwards)
    people = [
        make.a_user(company=esm.company, family_name=name, pk=key)
        for name, key in zip(("Côté", "Gagné", "Roy"), keys, strict=True)
    ]
    assign(proxy, *people, by=esm)
    with pytest.raises(ValidationError) as refusal:
        assign(give(esm, rights={melccfp: FULL}), *people, by=esm)
    with company_scope(esm.company):
        actions.copy(
            proxy,
            by=esm,
            ends_on=proxy.ends_on,
            description="Copie",
            rights={melccfp: FULL},
            users=people,
        )
        copied = Proxy.objects.get(description="Copie")
        actions.remove(copied, from_users=people, by=esm)
    names = ", ".join(str(person) for person in people)
    assert refusal.value.messages[0].startswith(names)
    kinds = Event._base_manager.filter(kind__startswith="assignment.").order_by("pk")
    assert [one.kind for one in kinds] == [
        "assignment.made",
        "assignment.removed",
        "assignment.made",
        "assignment.removed",
    ]
    assert {one.facts["names"] for one in kinds} == {names}
