"""What a person can open, and why not: for the ESM of their company, and for nobody else."""

import pytest
from django.urls import reverse
from django.utils import translation

from cse_portal import clock
from proxies.access import Holds, Link
from registrations.models import Registration
from tests import factories as make
from tests.proxies.conftest import row_set
from tests.proxies.test_access import (
    BREAKS,
    CHAINS,
    an_external_chain,
    an_internal_chain,
    each_break,
    for_external_proxies_only,
)

pytestmark = pytest.mark.django_db


def address_of(chain) -> str:
    return reverse("access_of", kwargs={"person": chain.person.pk})


def chain_of(chain, **other) -> str:
    about = {
        "person": chain.person.pk,
        "service": chain.service.code,
        "mandator": chain.mandator.identification_number,
    }
    return reverse("access_chain", kwargs=about | other)


@pytest.fixture
def esm_of(visitor):
    """The browser of an ESM of the person's company."""
    return lambda chain: visitor.sign_in(make.an_esm(company=chain.person.company))


@pytest.mark.parametrize("whose", CHAINS)
def test_what_is_open_says_until_when(esm_of, whose):
    chain = CHAINS[whose]()
    esm = esm_of(chain)
    for where in (address_of(chain), chain_of(chain)):
        html = esm.read(where)
        assert html.count("Peut ouvrir") == 1
        assert ("Sans date de fin" in html) == (chain.proxy is None)
    assert "Non remplie" not in html


@each_break
def test_each_missing_link_is_told_with_who_mends_it(esm_of, whose, link, sever):
    chain = CHAINS[whose]()
    esm = esm_of(chain)
    sever(chain)
    if not type(chain.person.company).objects.get(pk=chain.person.company.pk).is_active:
        assert esm.get(chain_of(chain)).status_code == 302  # no longer signed in
        return
    for language in ("fr", "en"):
        with translation.override(language):
            listed, full = esm.read(address_of(chain)), esm.read(chain_of(chain))
            assert link.reason_of_another in listed
            assert link.reason_of_another in full
            assert link.remedy_of_another in full
    assert 'class="tag tag-no">Non remplie' in esm.read(chain_of(chain))


def screens_in(html: str) -> set[str]:
    return {
        name
        for name in ("users:files", "proxies:list", "registrations:list")
        if f'href="{reverse(name)}' in html.partition("<tbody>")[2].partition("</table>")[0]
    }


MENDED = {
    Link.PERSON: ("users:files", "users:files"),
    Link.ASSIGNMENT: ("proxies:list", "proxies:list"),
    Link.REVOKED: ("proxies:list", ""),
    Link.EXPIRED: ("proxies:list", ""),
    Link.RIGHTS: ("proxies:list", ""),
    Link.REGISTRATION: ("registrations:list", ""),
    Link.SERVICE: ("", ""),
}


@pytest.mark.parametrize(
    ("whose", "link", "sever"),
    [
        pytest.param(whose, link, sever, id=f"{whose}-{link.name}")
        for link, chains, sever in BREAKS
        for whose in ("user", "agent's user")
        if link in MENDED and whose in chains
    ],
)
def test_the_screen_that_mends_it_is_led_to_only_where_the_reader_mends_it(
    esm_of, whose, link, sever
):
    chain = CHAINS[whose]()
    sever(chain)
    own, received = MENDED[link]
    screen = own if whose == "user" else received
    assert screens_in(esm_of(chain).read(chain_of(chain))) == ({screen} - {""})


@pytest.mark.parametrize("whose", ["ESM", "user"])
def test_the_verifiers_service_is_no_matter_of_assigning_but_of_an_external_proxy(esm_of, whose):
    chain = CHAINS[whose]()
    for_external_proxies_only(chain)
    assert screens_in(esm_of(chain).read(chain_of(chain))) == {"proxies:list"}


def test_a_person_of_another_company_does_not_exist(visitor):
    chain = an_internal_chain()
    visitor.sign_in(make.an_esm())
    assert visitor.get(address_of(chain)).status_code == 404
    assert visitor.get(chain_of(chain)).status_code == 404


def test_not_even_the_mandators_esm_asks_about_the_agents_people(visitor):
    chain = an_external_chain()
    visitor.sign_in(make.an_esm(company=chain.mandator))
    assert visitor.get(address_of(chain)).status_code == 404
    assert visitor.get(chain_of(chain)).status_code == 404


def test_a_user_asks_about_nobody(visitor):
    chain = an_internal_chain()
    visitor.sign_in(chain.person)
    assert visitor.get(address_of(chain)).status_code == 403
    assert visitor.get(chain_of(chain)).status_code == 403


def test_a_company_that_the_person_has_nothing_to_do_with_does_not_exist(esm_of):
    chain = an_internal_chain()
    stranger = make.a_company()
    for number in (stranger.identification_number, "9999999999"):
        assert esm_of(chain).get(chain_of(chain, mandator=number)).status_code == 404
    assert esm_of(chain).get(chain_of(chain, service="autre")).status_code == 404


def test_the_agent_learns_that_the_registration_is_not_active_and_not_why(esm_of):
    chain = an_external_chain()
    refused = {"status": Registration.Status.REFUSED, "decided_at": clock.now()}
    row_set(chain.registration, **refused, reason_fr="Dette fiscale")
    html = esm_of(chain).read(chain_of(chain))
    assert Link.REGISTRATION.reason in html
    assert "Dette fiscale" not in html


@pytest.mark.parametrize("is_active", [True, False])
def test_the_agent_learns_nothing_of_registrations_that_no_proxy_of_his_covers(esm_of, is_active):
    chain = an_external_chain()
    elsewhere = make.a_service()
    if is_active:
        make.an_active_registration(company=chain.mandator, ministry=elsewhere.ministry)
    html = esm_of(chain).read(chain_of(chain, service=elsewhere.code))
    assert str(Holds.NOT_DISCLOSED.label) in html
    assert Link.REGISTRATION.reason not in html
    assert html.count('tag tag-ok">Remplie') == 6  # all but the rights and the registration


def test_the_agents_people_who_hold_nothing_of_a_client_are_told_so(esm_of):
    chain = an_external_chain()
    colleague = make.a_user(company=chain.person.company)
    html = esm_of(chain).read(chain_of(chain, person=colleague.pk))
    assert Link.ASSIGNMENT.reason_of_another in html
    assert chain.proxy.description not in html


def test_every_file_of_the_list_leads_there(visitor):
    people = [make.an_esm()]
    people += [make.a_user(company=people[0].company) for _one in range(2)]
    html = visitor.sign_in(people[0]).read(reverse("users:files"))
    for person in people:
        assert reverse("access_of", kwargs={"person": person.pk}) in html


@pytest.mark.parametrize("page", ["2", "x", "-1", "9" * 5_000, "%00"])
def test_a_long_list_has_pages(visitor, page):
    esm = make.an_esm()
    ministry = make.a_ministry()
    for _one in range(30):
        make.a_service(ministry=ministry)
    html = visitor.sign_in(esm).read(
        f"{reverse('access_of', kwargs={'person': esm.pk})}?page={page}"
    )
    assert html.count('<th scope="row">') in {5, 25}
