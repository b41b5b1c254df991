"""Step 2, page by page: creating user files (procedure, section 2)."""

import re

import pytest

from tests.journeys.person import Person
from tests.journeys.procedures import creates_a_file, fills_in_a_file
from tests.journeys.words import (
    ACTIVE,
    BACK,
    CHECK_BEFORE,
    CONTINUE,
    CORRECT,
    CREATE_A_FILE,
    EMAIL,
    ENGLISH,
    ERROR,
    ESM,
    EXTENSION,
    FAMILY_NAME,
    FINISH,
    FIRST_NAME,
    FRENCH,
    HOME,
    LANGUAGE,
    MAKE_A_NEW_PASSWORD,
    PRINT,
    RECEIPT,
    STEP,
    SUBMIT,
    TELEPHONE,
    TEMPORARY_PASSWORD,
    USER,
    USER_CODE,
    USER_FILES,
    USER_INFORMATION,
    USER_TYPE,
    VERIFICATION,
    Said,
)

IN_ORDER = (
    FAMILY_NAME,
    FIRST_NAME,
    EMAIL,
    TELEPHONE,
    EXTENSION,
    LANGUAGE,
    USER_TYPE,
)
EXTENSION_ASKED = Said("Poste", "Extension")
CODE_AND_PASSWORD = Said(
    "Code d’utilisateur et mot de passe temporaire", "User code and temporary password"
)
ALREADY_SHOWN = Said(
    "Le mot de passe temporaire a déjà été affiché.",
    "The temporary password has already been shown.",
)
NEXT_WEEK = Said("30 novembre 2026", "November 30, 2026")


def trail(person: Person, page: Said) -> list[str]:
    title = person.words(CREATE_A_FILE)
    return [person.words(STEP, number=2, title=title), person.words(page)]


@pytest.fixture
def at_the_form(marie: Person) -> Person:
    marie.uses_the_menu(CREATE_A_FILE)
    return marie


def with_the_file(person: Person) -> Person:
    creates_a_file(person)
    person.presses(SUBMIT)
    return person


def test_the_form_asks_what_the_procedure_asks_in_its_order(at_the_form):
    page = at_the_form.page
    assert page.heading == at_the_form.words(USER_INFORMATION)
    assert page.trail == trail(at_the_form, USER_INFORMATION)
    assert page.labels == at_the_form.said(*IN_ORDER)
    assert page.choices(at_the_form.words(USER_TYPE)) == at_the_form.said(USER, ESM)
    assert page.choices(at_the_form.words(LANGUAGE)) == at_the_form.said(FRENCH, ENGLISH)
    assert page.buttons == at_the_form.said(CONTINUE, BACK)


def test_an_empty_form_says_all_that_is_missing(at_the_form):
    at_the_form.presses(CONTINUE)
    page = at_the_form.page
    assert page.title.startswith(at_the_form.words(ERROR))
    assert page.reproaches == at_the_form.said(
        Said("Inscrivez le nom de famille.", "Enter the family name."),
        Said("Inscrivez le prénom.", "Enter the first name."),
        Said("Inscrivez l’adresse de courriel.", "Enter the e-mail address."),
        Said("Inscrivez le numéro de téléphone.", "Enter the telephone number."),
        Said("Choisissez la langue de correspondance.", "Choose the language of correspondence."),
        Said("Choisissez le type d’utilisateur.", "Choose the user type."),
    )
    beside = [page.reproach_beside(label) for label in at_the_form.said(FAMILY_NAME, EMAIL, USER)]
    assert beside == [page.reproaches[0], page.reproaches[2], page.reproaches[5]]


def test_an_extension_has_at_most_four_digits_and_nothing_typed_is_lost(at_the_form):
    fills_in_a_file(at_the_form)
    at_the_form.fills({EXTENSION: "12345"})
    at_the_form.presses(CONTINUE)
    page = at_the_form.page
    said = Said(
        "Inscrivez un poste d’au plus quatre chiffres.",
        "Enter an extension of at most four digits.",
    )
    assert page.reproaches == at_the_form.said(said)
    assert page.reproach_beside(at_the_form.words(EXTENSION)) == at_the_form.words(said)
    assert [page.answer(label) for label in at_the_form.said(*IN_ORDER[:5])] == [
        "Lavallée-O’Neil",
        "Zoé",
        "zoe@acierie-boreale.example",
        "(418) 555.0199",
        "12345",
    ]
    assert page.is_picked(at_the_form.words(FRENCH))
    assert page.is_picked(at_the_form.words(USER))
    at_the_form.fills({EXTENSION: "1234"})
    at_the_form.presses(CONTINUE)
    assert at_the_form.page.heading == at_the_form.words(CHECK_BEFORE)


def test_the_verification_page_repeats_the_answers_in_order(marie):
    creates_a_file(marie)
    page = marie.page
    assert page.heading == marie.words(CHECK_BEFORE)
    assert page.trail == trail(marie, VERIFICATION)
    asked = marie.said(*IN_ORDER[:4], EXTENSION_ASKED, *IN_ORDER[5:])
    assert list(page.rows) == asked
    assert [page.rows[label] for label in asked] == [
        "Lavallée-O’Neil",
        "Zoé",
        "zoe@acierie-boreale.example",
        "418 555-0199",
        "1234",
        "Français",
        marie.words(USER),
    ]
    assert page.buttons == marie.said(SUBMIT, CORRECT)
    assert page.primary_button == marie.words(SUBMIT)


def test_correct_leads_back_to_the_form_filled_in(marie):
    creates_a_file(marie)
    marie.presses(CORRECT)
    assert marie.page.heading == marie.words(USER_INFORMATION)
    assert marie.page.answer(marie.words(FAMILY_NAME)) == "Lavallée-O’Neil"
    assert marie.page.is_picked(marie.words(USER))
    marie.fills({FIRST_NAME: "Zoë"})
    marie.presses(CONTINUE)
    assert marie.page.rows[marie.words(FIRST_NAME)] == "Zoë"


def test_back_from_the_form_leads_to_the_files_and_its_answers_wait_in_the_draft(marie):
    creates_a_file(marie)
    marie.presses(CORRECT)
    draft = marie.address
    marie.presses(BACK)
    assert marie.page.heading == marie.words(USER_FILES)
    assert marie.opens(draft).answer(marie.words(FIRST_NAME)) == "Zoé"


def test_the_acknowledgment_can_be_printed_and_leads_on_to_the_code(marie):
    with_the_file(marie)
    page = marie.page
    assert page.heading == marie.words(RECEIPT)
    assert page.trail == trail(marie, RECEIPT)
    assert page.buttons == marie.said(CONTINUE, PRINT)
    assert page.primary_button == marie.words(CONTINUE)
    assert page.rows[marie.words(FAMILY_NAME)] == "Lavallée-O’Neil"
    said = Said("Dossier créé : Zoé Lavallée-O’Neil", "The file of Zoé Lavallée-O’Neil (")
    assert marie.words(said) in page.text


def test_continue_shows_the_user_code_and_the_temporary_password_once(marie):
    with_the_file(marie)
    marie.presses(CONTINUE)
    page = marie.page
    assert page.heading == marie.words(CODE_AND_PASSWORD)
    assert re.fullmatch(r"LAVA[0-9]{4}", page.rows[marie.words(USER_CODE)])
    shown = page.rows[marie.words(TEMPORARY_PASSWORD)]
    assert re.fullmatch(r"([2-9A-HJKMNP-Z]{5}-){3}[2-9A-HJKMNP-Z]{5}", shown)
    assert marie.words(NEXT_WEEK) in page.rows.values()
    assert page.buttons == marie.said(FINISH, PRINT)
    receipt = next(one for one in marie.draft_addresses if re.search("accuse|receipt", one))
    marie.opens(receipt)
    marie.presses(CONTINUE)
    assert marie.words(ALREADY_SHOWN) in marie.page.text
    assert shown not in marie.page.html
    assert marie.words(TEMPORARY_PASSWORD) not in marie.page.rows


def test_a_password_that_was_not_noted_can_be_made_anew(marie):
    with_the_file(marie)
    marie.presses(CONTINUE)
    first = marie.page.rows[marie.words(TEMPORARY_PASSWORD)]
    marie.opens(next(one for one in marie.draft_addresses if re.search("accuse|receipt", one)))
    marie.presses(CONTINUE)
    marie.presses(MAKE_A_NEW_PASSWORD)
    assert marie.page.rows[marie.words(TEMPORARY_PASSWORD)] != first
    assert marie.page.buttons == marie.said(FINISH, PRINT)


def test_finish_leads_home_and_as_many_files_as_needed_can_be_created(marie):
    with_the_file(marie)
    marie.presses(CONTINUE)
    marie.presses(FINISH)
    assert marie.page.heading == marie.words(HOME)
    creates_a_file(marie, family_name="Wawatie", first_name="Kanen", email="k@a.example")
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(RECEIPT)


def test_the_list_of_files_holds_the_new_user(marie):
    with_the_file(marie)
    marie.uses_the_menu(USER_FILES)
    line = marie.page.line("Lavallée-O’Neil, Zoé")
    not_yet = Said("Pas encore connecté", "Has not signed in yet")
    assert line[0].endswith(f", {marie.words(USER)}")
    assert line[1] == "zoe@acierie-boreale.example"
    what = Said("Que peut ouvrir cette personne ?", "What can this person open?")
    assert line[2:] == ["–", "–", *marie.said(not_yet, what)]
    names = [" ".join(row[0].split()[:2]) for row in marie.page.tables[0][1:]]
    assert names == [
        "Côté-L’Heureux, Zoé",
        "Lavallée-O’Neil, Zoé",
        "Nguyen, Émile",
        "O’Brien, Kathleen",
        "Tremblay, Marie",
    ]


def test_files_can_be_created_while_a_registration_is_in_process(marie):
    assert marie.words(ACTIVE) in marie.page.text  # at Revenu Québec alone
    with_the_file(marie)
    assert marie.page.heading == marie.words(RECEIPT)


def test_a_new_esm_is_announced_with_all_that_he_will_be_able_to_do(marie):
    creates_a_file(marie, role=ESM)
    able = Said(
        "Zoé Lavallée-O’Neil pourra faire tout ce que vous faites",
        "Zoé Lavallée-O’Neil will be able to do all that you do",
    )
    assert marie.words(able) in marie.page.text
