"""Step 3 b, page by page: an external proxy, to a consultant or a verifier (procedure)."""

import pytest

from cse_portal import clock
from registrations.models import Ministry
from tests import factories as make
from tests.journeys.conftest import a_proxy_for_iqea, changes, company, person
from tests.journeys.person import Person
from tests.journeys.procedures import CONSULTANT, DESCRIBED, gives_an_external_proxy
from tests.journeys.words import (
    ACCESS_RIGHTS,
    ADD,
    AGENT,
    AGENT_NUMBER,
    ASSIGN,
    CHECK_BEFORE,
    CONTINUE,
    DESCRIBED_IN_THE_LIST,
    DESCRIPTION,
    EDIT,
    END_DATE,
    EXTERNAL,
    IN_FORCE,
    INTERNAL,
    LAST_DAY,
    LAST_DAY_IN_WORDS,
    MELCCFP,
    OPERATOR_RIGHT,
    PROXY_MANAGEMENT,
    SUBMIT,
    TYPE_OF_PROXY,
    VERIFIER_RIGHT,
    WITH_RESTRICTION,
    Said,
)

pytestmark = pytest.mark.usefixtures("registered")

VERIFIER = "1000000003"
TEN_DIGITS = Said("Inscrivez dix chiffres, sans espace.", "Enter ten digits, without spaces.")
UNKNOWN = Said(
    "Aucune entreprise n’a ce numéro d’identification. Vérifiez-le auprès de votre mandataire.",
    "No company has this identification number. Check it with your agent.",
)
OWN = Said(
    "C’est le numéro de votre propre entreprise. Inscrivez celui du mandataire.",
    "This is your own company’s number. Enter the agent’s.",
)
MISSING = Said(
    "Inscrivez les dix chiffres du numéro d’identification du mandataire.",
    "Enter the agent’s ten-digit identification number.",
)
NOT_FOR_INTERNAL = Said(
    "Une procuration interne n’a pas de mandataire : choisissez « Externe » ou videz ce champ.",
    "An internal proxy has no agent: choose “External”, or clear this field.",
)
ONLY_IQEA_RIGHT = Said(
    "L’identification du vérificateur est le seul droit de l’IQEA de sa procuration : décochez "
    "l’identification de l’exploitant, ou donnez deux procurations à deux mandataires.",
    "The verifier identification is the only IQEA right of its proxy: untick the operator "
    "identification, or give two proxies to two agents.",
)
BOTH_AT_ONCE = Said(
    "un même mandataire ne peut être à la fois exploitant et vérificateur d’un mandant.",
    "the same agent cannot be operator and verifier of one mandator at once.",
)
WARNED = Said("Avertissement : au cours des trois dernières années", "Warning: within the last")
INTERNAL_ONLY = Said(
    "Procurations internes seulement. Pour une procuration externe, appelez au 418 555-0125.",
    "Internal proxies only. For an external one, call 418 555-0125.",
)


@pytest.fixture
def at_the_proxy(marie: Person) -> Person:
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.presses(ADD)
    return marie


def asks_for(person: Person, kind: Said, number: str) -> str:
    """What is said beside the agent's number."""
    person.picks(kind)
    person.fills({AGENT_NUMBER: number, END_DATE: LAST_DAY, DESCRIPTION: DESCRIBED})
    person.presses(CONTINUE)
    assert person.page.answer(person.words(AGENT_NUMBER)) == number
    return person.page.reproach_beside(person.words(AGENT_NUMBER))


@pytest.mark.parametrize(
    ("kind", "number", "said"),
    [
        (EXTERNAL, "123", TEN_DIGITS),
        (EXTERNAL, "٠١٢٣٤٥٦٧٨٩", TEN_DIGITS),
        (EXTERNAL, "9999999999", UNKNOWN),
        (EXTERNAL, "1000000001", OWN),
        (EXTERNAL, "", MISSING),
        (INTERNAL, CONSULTANT, NOT_FOR_INTERNAL),
    ],
)
def test_a_wrong_agent_number_is_told_beside_its_field(at_the_proxy, kind, number, said):
    assert asks_for(at_the_proxy, kind, number) == at_the_proxy.words(said)


def test_the_verification_page_names_the_agent_before_anything_is_sent(marie):
    gives_an_external_proxy(marie, agent="1000 000 002")
    page = marie.page
    assert page.heading == marie.words(CHECK_BEFORE)
    assert page.rows[marie.words(TYPE_OF_PROXY)] == marie.words(EXTERNAL)
    number = Said("numéro d’identification 1000000002", "identification number 1000000002")
    assert page.rows[marie.words(AGENT)] == f"Conseils Air Pur inc. {marie.words(number)}"
    told = Said(
        "Conseils Air Pur inc. (1000000002) pourra agir pour vous, par les utilisateurs de son "
        "choix, jusqu’au 22 novembre 2029.",
        "Conseils Air Pur inc. (1000000002) will be able to act for you, by the users of its "
        "choice, until November 22, 2029.",
    )
    assert marie.words(told) in page.text


def test_the_consultant_is_in_the_list_and_assigns_it_himself(marie):
    gives_an_external_proxy(marie)
    marie.presses(SUBMIT)
    line = marie.page.line(DESCRIBED)
    choice = Said("Au choix du mandataire", "Of the agent’s choice")
    assert line[2] == f"{marie.words(EXTERNAL)} Conseils Air Pur inc. (1000000002)"
    assert line[3:] == marie.said(LAST_DAY_IN_WORDS, choice, IN_FORCE)
    marie.picks(DESCRIBED)
    marie.presses(ASSIGN)
    said = Said(
        "Une procuration externe est assignée par son mandataire : choisissez-en une interne.",
        "An external proxy is assigned by its agent: choose an internal one.",
    )
    assert marie.page.reproaches == marie.said(said)


def test_the_agent_sees_the_proxy_at_once_among_those_received(marie, luc):
    gives_an_external_proxy(marie)
    luc.uses_the_menu(PROXY_MANAGEMENT)
    assert luc.page.tables == []
    marie.presses(SUBMIT)
    luc.reads_again()
    assert luc.page.line(DESCRIBED)[1:] == [
        luc.words(DESCRIBED_IN_THE_LIST),
        "Aciérie Boréale inc. 1000000001",
        *luc.said(LAST_DAY_IN_WORDS),
        "0",
        luc.words(IN_FORCE),
    ]
    assert luc.page.buttons == luc.said(ADD, ASSIGN)


def test_another_company_sees_nothing_of_it(marie, language):
    gives_an_external_proxy(marie)
    marie.presses(SUBMIT)
    stranger = person(language, "ROYA3001")
    stranger.uses_the_menu(PROXY_MANAGEMENT)
    assert "Aciérie" not in stranger.page.text


def test_the_verifiers_proxy_bundles_the_verifiers_right_alone(marie):
    gives_an_external_proxy(marie, agent=VERIFIER, right=VERIFIER_RIGHT)
    assert marie.words(VERIFIER_RIGHT) in marie.page.rows.values()
    marie.presses(SUBMIT)
    assert marie.page.line(DESCRIBED)[2].endswith("Vérification Laurentides inc. (1000000003)")


def test_operator_and_verifier_cannot_be_ticked_together(at_the_proxy):
    at_the_proxy.picks(EXTERNAL, MELCCFP)
    at_the_proxy.fills({AGENT_NUMBER: VERIFIER})
    at_the_proxy.presses(EDIT)
    at_the_proxy.picks(WITH_RESTRICTION)
    at_the_proxy.ticks(OPERATOR_RIGHT, VERIFIER_RIGHT)
    at_the_proxy.presses(EDIT)
    assert at_the_proxy.page.reproaches == at_the_proxy.said(ONLY_IQEA_RIGHT)
    assert at_the_proxy.page.is_picked(at_the_proxy.words(OPERATOR_RIGHT))
    assert at_the_proxy.page.is_picked(at_the_proxy.words(VERIFIER_RIGHT))


def test_the_agent_who_is_operator_cannot_be_verifier_too(marie, aciery):
    a_proxy_for_iqea(aciery, agent=company(CONSULTANT), description="Consultant")
    gives_an_external_proxy(marie, right=VERIFIER_RIGHT)
    assert marie.page.heading != marie.words(CHECK_BEFORE)
    (said,) = marie.page.reproaches
    assert said.endswith(marie.words(BOTH_AT_ONCE))
    assert "Conseils Air Pur inc." in said
    assert "Consultant" in said


def test_a_warning_stands_where_the_agent_had_the_other_role_lately(marie, aciery):
    before = a_proxy_for_iqea(aciery, agent=company(CONSULTANT))
    changes(before, revoked_at=clock.now())
    gives_an_external_proxy(marie, right=VERIFIER_RIGHT)
    assert marie.page.heading == marie.words(CHECK_BEFORE)
    assert marie.words(WARNED) in marie.page.text
    marie.presses(SUBMIT)
    link = next(one for one in marie.page.main.all("a") if "CSE-2026" in one.text)
    assert marie.words(WARNED) in marie.opens(link["href"]).text


def test_a_department_that_takes_no_external_proxies_says_whom_to_call(at_the_proxy, aciery):
    make.an_active_registration(company=aciery, ministry=Ministry.objects.get(code="cnesst"))
    at_the_proxy.reads_again()
    offered = at_the_proxy.page.choices(at_the_proxy.words(ACCESS_RIGHTS))
    (cnesst,) = [one for one in offered if one.startswith("Commission des normes")]
    assert at_the_proxy.words(INTERNAL_ONLY) in cnesst
    at_the_proxy.picks(EXTERNAL, "Commission des normes")
    at_the_proxy.fills({AGENT_NUMBER: CONSULTANT})
    at_the_proxy.presses(EDIT)
    at_the_proxy.picks(WITH_RESTRICTION)
    at_the_proxy.ticks("Mon espace employeur")
    at_the_proxy.presses(EDIT)
    (said,) = at_the_proxy.page.reproaches
    assert "418 555-0125" in said
