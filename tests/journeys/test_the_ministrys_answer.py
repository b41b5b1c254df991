"""After step 1: the ministry accepts or refuses, and the ESMs are told in their own languages.

An officer answers in the Django admin; in the simulation, so can the ESM who plays their part.
"""

import pytest
from django.core.mail.backends import locmem

from notices.mail_server import MailServerUnavailable
from registrations.models import Registration
from sandbox.demo_companies import OFFICER
from sandbox.demo_companies import PASSWORD as DEMO_PASSWORD
from tests import factories as make
from tests.journeys.person import Person, latest_letter
from tests.journeys.sign_in import signs_in
from tests.journeys.words import (
    ACCEPT_THE_REGISTRATION,
    ACTIVE,
    BACK,
    HOME,
    IN_PROCESS,
    MELCCFP,
    PLAY_THE_ANSWER,
    REASON_OF_THE_REFUSAL,
    REFUSE_THE_REGISTRATION,
    REFUSED,
    REGISTRATION_FOR_SERVICES,
    SUBMIT,
    Said,
)
from tests.letters import sends
from users.models import User

REASON = "Le NEQ ne correspond pas au nom."
REASON_IN_ENGLISH = "The NEQ does not match the name."


@pytest.fixture
def pending(aciery, melccfp) -> Registration:
    """Marie has asked for it; John, who reads English, is an ESM too."""
    make.an_esm(company=aciery, email="john@acierie-boreale.example", language="en")
    return make.a_registration(company=aciery, ministry=melccfp)


@pytest.fixture
def officer(language, pending) -> Person:
    """The officer, signed in through the pages, before the list of registrations in the admin."""
    camille = Person(language, User.objects.get_by_natural_key(OFFICER), signed_in=False)
    signs_in(camille, OFFICER, DEMO_PASSWORD)
    assert f"/{language}/admin/" in camille.address
    camille.opens(f"/{language}/admin/registrations/registration/")
    return camille


def runs_action(officer: Person, name: str, registration: Registration, **answers: str) -> None:
    """Tick the registration in the admin's list and run an action on it."""
    posted = {
        "csrfmiddlewaretoken": officer.page.forgery_token,
        "action": name,
        "_selected_action": [registration.pk],
        **answers,
    }
    response = officer.browser.post(officer.address, posted, follow=True)
    officer._receives(response, officer.address)


def to_marie() -> str:
    return latest_letter(to="trem@acierie-boreale.example")


def to_john() -> str:
    return latest_letter(to="john@acierie-boreale.example")


def reads_the_status(marie: Person) -> str:
    return marie.uses_the_menu(REGISTRATION_FOR_SERVICES).line("(MELCCFP)")[3]


def is_told(status: str) -> None:
    """Each ESM has the decision in the language of their file, with the simulation's warning."""
    assert {
        "active": ("inscription active", "registration active"),
        "refused": ("inscription refusée", "registration refused"),
    }[status] == (to_marie().split("\n")[0][10:], to_john().split("\n")[0][9:])
    assert "Bonjour Marie Tremblay," in to_marie()
    assert "Hello Julie Gagné," in to_john()
    assert "environnement de formation" in to_marie()
    assert "training and test environment" in to_john()


def test_the_officer_sees_what_is_pending_with_the_day_it_is_due(officer):
    text = officer.page.text
    assert "Aciérie Boréale inc." in text
    assert "MELCCFP" in text
    assert officer.words(IN_PROCESS) in text


def test_the_officer_accepts_and_every_esm_is_told(officer, pending, marie):
    offered = [one.text for one in officer.page.tree.all("option")]
    assert officer.words(ACCEPT_THE_REGISTRATION) in offered
    runs_action(officer, "accept", pending)
    assert officer.page.status == 200
    assert reads_the_status(marie) == marie.words(ACTIVE)
    assert marie.comes_home().line(marie.words(MELCCFP))[2] == marie.words(ACTIVE)
    is_told("active")


def test_the_officer_refuses_with_a_reason_that_the_esms_read(officer, pending, marie):
    runs_action(officer, "refuse", pending)
    assert officer.page.heading == officer.words(
        Said("Refuser l’inscription, avec un motif", "Refuse the registration, with a reason")
    )
    refuse = officer.page.main.first("input", type="submit") or officer.page.tree.first(
        "input", type="submit", value=officer.words(Said("Refuser", "Refuse"))
    )
    assert refuse
    officer.typed = {"reason_fr": [REASON], "reason_en": [REASON_IN_ENGLISH]}
    officer.submits(refuse)
    status = reads_the_status(marie)
    assert status.startswith(marie.words(REFUSED))
    assert marie.words(Said(REASON, REASON_IN_ENGLISH)) in status
    assert "418 555-0121" in status
    is_told("refused")
    assert f"Motif : {REASON}" in " ".join(to_marie().split())
    assert f"Reason: {REASON_IN_ENGLISH}" in to_john()
    assert "418 555-0121" in to_marie()


def test_the_officer_cannot_refuse_without_a_reason(officer, pending, marie):
    runs_action(officer, "refuse", pending, reason_fr="  ", reason_en="")
    assert officer.words(
        Said("Inscrivez le motif du refus", "Enter the reason of the refusal")
    ) in (officer.page.tree.text)
    assert reads_the_status(marie).startswith(marie.words(IN_PROCESS))


def test_what_was_decided_is_not_decided_again(officer, pending, marie):
    runs_action(officer, "accept", pending)
    runs_action(officer, "refuse", pending, reason_fr=REASON)
    assert reads_the_status(marie) == marie.words(ACTIVE)


def test_the_simulation_can_play_the_ministrys_yes(pending, marie):
    marie.uses_the_menu(REGISTRATION_FOR_SERVICES)
    marie.follows(PLAY_THE_ANSWER)
    page = marie.page
    assert page.heading == marie.words(PLAY_THE_ANSWER)
    assert page.buttons == marie.said(SUBMIT, BACK)
    assert marie.words(MELCCFP) in page.text
    marie.picks(ACCEPT_THE_REGISTRATION)
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(REGISTRATION_FOR_SERVICES)
    assert reads_the_status(marie) == marie.words(ACTIVE)
    is_told("active")


def test_the_simulation_can_play_the_ministrys_no_with_a_reason(pending, marie):
    marie.uses_the_menu(REGISTRATION_FOR_SERVICES)
    marie.follows(PLAY_THE_ANSWER)
    marie.picks(REFUSE_THE_REGISTRATION)
    marie.presses(SUBMIT)
    assert marie.page.reproaches == marie.said(
        Said("Inscrivez le motif du refus.", "Enter the reason of the refusal.")
    )
    assert marie.page.is_picked(marie.words(REFUSE_THE_REGISTRATION))
    marie.fills({REASON_OF_THE_REFUSAL: REASON})
    marie.presses(SUBMIT)
    status = reads_the_status(marie)
    assert status.startswith(marie.words(REFUSED))
    assert REASON in status
    is_told("refused")


def test_the_control_is_also_at_home_and_goes_once_the_answer_is_given(pending, marie):
    marie.comes_home()
    marie.follows(PLAY_THE_ANSWER)
    answer = marie.address
    marie.picks(ACCEPT_THE_REGISTRATION)
    marie.presses(SUBMIT)
    marie.opens(answer)
    assert marie.page.heading == marie.words(REGISTRATION_FOR_SERVICES)
    assert marie.words(PLAY_THE_ANSWER) not in marie.comes_home().text
    assert marie.page.heading == marie.words(HOME)


def test_a_mail_server_that_fails_undoes_no_decision(officer, pending, marie, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(locmem.EmailBackend, "open", refuses, raising=False)
        runs_action(officer, "accept", pending)
        assert reads_the_status(marie) == marie.words(ACTIVE)
        with pytest.raises(MailServerUnavailable):
            sends()
    is_told("active")


def refuses(self):
    raise ConnectionRefusedError
