"""Step 3 a, page by page: creating an internal proxy (procedure, section 3)."""

import pytest

from tests.journeys.person import Person
from tests.journeys.procedures import DESCRIBED, gives_an_internal_proxy
from tests.journeys.words import (
    ACCESS_RIGHTS,
    ACCESS_RIGHTS_AT,
    ADD,
    AGENT_NUMBER,
    ASSIGN,
    BACK,
    CHECK_BEFORE,
    CONTINUE,
    CORRECT,
    DESCRIBED_IN_THE_LIST,
    DESCRIPTION,
    EDIT,
    END_DATE,
    ERROR,
    EXTEND_SEVERAL,
    EXTERNAL,
    IN_FORCE,
    INTERNAL,
    LAST_DAY,
    LAST_DAY_IN_WORDS,
    MANDATOR,
    MELCCFP,
    OPERATOR_RIGHT,
    PHOSPHORUS,
    PROXY,
    PROXY_MANAGEMENT,
    RECEIPT,
    REMOVE,
    REVENU_QUEBEC,
    SERVICES_IF_RESTRICTED,
    STEP,
    SUBMIT,
    TYPE_OF_PROXY,
    VERIFICATION,
    VERIFIER_RIGHT,
    WITH_RESTRICTION,
    WITHOUT_RESTRICTION,
    Said,
)

pytestmark = pytest.mark.usefixtures("registered")

CREATE_A_PROXY = Said("Créer une procuration", "Create a proxy")
NO_RIGHT_YET = Said("Aucun droit accordé pour le moment", "No right granted yet")
TOO_LATE = Said(
    "Inscrivez au plus tard 2029-11-22 : une procuration dure au plus trois ans moins un jour.",
    "Enter 2029-11-22 at the latest: a proxy lasts at most three years minus a day.",
)
PAST = Said("Inscrivez une date qui n’est pas passée.", "Enter a date that is not in the past.")
CHOOSE_FIRST = Said(
    "Choisissez le ministère ou l’organisme, puis « Modifier ».",
    "Choose the department or agency, then “Edit”.",
)
GRANT_SOMETHING = Said(
    "Choisissez un ministère ou un organisme, puis « Modifier », pour y accorder des droits "
    "d’accès.",
    "Choose a department or agency, then “Edit”, to grant access rights there.",
)
TICK_ONE = Said("Cochez au moins un service.", "Tick at least one service.")


def trail(person: Person, page: Said) -> list[str]:
    title = person.words(CREATE_A_PROXY)
    return [person.words(STEP, number=3, title=title), person.words(page)]


@pytest.fixture
def at_the_proxy(marie: Person) -> Person:
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.presses(ADD)
    return marie


@pytest.fixture
def at_the_rights(at_the_proxy: Person) -> Person:
    at_the_proxy.picks(INTERNAL, MELCCFP)
    at_the_proxy.fills({END_DATE: LAST_DAY, DESCRIPTION: DESCRIBED})
    at_the_proxy.presses(EDIT)
    return at_the_proxy


def melccfp_label(person: Person) -> str:
    field = person.page.field(person.words(MELCCFP))
    (label,) = [one for one in person.page.main.all("label") if one["for"] == field["id"]]
    return label.text


def test_the_list_is_empty_and_says_what_to_do(marie):
    marie.uses_the_menu(PROXY_MANAGEMENT)
    assert marie.page.heading == marie.words(PROXY_MANAGEMENT)
    assert marie.page.buttons == marie.said(ADD)
    assert marie.page.tables == []


def test_the_proxy_page_asks_in_the_order_of_the_procedure(at_the_proxy):
    page = at_the_proxy.page
    assert page.heading == at_the_proxy.words(PROXY)
    assert page.trail == trail(at_the_proxy, PROXY)
    assert page.rows == {at_the_proxy.words(MANDATOR): "Aciérie Boréale inc. 1000000001"}
    assert page.labels == at_the_proxy.said(
        TYPE_OF_PROXY, AGENT_NUMBER, END_DATE, DESCRIPTION, ACCESS_RIGHTS
    )
    assert page.choices(at_the_proxy.words(TYPE_OF_PROXY)) == at_the_proxy.said(INTERNAL, EXTERNAL)
    assert page.buttons[-3:] == at_the_proxy.said(EDIT, CONTINUE, BACK)
    assert page.primary_button == at_the_proxy.words(CONTINUE)


def test_the_hint_gives_the_last_possible_day(at_the_proxy):
    hint = at_the_proxy.page.field(at_the_proxy.words(END_DATE))["aria-describedby"].split()
    (said,) = [one.text for one in at_the_proxy.page.main.all() if one["id"] in hint]
    assert LAST_DAY in said
    assert at_the_proxy.words(LAST_DAY_IN_WORDS) in said


def test_only_departments_with_an_active_registration_are_offered(at_the_proxy):
    offered = at_the_proxy.page.choices(at_the_proxy.words(ACCESS_RIGHTS))
    none = at_the_proxy.words(NO_RIGHT_YET)
    assert offered == [f"{name} {none}" for name in at_the_proxy.said(MELCCFP, REVENU_QUEBEC)]


def test_edit_without_a_department_says_to_choose_and_reproaches_nothing_else(at_the_proxy):
    at_the_proxy.fills({DESCRIPTION: DESCRIBED})
    at_the_proxy.presses(EDIT)
    page = at_the_proxy.page
    assert page.reproaches == at_the_proxy.said(CHOOSE_FIRST)
    assert page.title.startswith(at_the_proxy.words(ERROR))
    assert page.answer(at_the_proxy.words(DESCRIPTION)) == DESCRIBED


def test_continue_on_an_empty_page_says_all_that_is_missing(at_the_proxy):
    at_the_proxy.presses(CONTINUE)
    assert at_the_proxy.page.reproaches == at_the_proxy.said(
        Said("Choisissez le type de procuration.", "Choose the type of proxy."),
        Said("Inscrivez la date de fin.", "Enter the end date."),
        Said("Inscrivez une description.", "Enter a description."),
        GRANT_SOMETHING,
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [("2029-11-23", TOO_LATE), ("2026-11-22", PAST)],
)
def test_an_end_date_too_late_or_past_is_told_beside_its_field(at_the_proxy, typed, said):
    at_the_proxy.picks(INTERNAL)
    at_the_proxy.fills({END_DATE: typed, DESCRIPTION: DESCRIBED})
    at_the_proxy.presses(CONTINUE)
    label = at_the_proxy.words(END_DATE)
    assert at_the_proxy.page.reproach_beside(label) == at_the_proxy.words(said)
    assert at_the_proxy.page.answer(label) == typed


@pytest.mark.parametrize("typed", ["2026-11-23", "2029/11/22", "2029 11 22", "20291122"])
def test_today_and_the_last_day_are_taken_however_they_are_typed(at_the_rights, typed):
    at_the_rights.presses(BACK)
    at_the_rights.fills({END_DATE: typed})
    at_the_rights.presses(CONTINUE)
    assert at_the_rights.page.reproaches == at_the_rights.said(GRANT_SOMETHING)


def test_the_rights_page_offers_with_and_without_restriction(at_the_rights):
    page = at_the_rights.page
    department = at_the_rights.words(MELCCFP)
    assert page.heading == at_the_rights.words(ACCESS_RIGHTS_AT, ministry=department)
    assert page.trail == trail(at_the_rights, ACCESS_RIGHTS)
    assert page.labels == at_the_rights.said(ACCESS_RIGHTS, SERVICES_IF_RESTRICTED)
    scope = page.choices(at_the_rights.words(ACCESS_RIGHTS))
    assert scope == at_the_rights.said(WITHOUT_RESTRICTION, WITH_RESTRICTION)
    services = page.choices(at_the_rights.words(SERVICES_IF_RESTRICTED))
    assert services[:3] == at_the_rights.said(OPERATOR_RIGHT, VERIFIER_RIGHT, PHOSPHORUS)
    assert page.buttons == at_the_rights.said(EDIT, BACK)


def test_with_restriction_a_service_must_be_ticked(at_the_rights):
    at_the_rights.picks(WITH_RESTRICTION)
    at_the_rights.presses(EDIT)
    assert at_the_rights.page.reproaches == at_the_rights.said(TICK_ONE)
    assert at_the_rights.page.is_picked(at_the_rights.words(WITH_RESTRICTION))


def test_the_verifiers_right_is_refused_in_an_internal_proxy(at_the_rights):
    at_the_rights.picks(WITH_RESTRICTION)
    at_the_rights.ticks(VERIFIER_RIGHT)
    at_the_rights.presses(EDIT)
    assert at_the_rights.page.reproaches == at_the_rights.said(
        Said(
            "L’identification du vérificateur est réservée aux procurations externes.",
            "The verifier identification is for external proxies only.",
        )
    )
    assert at_the_rights.page.is_picked(at_the_rights.words(VERIFIER_RIGHT))


def test_edit_saves_the_rights_and_leads_back_to_the_proxy_as_it_was_typed(at_the_rights):
    at_the_rights.picks(WITH_RESTRICTION)
    at_the_rights.ticks(OPERATOR_RIGHT, PHOSPHORUS)
    at_the_rights.presses(EDIT)
    page = at_the_rights.page
    assert page.heading == at_the_rights.words(PROXY)
    assert page.reproaches == []
    assert page.is_picked(at_the_rights.words(INTERNAL))
    assert page.answer(at_the_rights.words(END_DATE)) == LAST_DAY
    assert page.answer(at_the_rights.words(DESCRIPTION)) == DESCRIBED
    granted = at_the_rights.said(MELCCFP, WITH_RESTRICTION, OPERATOR_RIGHT, PHOSPHORUS)
    assert melccfp_label(at_the_rights) == " ".join(granted)


def test_rights_that_were_saved_can_be_changed_and_removed(at_the_rights):
    at_the_rights.picks(WITHOUT_RESTRICTION)
    at_the_rights.presses(EDIT)
    assert melccfp_label(at_the_rights).endswith(at_the_rights.words(WITHOUT_RESTRICTION))
    at_the_rights.picks(MELCCFP)
    at_the_rights.presses(EDIT)
    assert at_the_rights.page.is_picked(at_the_rights.words(WITHOUT_RESTRICTION))
    assert at_the_rights.page.buttons == at_the_rights.said(EDIT, BACK, REMOVE)
    at_the_rights.presses(REMOVE)
    assert at_the_rights.page.heading == at_the_rights.words(PROXY)
    assert melccfp_label(at_the_rights).endswith(at_the_rights.words(NO_RIGHT_YET))


def test_the_verification_page_shows_the_terms_then_the_rights(marie):
    gives_an_internal_proxy(marie)
    page = marie.page
    assert page.heading == marie.words(CHECK_BEFORE)
    assert page.trail == trail(marie, VERIFICATION)
    rights_there = marie.words(ACCESS_RIGHTS_AT, ministry=MELCCFP.fr)
    assert page.headings == [marie.words(PROXY), rights_there]
    restriction, services = Said("Restriction", "Restriction"), Said("Services", "Services")
    assert page.rows == {
        marie.words(MANDATOR): "Aciérie Boréale inc. (1000000001)",
        marie.words(TYPE_OF_PROXY): marie.words(INTERNAL),
        marie.words(END_DATE): marie.words(LAST_DAY_IN_WORDS),
        marie.words(DESCRIPTION): DESCRIBED,
        marie.words(restriction): marie.words(WITH_RESTRICTION),
        marie.words(services): marie.words(OPERATOR_RIGHT),
    }
    assert page.buttons == marie.said(SUBMIT, CORRECT)


def test_each_group_has_its_own_correct_link_that_comes_back_here(marie):
    gives_an_internal_proxy(marie)
    check = marie.address
    to_terms, to_rights = [
        link["href"]
        for link in marie.page.main.all("a")
        if link.text == marie.words(CORRECT) and not link.has_class("btn")
    ]
    marie.opens(to_rights)
    marie.ticks(PHOSPHORUS)
    marie.presses(EDIT)
    marie.presses(CONTINUE)
    assert marie.address == check
    assert marie.words(PHOSPHORUS) in marie.page.text
    assert marie.opens(to_terms).answer(marie.words(DESCRIPTION)) == DESCRIBED


def test_after_submit_the_new_proxy_is_in_the_list(marie):
    gives_an_internal_proxy(marie)
    marie.presses(SUBMIT)
    page = marie.page
    assert page.heading == marie.words(PROXY_MANAGEMENT)
    assert page.line(DESCRIBED)[1:] == [
        marie.words(DESCRIBED_IN_THE_LIST),
        *marie.said(INTERNAL, LAST_DAY_IN_WORDS),
        "0",
        marie.words(IN_FORCE),
    ]
    assert page.buttons == marie.said(ADD, ASSIGN, EDIT, EXTEND_SEVERAL)
    assert marie.words(RECEIPT) in page.alerts[0]


def test_the_acknowledgment_is_one_link_away(marie):
    gives_an_internal_proxy(marie)
    marie.presses(SUBMIT)
    link = next(
        one for one in marie.page.main.all("a") if one.text.startswith(marie.words(RECEIPT))
    )
    marie.opens(link["href"])
    assert marie.page.heading == marie.words(RECEIPT)
    assert marie.page.trail == trail(marie, RECEIPT)
    assert marie.page.rows[marie.words(DESCRIPTION)] == DESCRIBED


def test_back_leads_from_the_rights_to_the_proxy_and_from_there_to_the_list(at_the_rights):
    at_the_rights.presses(BACK)
    assert at_the_rights.page.heading == at_the_rights.words(PROXY)
    assert at_the_rights.page.answer(at_the_rights.words(END_DATE)) == LAST_DAY
    at_the_rights.presses(BACK)
    assert at_the_rights.page.heading == at_the_rights.words(PROXY_MANAGEMENT)
