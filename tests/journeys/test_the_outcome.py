"""The outcome: who may open IQEA, for whom, in which role, until when; and who may not, and why."""

import pytest
from django.urls import reverse
from django.utils import translation

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from proxies.models import Proxy
from registrations.models import Registration
from sandbox.demo_companies import OFFICER
from sandbox.demo_companies import PASSWORD as DEMO_PASSWORD
from tests import factories as make
from tests.factories import DEACTIVATED
from tests.journeys.conftest import a_proxy_for_iqea, changes, company, person, service
from tests.journeys.person import Person
from tests.journeys.procedures import (
    DESCRIBED,
    assigns_a_proxy,
    creates_a_file,
    gives_an_external_proxy,
    gives_an_internal_proxy,
    registers_with_the_melccfp,
)
from tests.journeys.sign_in import chooses_password, signs_in
from tests.journeys.test_the_ministrys_answer import runs_action
from tests.journeys.words import (
    ACTIVE,
    ASSIGN,
    CONTINUE,
    FINISH,
    HOME,
    IQEA,
    LAST_DAY_IN_WORDS,
    OPERATOR_RIGHT,
    PROXY_MANAGEMENT,
    REGISTRATION_FOR_SERVICES,
    SIGN_OUT,
    SUBMIT,
    TEMPORARY_PASSWORD,
    USER_CODE,
    VERIFIER_RIGHT,
    Said,
)
from users.models import User

ACIERY, CIMENTERIE = "1000000001", "1000000004"
CANNOT_OPEN = Said(
    "Vous ne pouvez pas ouvrir ce service électronique", "You cannot open this e-service"
)
ACTS_FOR = Said("Agit pour", "Acts for")
PERSON = Said("Personne", "Person")
ROLE = Said("Rôle", "Role")
UNTIL = Said("Jusqu’au", "Until")
BY = Said("En vertu de", "By")
OPERATOR = Said("Exploitant", "Operator")
VERIFIER = Said("Vérificateur", "Verifier")


def opens_service(person: Person, code: str, mandator: str) -> None:
    with translation.override(person.language):
        person.opens(reverse("open_service", kwargs={"service": code, "mandator": mandator}))


# --- the whole ----------------------------------------------------------------------------------


def the_officer_accepts(language: str, registration: Registration) -> None:
    camille = Person(language, User.objects.get_by_natural_key(OFFICER), signed_in=False)
    signs_in(camille, OFFICER, DEMO_PASSWORD)
    camille.opens(f"/{language}/admin/registrations/registration/")
    runs_action(camille, "accept", registration)


def test_the_four_steps_end_with_a_new_user_who_opens_iqea(language):
    marie = Person(language, User.objects.get_by_natural_key("TREM1001"), signed_in=False)
    signs_in(marie, "TREM1001", DEMO_PASSWORD)

    registers_with_the_melccfp(marie)
    marie.presses(SUBMIT)
    with across_companies(because="tests find what was asked"):
        the_officer_accepts(language, Registration.objects.get(status="in_process"))
    marie.uses_the_menu(REGISTRATION_FOR_SERVICES)
    assert marie.page.line("(MELCCFP)")[3] == marie.words(ACTIVE)

    creates_a_file(marie)
    marie.presses(SUBMIT)
    marie.presses(CONTINUE)
    user_code, password = (
        marie.page.rows[one] for one in marie.said(USER_CODE, TEMPORARY_PASSWORD)
    )
    marie.presses(FINISH)

    gives_an_internal_proxy(marie)
    marie.presses(SUBMIT)
    assigns_a_proxy(marie, "Zoé Lavallée")
    marie.presses(SUBMIT)
    marie.presses(FINISH)
    assert marie.page.heading == marie.words(HOME)
    marie.presses(SIGN_OUT)

    zoe = Person(language, User.objects.get_by_natural_key(user_code), signed_in=False)
    signs_in(zoe, user_code, password)
    chooses_password(zoe)
    zoe.follows(OPERATOR_RIGHT)
    assert zoe.page.heading == zoe.words(IQEA)
    assert zoe.page.rows[zoe.words(PERSON)] == f"Zoé Lavallée-O’Neil {zoe.user.user_code}"
    assert zoe.page.rows[zoe.words(ACTS_FOR)] == "Aciérie Boréale inc. 1000000001"
    assert zoe.page.rows[zoe.words(ROLE)] == zoe.words(OPERATOR)
    assert zoe.page.rows[zoe.words(UNTIL)] == zoe.words(LAST_DAY_IN_WORDS)
    assert DESCRIBED in zoe.page.rows[zoe.words(BY)]
    assert zoe.page.buttons == zoe.said(FINISH)
    zoe.presses(FINISH)
    assert zoe.page.heading == zoe.words(HOME)


@pytest.mark.parametrize(
    ("agent", "right", "role"),
    [
        (("1000000002", "GAGN2001", "BELA2002"), OPERATOR_RIGHT, OPERATOR),
        (("1000000003", "ROYA3001", "DIAL3002"), VERIFIER_RIGHT, VERIFIER),
    ],
    ids=["consultant", "verifier"],
)
def test_a_user_of_the_agent_opens_iqea_for_the_mandator(
    marie, language, registered, agent, right, role
):
    number, esm, user = agent
    gives_an_external_proxy(marie, agent=number, right=right)
    marie.presses(SUBMIT)
    manager = person(language, esm)
    theirs = person(language, user)
    assert manager.words(right) not in theirs.page.text
    manager.uses_the_menu(PROXY_MANAGEMENT)
    manager.picks(DESCRIBED)
    manager.presses(ASSIGN)
    manager.presses(CONTINUE)
    manager.ticks(theirs.user.full_name)
    manager.presses(CONTINUE)
    manager.presses(SUBMIT)
    theirs.reads_again()
    theirs.follows(right)
    assert theirs.page.heading == theirs.words(IQEA)
    assert theirs.page.rows[theirs.words(ACTS_FOR)].startswith("Aciérie Boréale inc.")
    assert theirs.page.rows[theirs.words(ROLE)] == theirs.words(role)
    assert theirs.user.company.name in theirs.page.rows[theirs.words(PERSON)]


# --- the demo's own user, who can open IQEA -------------------------------------------------------


@pytest.fixture
def sophie(language: str) -> Person:
    return person(language, "COTE4002")


def test_the_demos_user_opens_iqea_from_home(sophie):
    line = sophie.page.line(sophie.words(OPERATOR_RIGHT))
    assert line == [*sophie.said(OPERATOR_RIGHT), "MELCCFP", sophie.words(LAST_DAY_IN_WORDS)]
    sophie.follows(OPERATOR_RIGHT)
    assert sophie.page.heading == sophie.words(IQEA)


def test_the_esm_opens_it_without_a_proxy_and_without_an_end(language):
    jean = person(language, "BOUC4001")
    jean.follows(OPERATOR_RIGHT)
    assert jean.page.heading == jean.words(IQEA)
    assert jean.page.rows[jean.words(UNTIL)] == jean.words(Said("Sans date de fin", "No end date"))


def test_a_user_without_a_proxy_reads_at_home_whom_to_ask(language):
    tommy = person(language, "LAVO4003")
    none = Said("Aucun pour le moment", "None for the moment")
    assert tommy.words(none) in tommy.page.text
    assert tommy.words(OPERATOR_RIGHT) not in tommy.page.text


# --- who may not, and which link is missing -------------------------------------------------------


def the_proxy() -> Proxy:
    with across_companies(because="tests arrange every company"):
        return Proxy.objects.get(mandator=company(CIMENTERIE))


def end_the_assignment() -> None:
    with across_companies(because="tests arrange every company"):
        assignment = the_proxy().assignments.get()
    changes(assignment, ended_at=clock.now())


def revoke() -> None:
    changes(the_proxy(), revoked_at=clock.now())


def let_expire() -> None:
    yesterday = clock.years_after(clock.today(), -1)
    changes(the_proxy(), term_starts_on=yesterday, ends_on=yesterday)


def untick_the_service() -> None:
    proxy = the_proxy()
    with across_companies(because="tests arrange every company"):
        right = proxy.access_rights.get()
    changes(right, ended_at=clock.now())
    make.an_access_right(proxy=proxy, services=[service("bilan-phosphore")])


def deactivate_the_registration() -> None:
    with across_companies(because="tests arrange every company"):
        registration = Registration.objects.get(
            company=company(CIMENTERIE), ministry__code="melccfp"
        )
    changes(registration, **DEACTIVATED)


def withdraw_the_service() -> None:
    changes(service("iqea-operator"), is_offered=False)


MISSING = {
    end_the_assignment: Said(
        "Aucune procuration de cette entreprise ne vous est assignée.",
        "No proxy of this company is assigned to you.",
    ),
    revoke: Said(
        "La procuration qui vous était assignée est révoquée.",
        "The proxy that was assigned to you is revoked.",
    ),
    let_expire: Said(
        "La procuration qui vous était assignée est expirée.",
        "The proxy that was assigned to you has expired.",
    ),
    untick_the_service: Said(
        "La procuration qui vous est assignée ne comprend pas ce service électronique.",
        "The proxy that is assigned to you does not include this e-service.",
    ),
    deactivate_the_registration: Said(
        "L’inscription de l’entreprise à ce ministère ou à cet organisme n’est pas active.",
        "The company’s registration with this department or agency is not active.",
    ),
    withdraw_the_service: Said(
        "Ce service électronique n’est pas offert actuellement.",
        "This e-service is not offered at present.",
    ),
}


@pytest.mark.parametrize("breaks_a_link", MISSING, ids=lambda link: link.__name__)
def test_once_a_link_is_missing_the_next_page_names_it_and_home_no_longer_offers_it(
    sophie, breaks_a_link
):
    sophie.follows(OPERATOR_RIGHT)
    breaks_a_link()
    sophie.reads_again()
    assert sophie.page.status == 403
    assert sophie.page.heading == sophie.words(CANNOT_OPEN)
    (alert,) = sophie.page.alerts
    assert alert.startswith(sophie.words(MISSING[breaks_a_link]))
    sophie.presses(HOME)
    assert sophie.words(OPERATOR_RIGHT) not in sophie.page.text


def test_a_user_without_an_assignment_reads_that_none_is_his(language):
    tommy = person(language, "LAVO4003")
    opens_service(tommy, "iqea-operator", CIMENTERIE)
    assert tommy.page.heading == tommy.words(CANNOT_OPEN)
    assert tommy.words(MISSING[end_the_assignment]) in tommy.page.alerts[0]


def test_the_esm_is_told_that_the_verifiers_service_is_for_an_agent_and_where_to_mend_it(language):
    jean = person(language, "BOUC4001")
    opens_service(jean, "iqea-verifier", CIMENTERIE)
    only = Said(
        "Ce service électronique n’est ouvert qu’au mandataire d’une procuration externe.",
        "This e-service is open only to the agent of an external proxy.",
    )
    assert jean.words(only) in jean.page.alerts[0]
    jean.presses(Said("Aller à l’écran qui y remédie", "Go to the screen that fixes it"))
    assert jean.page.heading == jean.words(PROXY_MANAGEMENT)


def test_the_esm_of_a_company_not_registered_is_led_to_the_registration(marie):
    opens_service(marie, "iqea-operator", ACIERY)
    assert marie.words(MISSING[deactivate_the_registration]) in marie.page.alerts[0]
    marie.presses(Said("Aller à l’écran qui y remédie", "Go to the screen that fixes it"))
    assert marie.page.heading == marie.words(REGISTRATION_FOR_SERVICES)


def test_a_stranger_cannot_tell_a_company_that_exists_from_one_that_does_not(sophie):
    opens_service(sophie, "iqea-operator", ACIERY)
    known = sophie.page
    opens_service(sophie, "iqea-operator", "1000000009")
    assert (known.status, sophie.page.status) == (404, 404)
    assert known.text.replace(ACIERY, "…") == sophie.page.text.replace("1000000009", "…")
    assert "Aciérie" not in known.html


def test_a_renounced_proxy_is_named_as_such_at_the_agents(language, registered):
    proxy = a_proxy_for_iqea(registered.company, agent=company("1000000002"))
    amelie = person(language, "BELA2002")
    make.an_assignment(proxy=proxy, user=amelie.user)
    changes(proxy, renounced_at=clock.now())
    opens_service(amelie, "iqea-operator", ACIERY)
    renounced = Said(
        "Votre entreprise a renoncé à la procuration qui vous était assignée.",
        "Your company has renounced the proxy that was assigned to you.",
    )
    assert amelie.words(renounced) in amelie.page.alerts[0]


def test_when_the_mandators_account_is_closed_its_agent_is_told(language, registered):
    proxy = a_proxy_for_iqea(registered.company, agent=company("1000000002"))
    amelie = person(language, "BELA2002")
    make.an_assignment(proxy=proxy, user=amelie.user)
    changes(registered.company, is_active=False)
    opens_service(amelie, "iqea-operator", ACIERY)
    closed = Said("Le compte de l’entreprise est fermé.", "The account of the company is closed.")
    assert amelie.words(closed) in amelie.page.alerts[0]


def test_a_proxy_is_good_through_the_whole_of_its_last_day_in_quebec(sophie, time):
    for instant, status in (("2029-11-23T04:59:00Z", 200), ("2029-11-23T05:01:00Z", 403)):
        time.move_to(instant)
        sophie.browser.sign_in(sophie.user)
        opens_service(sophie, "iqea-operator", CIMENTERIE)
        assert sophie.page.status == status, instant
