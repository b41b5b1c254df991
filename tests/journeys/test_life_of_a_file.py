"""A user's file is looked at, edited, suspended, reactivated, and its password reset."""

import pytest

from cse_portal import clock
from tests import factories as make
from tests.journeys.conftest import changes, company, user_named
from tests.journeys.person import Person
from tests.journeys.words import (
    ACCESS_MY_ACCOUNT,
    CONTINUE,
    EDIT,
    EMAIL,
    ESM,
    FINISH,
    HOME,
    REACTIVATE,
    RECEIPT,
    RESET,
    SUBMIT,
    SUSPEND,
    USER,
    USER_FILES,
    Said,
)

CHANGED = Said(
    "Adresse de courriel : nguy@acierie-boreale.example → e@acierie-boreale.example",
    "E-mail address: nguy@acierie-boreale.example → e@acierie-boreale.example",
)
NEW_TYPE = Said("pourra faire tout ce que vous faites", "will be able to do all that you do")
OUT_AT_ONCE = Said(
    "Émile Nguyen (NGUY1003) n’aura plus accès à son compte, sur-le-champ",
    "Émile Nguyen (NGUY1003) will be signed out at once",
)
SUSPENDED = Said("Suspendu", "Suspended")
TEMPORARY_PASSWORD = Said("Mot de passe temporaire", "Temporary password")
IN_THE_PROFILE = Said(
    "Vous changez votre propre adresse de courriel dans votre profil : un code y est envoyé.",
    "You change your own e-mail address in your profile: a code is sent to it.",
)
YOUR_OWN_FILE = Said("C’est votre propre dossier", "This is your own file")
THE_LAST = Said("c’est le dernier", "this is the last")
ANOTHER_ESM = Said(
    "Le dossier d’un autre responsable des services électroniques peut seulement être suspendu "
    "ou réactivé.",
    "The file of another electronic services manager can only be suspended or reactivated.",
)


@pytest.fixture
def at_the_file(marie: Person) -> Person:
    marie.uses_the_menu(USER_FILES)
    marie.follows("Nguyen, Émile", within="table")
    return marie


def note(person: Person) -> str:
    return " ".join(one.text for one in person.page.main.all("div", of_class="note"))


def transmits(person: Person) -> None:
    person.presses(SUBMIT)
    assert person.page.heading == person.words(RECEIPT)


def test_what_changes_is_shown_old_and_new_before_it_is_submitted(at_the_file):
    at_the_file.presses(EDIT)
    at_the_file.fills({EMAIL: "e@acierie-boreale.example"})
    at_the_file.presses(CONTINUE)
    assert at_the_file.words(CHANGED) in note(at_the_file)
    transmits(at_the_file)
    assert user_named("NGUY1003").email == "e@acierie-boreale.example"


def test_a_user_becomes_an_esm(at_the_file):
    at_the_file.presses(EDIT)
    at_the_file.picks(ESM)
    at_the_file.presses(CONTINUE)
    assert at_the_file.words(NEW_TYPE) in note(at_the_file)
    transmits(at_the_file)
    assert user_named("NGUY1003").is_esm


def test_a_file_is_suspended_then_reactivated(at_the_file):
    marie = at_the_file
    marie.presses(SUSPEND)
    marie.presses(CONTINUE)
    assert marie.words(OUT_AT_ONCE) in note(marie)
    transmits(marie)
    assert not user_named("NGUY1003").is_active
    marie.uses_the_menu(USER_FILES)
    assert marie.words(SUSPENDED) in marie.page.line("Nguyen, Émile")
    marie.follows("Nguyen, Émile", within="table")
    marie.presses(REACTIVATE)
    marie.presses(CONTINUE)
    transmits(marie)
    assert user_named("NGUY1003").is_active


def test_a_password_is_reset_and_shown_once(at_the_file):
    at_the_file.presses(RESET)
    at_the_file.presses(CONTINUE)
    transmits(at_the_file)
    at_the_file.presses(CONTINUE)
    password = at_the_file.page.rows[at_the_file.words(TEMPORARY_PASSWORD)]
    assert user_named("NGUY1003").check_password(password)


def test_the_last_esm_finds_no_button_to_suspend_himself_and_reads_why(marie):
    marie.uses_the_menu(USER_FILES)
    marie.follows("Tremblay, Marie", within="table")
    assert marie.words(SUSPEND) not in marie.page.buttons
    assert marie.words(THE_LAST) in marie.page.main.text


def test_another_esms_file_can_only_be_suspended(marie):
    make.an_esm(
        company=company("1000000001"),
        family_name="Autre",
        first_name="Alex",
        password="Une phrase à soi",
        last_login=clock.now(),
    )
    marie.uses_the_menu(USER_FILES)
    marie.follows("Autre, Alex", within="table")
    assert marie.words(ANOTHER_ESM) in marie.page.main.text
    assert marie.words(EDIT) not in marie.page.buttons
    assert marie.words(RESET) not in marie.page.buttons
    assert marie.words(SUSPEND) in marie.page.buttons


def test_an_esms_own_address_is_changed_in_his_profile(marie):
    changes(marie.user, telephone="418 555-0142")
    marie.uses_the_menu(USER_FILES)
    marie.follows("Tremblay, Marie", within="table")
    marie.presses(EDIT)
    marie.fills({EMAIL: "autre@acierie-boreale.example"})
    marie.presses(CONTINUE)
    assert marie.page.reproach_beside(marie.words(EMAIL)) == marie.words(IN_THE_PROFILE)


def test_an_esm_makes_himself_a_user_knowing_what_follows(marie):
    make.an_esm(company=company("1000000001"))
    changes(marie.user, telephone="418 555-0142")
    marie.uses_the_menu(USER_FILES)
    marie.follows("Tremblay, Marie", within="table")
    marie.presses(EDIT)
    marie.picks(USER)
    marie.presses(CONTINUE)
    assert marie.words(YOUR_OWN_FILE) in note(marie)
    transmits(marie)
    marie.presses(FINISH)
    assert marie.page.heading == marie.words(HOME)
    assert marie.words(USER_FILES) not in [label for _depth, label in marie.page.menu()]


def test_an_esm_suspends_himself_and_is_signed_out_at_once(marie):
    make.an_esm(company=company("1000000001"))
    marie.uses_the_menu(USER_FILES)
    marie.follows("Tremblay, Marie", within="table")
    marie.presses(SUSPEND)
    marie.presses(CONTINUE)
    assert marie.words(YOUR_OWN_FILE) in note(marie)
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(ACCESS_MY_ACCOUNT)
    assert not user_named("TREM1001").is_active
