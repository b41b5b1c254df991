"""Step 1, page by page: registration with a department or agency (procedure, section 1)."""

import pytest

from registrations.models import Ministry
from tests import factories as make
from tests.journeys.person import Person
from tests.journeys.procedures import registers_with_the_melccfp
from tests.journeys.words import (
    ACCESS_RIGHTS_MANAGEMENT,
    ACTIVE,
    AMF,
    BACK,
    CHECK_BEFORE,
    CONSENT,
    CONTINUE,
    CORRECT,
    CREATE_A_FILE,
    DATE_AND_TIME,
    DEACTIVATION,
    ERROR,
    FINISH,
    HOME,
    I_CONSENT,
    IN_PROCESS,
    MELCCFP,
    MESSAGES,
    NUMBER,
    ONE_USERS_FILE,
    PRINT,
    PROFILE,
    PROXY_MANAGEMENT,
    RECEIPT,
    REGISTER,
    REGISTRATION,
    REGISTRATION_FOR_SERVICES,
    REVENU_QUEBEC,
    STEP,
    SUBMIT,
    SUBMITTED_BY,
    USER_FILE_MANAGEMENT,
    USER_FILES,
    VERIFICATION,
    Said,
)

INFORMATION = Said("Renseignements", "Information")
WHAT_COMES_NEXT = Said("Et maintenant ?", "What comes next")
CHOOSE_ONE = Said(
    "Choisissez le ministère ou l’organisme auquel inscrire l’entreprise.",
    "Choose the department or agency to register with.",
)
CLIENT_NUMBER = Said("Numéro de client de l’AMF", "AMF client number")
TODAY = Said("23 novembre 2026", "November 23, 2026")
IN_TWO_WORKING_DAYS = Said("25 novembre 2026", "November 25, 2026")


def trail(person: Person, page: Said) -> list[str]:
    title = person.words(REGISTRATION_FOR_SERVICES)
    return [person.words(STEP, number=1, title=title), person.words(page)]


@pytest.fixture
def at_the_list(marie: Person) -> Person:
    marie.uses_the_menu(REGISTRATION_FOR_SERVICES)
    return marie


def chooses(person: Person, ministry: Said) -> None:
    person.picks(ministry)
    person.presses(REGISTER)


def test_the_menu_is_the_procedures_own(marie):
    said = [label for _depth, label in marie.page.menu()]
    assert said == marie.said(
        HOME,
        REGISTRATION,
        REGISTRATION_FOR_SERVICES,
        DEACTIVATION,
        USER_FILE_MANAGEMENT,
        ONE_USERS_FILE,
        CREATE_A_FILE,
        USER_FILES,
        ACCESS_RIGHTS_MANAGEMENT,
        PROXY_MANAGEMENT,
        PROFILE,
        MESSAGES,
    )
    depths = [depth for depth, _label in marie.page.menu()]
    assert depths == [1, 1, 2, 2, 1, 2, 3, 3, 2, 2, 1, 1]


def test_home_lists_the_departments_with_which_the_company_is_registered(marie):
    assert marie.page.heading == marie.words(HOME)
    line = marie.page.line(marie.words(REVENU_QUEBEC))
    assert line == marie.said(REVENU_QUEBEC, TODAY, ACTIVE)
    assert marie.words(MELCCFP) not in marie.page.text


def test_the_list_shows_every_department_with_its_date_and_status(at_the_list):
    page = at_the_list.page
    assert page.heading == at_the_list.words(REGISTRATION_FOR_SERVICES)
    assert page.buttons == at_the_list.said(REGISTER, BACK)
    assert page.primary_button == at_the_list.words(REGISTER)
    ((_header, *lines),) = page.tables
    names = [ministry.name_fr for ministry in Ministry.objects.all()]
    assert sorted(line[1].partition(" (")[0] for line in lines) == sorted(names)
    not_registered = Said("Non inscrite", "Not registered")
    assert page.line("(AMF)")[2:] == ["–", at_the_list.words(not_registered)]
    assert page.line(REVENU_QUEBEC.fr)[2:] == at_the_list.said(TODAY, ACTIVE)


def test_a_department_where_the_company_is_registered_cannot_be_chosen(at_the_list):
    with pytest.raises(AssertionError, match="no field"):
        at_the_list.page.field(at_the_list.words(REVENU_QUEBEC))


def test_register_without_a_choice_says_to_choose(at_the_list):
    at_the_list.presses(REGISTER)
    assert at_the_list.page.reproaches == at_the_list.said(CHOOSE_ONE)
    assert at_the_list.page.title.startswith(at_the_list.words(ERROR))
    assert at_the_list.page.heading == at_the_list.words(REGISTRATION_FOR_SERVICES)


def test_the_information_page_tells_of_the_department_and_of_the_company(at_the_list):
    chooses(at_the_list, MELCCFP)
    page = at_the_list.page
    assert page.heading == at_the_list.words(MELCCFP)
    assert page.trail == trail(at_the_list, INFORMATION)
    assert page.buttons == at_the_list.said(CONTINUE, BACK)
    asked = (
        Said("Délai de traitement", "Processing time"),
        Said("Téléphone", "Telephone"),
        Said("Entreprise", "Company"),
        Said("Numéro d’identification", "Identification number"),
        Said("Numéro d’entreprise du Québec (NEQ)", "Québec enterprise number (NEQ)"),
    )
    assert [page.rows[label] for label in at_the_list.said(*asked)] == [
        at_the_list.words(Said("Au plus 2 jours ouvrables", "At most 2 working days")),
        "418 555-0121",
        "Aciérie Boréale inc.",
        "1000000001",
        "1170000001",
    ]


def test_a_department_may_ask_questions_of_its_own(at_the_list):
    chooses(at_the_list, AMF)
    assert at_the_list.page.labels == at_the_list.said(CLIENT_NUMBER)
    at_the_list.fills({CLIENT_NUMBER: "12345"})
    at_the_list.presses(CONTINUE)
    page = at_the_list.page
    said = at_the_list.words(Said("Inscrivez 10 chiffres.", "Enter 10 digits."))
    assert page.reproaches == [said]
    assert page.reproach_beside(at_the_list.words(CLIENT_NUMBER)) == said
    assert page.answer(at_the_list.words(CLIENT_NUMBER)) == "12345"
    at_the_list.fills({CLIENT_NUMBER: "12 3456 7890"})
    at_the_list.presses(CONTINUE)
    at_the_list.ticks(I_CONSENT)
    at_the_list.presses(CONTINUE)
    assert at_the_list.page.rows[at_the_list.words(CLIENT_NUMBER)] == "1234567890"


def test_nothing_is_sent_without_consent(at_the_list):
    chooses(at_the_list, MELCCFP)
    at_the_list.presses(CONTINUE)
    page = at_the_list.page
    assert page.heading == at_the_list.words(CONSENT)
    assert page.trail == trail(at_the_list, CONSENT)
    assert page.labels == []
    assert page.buttons == at_the_list.said(CONTINUE, BACK)
    at_the_list.presses(CONTINUE)
    assert len(at_the_list.page.reproaches) == 1
    at_the_list.ticks(I_CONSENT)
    at_the_list.presses(CONTINUE)
    assert at_the_list.page.heading == at_the_list.words(CHECK_BEFORE)


def test_the_verification_page_shows_all_that_will_be_sent(marie):
    registers_with_the_melccfp(marie)
    page = marie.page
    assert page.heading == marie.words(CHECK_BEFORE)
    assert page.trail == trail(marie, VERIFICATION)
    assert page.headings == marie.said(INFORMATION, CONSENT)
    assert page.buttons == marie.said(SUBMIT, CORRECT)
    assert page.primary_button == marie.words(SUBMIT)
    department = marie.words(Said("Ministère ou organisme", "Department or agency"))
    assert page.rows[department] == marie.words(MELCCFP)
    assert marie.words(I_CONSENT) in page.rows[marie.words(CONSENT)]
    assert marie.words(IN_TWO_WORKING_DAYS) in page.text


def test_the_acknowledgment_says_what_was_sent_and_what_comes_next(marie):
    registers_with_the_melccfp(marie)
    marie.presses(SUBMIT)
    page = marie.page
    assert page.heading == marie.words(RECEIPT)
    assert page.trail == trail(marie, RECEIPT)
    assert page.buttons == marie.said(FINISH, PRINT)
    assert page.headings == marie.said(INFORMATION, CONSENT, WHAT_COMES_NEXT)
    assert page.rows[marie.words(NUMBER)].startswith("CSE-2026-")
    assert page.rows[marie.words(DATE_AND_TIME)] == marie.words(
        Said("23 novembre 2026, 9 h 05", "November 23, 2026, 9:05 a.m.")
    )
    assert page.rows[marie.words(SUBMITTED_BY)] == marie.words(
        Said(
            "Marie Tremblay (TREM1001), pour Aciérie Boréale inc. (1000000001)",
            "Marie Tremblay (TREM1001), for Aciérie Boréale inc. (1000000001)",
        )
    )


def test_finish_leads_to_the_list_where_it_is_in_process(marie):
    registers_with_the_melccfp(marie)
    marie.presses(SUBMIT)
    marie.presses(FINISH)
    _choice, _name, date, status = marie.page.line("(MELCCFP)")
    assert date == marie.words(TODAY)
    assert status.startswith(marie.words(IN_PROCESS))
    assert marie.words(IN_TWO_WORKING_DAYS) in status
    assert marie.words(IN_PROCESS) in marie.comes_home().line(marie.words(MELCCFP))[2]


def test_an_answer_due_over_a_weekend_skips_it(marie, time):
    time.move_to("2026-11-26T14:00:00Z")  # a Thursday: Friday and Monday are the two working days
    marie.browser.sign_in(marie.user)
    registers_with_the_melccfp(marie)
    assert marie.words(Said("30 novembre 2026", "November 30, 2026")) in marie.page.text


def test_a_registration_under_way_cannot_be_asked_for_again(marie, aciery, melccfp):
    marie.uses_the_menu(REGISTRATION_FOR_SERVICES)
    make.a_registration(company=aciery, ministry=melccfp)
    chooses(marie, MELCCFP)  # from the page that was still open
    assert marie.page.reproaches == marie.said(CHOOSE_ONE)


def test_asked_for_in_two_tabs_the_second_one_says_why_not(marie, aciery, melccfp):
    registers_with_the_melccfp(marie)
    make.a_registration(company=aciery, ministry=melccfp)
    marie.presses(SUBMIT)
    assert marie.page.status == 409
    (alert,) = marie.page.alerts
    assert alert.endswith(marie.words(Said("État : En traitement.", "Status: In process.")))
    assert marie.page.buttons == marie.said(BACK)


def test_a_refused_registration_can_be_asked_for_again(marie, aciery, melccfp):
    make.a_refused_registration(company=aciery, ministry=melccfp)
    registers_with_the_melccfp(marie)
    marie.presses(SUBMIT)
    marie.presses(FINISH)
    assert marie.page.line("(MELCCFP)")[3].startswith(marie.words(IN_PROCESS))


def test_back_leads_to_the_page_before_and_to_the_list(at_the_list):
    chooses(at_the_list, MELCCFP)
    at_the_list.presses(CONTINUE)
    at_the_list.presses(BACK)
    assert at_the_list.page.trail == trail(at_the_list, INFORMATION)
    at_the_list.presses(BACK)
    assert at_the_list.page.heading == at_the_list.words(REGISTRATION_FOR_SERVICES)
    at_the_list.presses(BACK)
    assert at_the_list.page.heading == at_the_list.words(HOME)
