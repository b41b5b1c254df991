"""A person is told in the portal and by e-mail, and keeps their own profile."""

import pytest

from cse_portal.companies.tenancy import company_scope
from proxies import actions
from sandbox.demo_companies import PASSWORD as DEMO_PASSWORD
from tests import factories as make
from tests.journeys.conftest import a_proxy_for_iqea, company, person, user_named
from tests.journeys.person import digits_in, latest_letter
from tests.journeys.procedures import assigns_a_proxy
from tests.journeys.sign_in import OWN_PASSWORD
from tests.journeys.words import (
    ACCOUNT_HISTORY,
    CONTINUE,
    EXTENSION,
    I_HAVE_READ,
    MESSAGES,
    NEW_EMAIL,
    NEW_PASSWORD,
    NEW_PASSWORD_AGAIN,
    PRESENT_PASSWORD,
    PROFILE,
    RECEIPT,
    SAVE,
    SEND_A_CODE,
    SUBMIT,
    VERIFICATION_CODE,
    Said,
)

ASSIGNED = Said("Une procuration vous est assignée", "A proxy is assigned to you")
UNREAD = Said("1 message non lu", "1 unread message")
EDIT_CONTACT = Said("Modifier la langue et le téléphone", "Edit the language and telephone")
CHANGE_EMAIL = Said("Changer l’adresse de courriel", "Change the e-mail address")
CHANGE_PASSWORD = Said("Changer le mot de passe", "Change the password")
NOT_THE_PRESENT = Said(
    "Ce n’est pas votre mot de passe actuel.", "This is not your present password."
)
PASSWORD_CHANGED = Said(
    "Votre mot de passe est changé. Vos autres sessions ouvertes ont pris fin.",
    "Your password is changed. Your other open sessions are ended.",
)
NOT_THE_CODE = Said(
    "Ce n’est pas le code qui a été envoyé. Vérifiez le dernier courriel et réessayez.",
    "This is not the code that was sent. Check the latest e-mail and try again.",
)
CONTACT_CHANGED = Said(
    "Votre langue et votre téléphone sont modifiés.", "Your language and telephone are changed."
)


@pytest.fixture
def emile(language):
    return person(language, "NGUY1003")


def test_the_user_to_whom_a_proxy_is_assigned_is_told(marie, internal_proxy, emile):
    assigns_a_proxy(marie)
    marie.presses(SUBMIT)
    # each letter is in the language of its reader's file
    assert ASSIGNED.fr in latest_letter(to="nguy@acierie-boreale.example")
    emile.comes_home()
    emile.follows(UNREAD, within="header")
    emile.follows(ASSIGNED, within="table")
    emile.presses(I_HAVE_READ)
    emile.comes_home()
    assert emile.words(UNREAD) not in emile.page.text


def test_the_history_names_who_did_what_and_leads_to_the_receipt(marie, internal_proxy):
    assigns_a_proxy(marie)
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(RECEIPT)
    number = marie.page.rows[marie.words(Said("Numéro", "Number"))]
    marie.comes_home()
    marie.follows(ACCOUNT_HISTORY)
    line = marie.page.line("Émile Nguyen")
    assert line[2:] == ["Marie Tremblay (TREM1001)", number]
    marie.follows(Said(number, number), within="table")
    assert marie.page.heading == marie.words(RECEIPT)
    assert marie.page.rows[marie.words(Said("Numéro", "Number"))] == number


def test_the_agent_is_told_of_what_the_mandator_does(marie, luc, registered):
    given = a_proxy_for_iqea(registered.company, description="IQEA", agent=company("1000000002"))
    esm = user_named("TREM1001")
    with company_scope(registered.company):
        actions.revoke(given, by=esm)
    luc.uses_the_menu(MESSAGES)
    said = Said("Procuration révoquée : IQEA", "Proxy revoked: IQEA")
    luc.follows(said, within="table")
    assert "Aciérie Boréale inc." in luc.page.main.text


def test_a_user_changes_his_telephone(emile):
    emile.uses_the_menu(PROFILE)
    emile.presses(EDIT_CONTACT)
    emile.fills({EXTENSION: "77"})
    emile.presses(SAVE)
    assert emile.page.alerts == [emile.words(CONTACT_CHANGED)]
    assert user_named("NGUY1003").extension == "77"


def test_a_new_address_counts_once_its_code_is_given(emile):
    emile.uses_the_menu(PROFILE)
    emile.presses(CHANGE_EMAIL)
    emile.fills({NEW_EMAIL: "emile@acierie-boreale.example", PRESENT_PASSWORD: DEMO_PASSWORD})
    emile.presses(SEND_A_CODE)
    assert user_named("NGUY1003").email == "nguy@acierie-boreale.example"
    letter = latest_letter(to="emile@acierie-boreale.example")
    (digits,) = [
        word.strip(".")
        for word in letter.split()
        if word.strip(".").isdigit() and len(word.strip(".")) == 7
    ]
    emile.fills({VERIFICATION_CODE: digits})
    emile.presses(CONTINUE)
    assert user_named("NGUY1003").email == "emile@acierie-boreale.example"
    assert "emile@acierie-boreale.example" in latest_letter(to="nguy@acierie-boreale.example")


def test_a_wrong_code_leaves_the_address_as_it_was(emile):
    emile.uses_the_menu(PROFILE)
    emile.presses(CHANGE_EMAIL)
    emile.fills({NEW_EMAIL: "emile@acierie-boreale.example", PRESENT_PASSWORD: DEMO_PASSWORD})
    emile.presses(SEND_A_CODE)
    right = digits_in(latest_letter(to="emile@acierie-boreale.example"))
    emile.fills({VERIFICATION_CODE: f"{(int(right) + 1) % 10**7:07}"})
    emile.presses(CONTINUE)
    beside = emile.page.reproach_beside(emile.words(VERIFICATION_CODE))
    assert beside == emile.words(NOT_THE_CODE)
    assert user_named("NGUY1003").email == "nguy@acierie-boreale.example"


def test_a_password_is_changed_by_who_knows_the_present_one(emile):
    emile.uses_the_menu(PROFILE)
    emile.presses(CHANGE_PASSWORD)
    new = {NEW_PASSWORD: OWN_PASSWORD, NEW_PASSWORD_AGAIN: OWN_PASSWORD}
    emile.fills({PRESENT_PASSWORD: "une autre"} | new)
    emile.presses(SAVE)
    beside = emile.page.reproach_beside(emile.words(PRESENT_PASSWORD))
    assert beside == emile.words(NOT_THE_PRESENT)
    emile.fills({PRESENT_PASSWORD: DEMO_PASSWORD} | new)
    emile.presses(SAVE)
    assert emile.page.alerts == [emile.words(PASSWORD_CHANGED)]
    assert user_named("NGUY1003").check_password(OWN_PASSWORD)


def test_a_message_of_someone_else_is_not_there(emile):
    message = make.a_message(user=user_named("COTE1002"))
    emile.uses_the_menu(MESSAGES)
    assert emile.opens(f"{emile.address}{message.pk}/").status == 404
