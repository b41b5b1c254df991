"""The way in, page by page: user code, password, e-mailed code, home; and the way out."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.urls import reverse
from django.utils import translation

from sandbox.demo_companies import PASSWORD as DEMO_PASSWORD
from tests.journeys.conftest import changes
from tests.journeys.person import Person, digits_in
from tests.journeys.sign_in import (
    OWN_PASSWORD,
    chooses_password,
    gives_code,
    gives_password,
    gives_user_code,
    signs_in,
)
from tests.journeys.words import (
    ACCESS_MY_ACCOUNT,
    BACK,
    CONTINUE,
    ERROR,
    HOME,
    MAILBOX,
    NEW_PASSWORD,
    NEW_PASSWORD_AGAIN,
    PASSWORD,
    SEND_A_NEW_CODE,
    SIGN_OUT,
    USER_CODE,
    VERIFICATION_CODE,
    Said,
)
from tests.letters import SIMULATED, let_mail_go_by
from users.actions import renew_temporary_password
from users.models import SignInCode, User

ENTER_PASSWORD = Said("Inscrivez votre mot de passe", "Enter your password")
ENTER_CODE = Said("Inscrivez le code de vérification", "Enter the verification code")
CHOOSE_PASSWORD = Said("Choisissez votre mot de passe", "Choose your password")
SIGNED_OUT = Said("Vous avez quitté le portail", "You are signed out")
WRONG = Said(
    "Le code d’utilisateur ou le mot de passe est incorrect. Cinq mots de passe incorrects ferment "
    "la connexion pendant 15 minutes.",
    "The user code or the password is not right. Five wrong passwords close the sign-in for 15 "
    "minutes.",
)
TEMPORARY_IS_OVER = Said(
    "Ce mot de passe temporaire n’est plus valable : il a servi une fois, ou sept jours ont "
    "passé. Demandez-en un nouveau à votre responsable des services électroniques ; si vous êtes "
    "le seul de votre entreprise, demandez-le à un agent (page « Nous joindre »).",
    "This temporary password is no longer good: it was used once, or seven days have passed. "
    "Ask your electronic services manager for a new one; if you are the only one of your company, "
    "ask an officer (page “Contact us”).",
)
NOT_THE_CODE = Said(
    "Ce n’est pas le code qui a été envoyé. Vérifiez le dernier courriel et réessayez.",
    "This is not the code that was sent. Check the latest e-mail and try again.",
)
CODE_HAS_EXPIRED = Said(
    "Ce code n’est plus valable : son délai est passé. Demandez un nouveau code.",
    "This code is no longer good: its time has passed. Ask for a new code.",
)
CODE_IS_SPENT = Said(
    "Ce code n’est plus valable : cinq essais ont été faits. Demandez un nouveau code.",
    "This code is no longer good: five tries were made. Ask for a new code.",
)
SEVEN_DIGITS = Said(
    "Inscrivez les sept chiffres du code de vérification.",
    "Enter the seven digits of the verification code.",
)
TOO_EARLY = Said(
    "Un code a été envoyé il y a moins d’une minute. Attendez une minute, puis redemandez-en un.",
    "A code was sent less than a minute ago. Wait a minute, then ask again.",
)
ON_ITS_WAY = Said(
    "Un nouveau code est envoyé. Le précédent n’est plus valable.",
    "A new code is on its way. The one before is no longer good.",
)


@pytest.fixture
def marie(language: str) -> Person:
    """Not signed in, before the public page."""
    person = Person(language, User.objects.get_by_natural_key("TREM1001"), signed_in=False)
    person.comes_home()
    return person


@pytest.fixture
def at_the_code(marie: Person) -> Person:
    gives_password(marie, "TREM1001", DEMO_PASSWORD)
    return marie


def another_code(than: str) -> str:
    return f"{(int(than) + 1) % 10**SignInCode.DIGITS:07d}"


# --- the way in ---------------------------------------------------------------------------------


def test_the_public_page_has_one_way_in(marie):
    assert marie.page.buttons == marie.said(ACCESS_MY_ACCOUNT)
    marie.presses(ACCESS_MY_ACCOUNT)
    assert marie.page.heading == marie.words(ACCESS_MY_ACCOUNT)
    assert marie.page.labels == marie.said(USER_CODE)
    assert marie.page.buttons == marie.said(CONTINUE, BACK)


def test_the_password_is_asked_on_a_page_of_its_own(marie):
    gives_user_code(marie, "TREM1001")
    assert marie.page.heading == marie.words(ENTER_PASSWORD)
    assert marie.page.labels == marie.said(PASSWORD)
    assert marie.page.buttons == marie.said(CONTINUE, BACK)
    assert "TREM1001" in marie.page.text
    assert marie.page.field(marie.words(PASSWORD))["type"] == "password"


def test_the_code_page_says_where_it_was_sent_how_long_it_is_good_and_where_to_look(at_the_code):
    page = at_the_code.page
    assert page.heading == at_the_code.words(ENTER_CODE)
    assert page.labels == at_the_code.said(VERIFICATION_CODE)
    assert page.buttons == at_the_code.said(CONTINUE, BACK, SEND_A_NEW_CODE)
    assert page.primary_button == at_the_code.words(CONTINUE)
    assert "t•••@acierie-boreale.example" in page.text
    assert "trem@acierie-boreale.example" not in page.html
    for said in (
        Said("Il est valable encore 40 minutes.", "It is good for 40 more minutes."),
        Said("« courrier indésirable »", "“junk mail”"),
    ):
        assert at_the_code.words(said) in page.text


def test_the_minutes_left_are_told(at_the_code, time):
    time.tick(39 * 60)
    at_the_code.reads_again()
    left = Said("Il est valable encore une minute.", "It is good for one more minute.")
    assert at_the_code.words(left) in at_the_code.page.text


def test_the_e_mailed_code_leads_home(at_the_code):
    gives_code(at_the_code, digits_in(at_the_code.receives_letter()))
    assert at_the_code.page.heading == at_the_code.words(HOME)
    assert "Marie Tremblay" in at_the_code.page.tree.text
    assert "Aciérie Boréale inc." in at_the_code.page.tree.text


def test_the_code_is_read_in_the_simulations_mailbox(marie, settings):
    let_mail_go_by(settings, SIMULATED)
    gives_password(marie, "TREM1001", DEMO_PASSWORD)
    code_page = marie.address
    marie.follows(MAILBOX, within="aside")
    assert marie.page.heading == marie.words(MAILBOX)
    marie.follows("Votre code de vérification")  # in the language of her file
    code = digits_in(marie.page.text)
    marie.opens(code_page)
    gives_code(marie, code)
    assert marie.page.heading == marie.words(HOME)


def test_what_is_typed_is_taken_liberally(marie):
    gives_password(marie, " trem 1001 ", DEMO_PASSWORD)
    code = digits_in(marie.receives_letter())
    gives_code(marie, f" {code[:3]} {code[3:]}")
    assert marie.page.heading == marie.words(HOME)


def test_the_letter_is_in_the_language_of_the_persons_file_whatever_the_pages(language):
    kathleen = Person(language, User.objects.get_by_natural_key("OBRI1004"), signed_in=False)
    gives_password(kathleen, "OBRI1004", DEMO_PASSWORD)
    letter = kathleen.receives_letter()
    assert letter.startswith("Your verification code\n")
    assert "Hello Kathleen O’Brien," in letter
    assert "not the government’s site" in letter


def test_back_leads_to_the_page_before(marie):
    gives_user_code(marie, "TREM1001")
    marie.presses(BACK)
    assert marie.page.answer(marie.words(USER_CODE)) == "TREM1001"
    marie.presses(BACK)
    assert marie.page.buttons == marie.said(ACCESS_MY_ACCOUNT)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (USER_CODE, Said("Inscrivez votre code d’utilisateur.", "Enter your user code.")),
        (PASSWORD, Said("Inscrivez votre mot de passe.", "Enter your password.")),
        (VERIFICATION_CODE, SEVEN_DIGITS),
    ],
)
def test_an_empty_field_is_asked_for(marie, label, said):
    marie.presses(ACCESS_MY_ACCOUNT)
    answers = {USER_CODE: "TREM1001", PASSWORD: DEMO_PASSWORD}
    while marie.page.labels != marie.said(label):
        (asked,) = [one for one in answers if marie.words(one) in marie.page.labels]
        marie.fills({asked: answers[asked]})
        marie.presses(CONTINUE)
    marie.presses(CONTINUE)
    assert marie.page.reproaches == marie.said(said)
    assert marie.page.title.startswith(marie.words(ERROR))


def test_a_page_asked_for_before_signing_in_is_shown_after(marie, language):
    with translation.override(language):
        wanted = reverse("proxies:list")
    marie.opens(wanted)
    marie.fills({USER_CODE: "TREM1001"})
    marie.presses(CONTINUE)
    marie.fills({PASSWORD: DEMO_PASSWORD})
    marie.presses(CONTINUE)
    gives_code(marie, digits_in(marie.receives_letter()))
    assert marie.address == wanted


def test_no_page_can_be_jumped_to(marie, language):
    with translation.override(language):
        for name in ("users:password", "users:code", "users:own_password", "home"):
            marie.opens(reverse(name))
            assert marie.page.labels == marie.said(USER_CODE), name


# --- who is not let in --------------------------------------------------------------------------


def told_of(person: Person, user_code: str, password: str) -> str:
    """The whole page that answers a password, without what is typed or drawn at random."""
    gives_password(person, user_code, password)
    assert person.page.reproaches == person.said(WRONG)
    page = re.sub(r"(?<=sign_in=)[\w.%-]+", "…", person.page.html)
    return page.replace(user_code, "…").replace(person.page.forgery_token, "…")


def test_an_unknown_code_a_wrong_password_and_a_suspended_person_are_told_alike(marie):
    suspended = User.objects.get_by_natural_key("NGUY1003")
    changes(suspended, is_active=False)
    answers = {
        told_of(Person(marie.language), "PERS9999", DEMO_PASSWORD),
        told_of(Person(marie.language), "TREM1001", "not-this-one"),
        told_of(Person(marie.language), "NGUY1003", DEMO_PASSWORD),
    }
    assert len(answers) == 1


@pytest.fixture
def hashes(monkeypatch) -> list[str]:
    """Every password that is hashed: it is what takes the time."""
    hashed: list[str] = []
    encode: Callable[..., str] = MD5PasswordHasher.encode

    def counted(self, password, salt):
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return hashed


def test_they_take_alike_too(language, hashes):
    told_of(Person(language), "PERS9999", "not-this-one")
    unknown = len(hashes)
    told_of(Person(language), "TREM1001", "not-this-one")
    assert unknown == len(hashes) - unknown == 1


def test_no_letter_leaves_for_a_wrong_password(marie, mailoutbox):
    gives_password(marie, "TREM1001", "not-this-one")
    assert mailoutbox == []


# --- the code -----------------------------------------------------------------------------------


def test_a_wrong_code_says_so_and_the_right_one_is_still_good(at_the_code):
    code = digits_in(at_the_code.receives_letter())
    gives_code(at_the_code, another_code(code))
    assert at_the_code.page.reproaches == at_the_code.said(NOT_THE_CODE)
    gives_code(at_the_code, code)
    assert at_the_code.page.heading == at_the_code.words(HOME)


@pytest.mark.parametrize("typed", ["123456", "12345678", "sept", "١٢٣٤٥٦٧"])
def test_something_other_than_seven_digits_costs_no_try(at_the_code, typed):
    gives_code(at_the_code, typed)
    assert at_the_code.page.reproaches == at_the_code.said(SEVEN_DIGITS)
    assert SignInCode.objects.get(user=at_the_code.user).tries == 0


def test_after_five_tries_the_right_code_is_no_longer_good(at_the_code):
    code = digits_in(at_the_code.receives_letter())
    for _try in range(4):
        gives_code(at_the_code, another_code(code))
    assert at_the_code.page.reproaches == at_the_code.said(NOT_THE_CODE)
    gives_code(at_the_code, another_code(code))
    assert at_the_code.page.reproaches == at_the_code.said(CODE_IS_SPENT)
    gives_code(at_the_code, code)
    assert at_the_code.page.reproaches == at_the_code.said(CODE_IS_SPENT)


def test_after_forty_minutes_the_right_code_is_no_longer_good(at_the_code, time):
    code = digits_in(at_the_code.receives_letter())
    time.tick(40 * 60)
    gives_code(at_the_code, code)
    assert at_the_code.page.reproaches == at_the_code.said(CODE_HAS_EXPIRED)


def test_just_before_forty_minutes_it_is(at_the_code, time):
    code = digits_in(at_the_code.receives_letter())
    time.tick(40 * 60 - 1)
    gives_code(at_the_code, code)
    assert at_the_code.page.heading == at_the_code.words(HOME)


def test_a_code_is_used_once(at_the_code):
    code = digits_in(at_the_code.receives_letter())
    gives_code(at_the_code, code)
    again = Person(at_the_code.language, at_the_code.user, signed_in=False)
    gives_password(again, "TREM1001", DEMO_PASSWORD)
    gives_code(again, code)
    assert again.page.reproaches == again.said(NOT_THE_CODE)


def test_a_new_code_is_sent_at_most_once_a_minute(at_the_code, time, mailoutbox):
    time.tick(59)
    at_the_code.presses(SEND_A_NEW_CODE)
    assert at_the_code.words(TOO_EARLY) in at_the_code.page.alerts
    assert len(mailoutbox) == 1
    time.tick(1)
    at_the_code.presses(SEND_A_NEW_CODE)
    assert at_the_code.words(ON_ITS_WAY) in at_the_code.page.alerts
    assert len(mailoutbox) == 2


def test_a_new_code_voids_the_one_before(at_the_code, time):
    first = digits_in(at_the_code.receives_letter())
    time.tick(60)
    at_the_code.presses(SEND_A_NEW_CODE)
    second = digits_in(at_the_code.receives_letter())
    if first != second:
        gives_code(at_the_code, first)
        assert at_the_code.page.reproaches == at_the_code.said(NOT_THE_CODE)
    gives_code(at_the_code, second)
    assert at_the_code.page.heading == at_the_code.words(HOME)


def test_a_spent_code_is_mended_by_a_new_one(at_the_code, time):
    code = digits_in(at_the_code.receives_letter())
    for _try in range(5):
        gives_code(at_the_code, another_code(code))
    time.tick(60)
    at_the_code.presses(SEND_A_NEW_CODE)
    gives_code(at_the_code, digits_in(at_the_code.receives_letter()))
    assert at_the_code.page.heading == at_the_code.words(HOME)


# --- temporary password -------------------------------------------------------------------------


@pytest.fixture
def temporary_password(demo) -> str:
    return renew_temporary_password(User.objects.get_by_natural_key("TREM1001"))


@pytest.fixture
def at_own_password(marie: Person, temporary_password: str) -> Person:
    signs_in(marie, "TREM1001", temporary_password)
    return marie


def test_a_temporary_password_is_replaced_before_anything_else(at_own_password):
    page = at_own_password.page
    assert page.heading == at_own_password.words(CHOOSE_PASSWORD)
    assert page.labels == at_own_password.said(NEW_PASSWORD, NEW_PASSWORD_AGAIN)
    assert page.buttons == at_own_password.said(CONTINUE)
    assert page.menu() == []


def test_every_other_page_leads_back_to_it(at_own_password, language):
    with translation.override(language):
        for name in ("home", "users:files", "proxies:list", "registrations:list", "landing"):
            at_own_password.opens(reverse(name))
            assert at_own_password.page.heading == at_own_password.words(CHOOSE_PASSWORD), name


@pytest.mark.parametrize("chosen", ["abc123", "password1234", "tremblay1001", "TREM1001-abc"])
def test_a_password_that_is_short_common_or_like_the_name_is_refused(at_own_password, chosen):
    chooses_password(at_own_password, chosen)
    assert at_own_password.page.reproaches
    assert at_own_password.page.heading == at_own_password.words(CHOOSE_PASSWORD)
    assert chosen not in at_own_password.page.html


def test_the_temporary_password_itself_is_refused(at_own_password, temporary_password):
    chooses_password(at_own_password, temporary_password)
    other = Said(
        "Choisissez un autre mot de passe que le temporaire.",
        "Choose a password other than the temporary one.",
    )
    assert at_own_password.page.reproaches == at_own_password.said(other)


def test_it_is_typed_twice_alike(at_own_password):
    chooses_password(at_own_password, OWN_PASSWORD, again="une phrase à oublier")
    again = Said(
        "Inscrivez le même nouveau mot de passe une seconde fois.",
        "Enter the same new password a second time.",
    )
    assert at_own_password.page.reproaches == at_own_password.said(again)


def test_then_the_person_is_home_and_signs_in_with_it_from_now_on(
    at_own_password, temporary_password
):
    chooses_password(at_own_password)
    assert at_own_password.page.heading == at_own_password.words(HOME)
    assert at_own_password.page.menu()
    later = Person(at_own_password.language, at_own_password.user, signed_in=False)
    gives_password(later, "TREM1001", temporary_password)
    assert later.page.reproaches == later.said(WRONG)
    signs_in(later, "TREM1001", OWN_PASSWORD)
    assert later.page.heading == later.words(HOME)


def test_a_temporary_password_is_good_for_seven_days(marie, temporary_password, time):
    time.tick(7 * 24 * 3600 - 1)
    gives_password(marie, "TREM1001", temporary_password)
    assert marie.page.heading == marie.words(ENTER_CODE)


def test_after_seven_days_it_says_whom_to_ask(marie, temporary_password, time, mailoutbox):
    time.tick(7 * 24 * 3600)
    gives_password(marie, "TREM1001", temporary_password)
    assert marie.page.reproaches == marie.said(TEMPORARY_IS_OVER)
    assert mailoutbox == []


def test_after_seven_days_a_wrong_password_learns_nothing_of_it(marie, temporary_password, time):
    time.tick(7 * 24 * 3600)
    gives_password(marie, "TREM1001", "not-this-one")
    assert marie.page.reproaches == marie.said(WRONG)


# --- the way out --------------------------------------------------------------------------------


def test_sign_out_ends_the_session(at_the_code, language):
    gives_code(at_the_code, digits_in(at_the_code.receives_letter()))
    home = at_the_code.address
    at_the_code.presses(SIGN_OUT)
    assert at_the_code.page.heading == at_the_code.words(SIGNED_OUT)
    assert at_the_code.page.buttons == at_the_code.said(ACCESS_MY_ACCOUNT, BACK)
    at_the_code.opens(home)
    assert at_the_code.page.labels == at_the_code.said(USER_CODE)
    assert re.search(r"\?next=/", at_the_code.address)


def test_a_suspended_person_is_out_at_the_next_page(at_the_code):
    gives_code(at_the_code, digits_in(at_the_code.receives_letter()))
    changes(at_the_code.user, is_active=False)
    at_the_code.reads_again()
    assert at_the_code.page.labels == at_the_code.said(USER_CODE)


def test_a_session_whose_password_changed_elsewhere_is_over(at_the_code):
    gives_code(at_the_code, digits_in(at_the_code.receives_letter()))
    changes(at_the_code.user, password=make_password(OWN_PASSWORD))
    at_the_code.reads_again()
    assert at_the_code.page.labels == at_the_code.said(USER_CODE)
