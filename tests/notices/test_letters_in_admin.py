"""What became of each letter, for the officers who run the portal; and « Send again »."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.mail import LETTERS_WITH_CODES
from notices import actions
from notices.models import AccountLetter, Letter, LetterState, Message
from tests import factories as make
from tests.conftest import Visitor
from tests.letters import sends
from tests.proxies.conftest import row_set
from tests.together import at_once

pytestmark = pytest.mark.django_db

MESSAGES, LETTERS = "admin:notices_message_changelist", "admin:notices_accountletter_changelist"
PROJECT = Path(__file__).parents[2]


def in_each_state() -> dict[LetterState, dict[str, Any]]:
    now = clock.now()
    failed = {"tries": 3, "failing_since": now, "next_try_at": now + timedelta(minutes=15)}
    return {
        LetterState.NEVER_TRIED: {},
        LetterState.LEAVING: {"emailed_at": now, "in_hand_until": now + timedelta(minutes=5)},
        LetterState.TO_RETRY: failed,
        LetterState.SENT: {"emailed_at": now},
        LetterState.REFUSED: failed | {"not_sent": "refused"},
        LetterState.GIVEN_UP: failed | {"not_sent": "given_up"},
        LetterState.VOID: {"not_sent": "void"},
    }


IN_WORDS = {
    "fr": (
        *("En attente", "En cours d’envoi", "Sera tenté de nouveau", "Envoyé"),
        *("Refusé par le serveur de courriel", "Abandonné après une semaine"),
        "N’est plus à envoyer",
    ),
    "en": (
        *("Waiting", "Leaving", "To be tried again", "Sent"),
        *("Refused by the mail server", "Given up after a week", "No longer to be sent"),
    ),
}


def now(letter: Letter) -> Letter:
    return type(letter)._base_manager.get(pk=letter.pk)


@pytest.fixture
def officer(visitor: Visitor) -> Visitor:
    return visitor.sign_in(make.an_officer())


def rows_in(page: str) -> str:
    return page.partition('<table id="result_list"')[2].partition("</table>")[0]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("address", [MESSAGES, LETTERS])
def test_each_state_is_told_and_filtered_in_both_languages(officer, language, address):
    a_letter = {MESSAGES: make.a_message, LETTERS: make.an_account_letter}[address]
    letters = {state: a_letter() for state in LetterState}
    for state, columns in in_each_state().items():
        row_set(letters[state], **columns)
        assert now(letters[state]).state is state
    where = reverse(address).replace("/fr/", f"/{language}/")
    for state, words in zip(in_each_state(), IN_WORDS[language], strict=True):
        found = rows_in(officer.read(f"{where}?state={state}"))
        assert words in found
        assert letters[state].user.email in found
        assert found.count('name="_selected_action"') == 1
    everything = rows_in(officer.read(where))
    assert all(words in everything for words in IN_WORDS[language])


def test_a_state_that_is_none_is_left_out(officer):
    make.a_message()
    assert make.a_message().user.email in officer.read(reverse(MESSAGES) + "?state=x")


@pytest.mark.parametrize("address", [MESSAGES, LETTERS])
def test_letters_are_found_by_whom_they_are_for(officer, address):
    a_letter = {MESSAGES: make.a_message, LETTERS: make.an_account_letter}[address]
    letters = [a_letter(), a_letter()]
    for typed in (letters[0].user.user_code, letters[0].user.email):
        found = rows_in(officer.read(f"{reverse(address)}?q={typed}"))
        assert letters[0].user.email in found
        assert letters[1].user.email not in found


@pytest.mark.parametrize("address", [MESSAGES, LETTERS])
def test_officers_of_a_ministry_read_no_letter_and_send_none(visitor, address):
    """Whatever they may do with registrations, events and files."""
    officer = make.an_officer(is_superuser=False)
    make.a_ministry().officers.add(officer)
    others = Permission.objects.exclude(content_type__model__in=["message", "accountletter"])
    officer.user_permissions.set(others)
    message = make.a_message(not_sent="refused")
    visitor.sign_in(officer)
    assert reverse(address) not in visitor.read(reverse("admin:index"))
    assert visitor.get(reverse(address)).status_code == 403
    posted = {"action": "send_again", "_selected_action": [message.pk], "confirmed": "yes"}
    assert visitor.post(reverse(address), posted).status_code == 403
    assert now(message).not_sent == "refused"


def test_who_may_read_and_not_change_is_offered_no_sending(visitor):
    officer = make.an_officer(is_superuser=False)
    officer.user_permissions.set(Permission.objects.filter(codename="view_message"))
    message = make.a_message(not_sent="refused")
    page = visitor.sign_in(officer).read(reverse(MESSAGES))
    assert message.user.email in page
    assert "send_again" not in page
    posted = {"action": "send_again", "_selected_action": [message.pk], "confirmed": "yes"}
    visitor.post(reverse(MESSAGES), posted)
    assert now(message).not_sent == "refused"


def test_a_letter_shows_its_subject_and_none_of_what_it_carries(officer):
    letter = make.an_account_letter(facts={"minutes": 15, "digits": "7654321"})
    page = officer.read(reverse("admin:notices_accountletter_change", args=[letter.pk]))
    assert "Des codes de vérification erronés ont été donnés" in page
    assert letter.user.email in page
    assert "7654321" not in page
    unknown = make.an_account_letter(template="of_a_newer_version")
    assert officer.get(reverse(LETTERS)).status_code == 200
    assert officer.get(
        reverse("admin:notices_accountletter_change", args=[unknown.pk])
    ).status_code == (200)


def test_no_code_is_ever_stored_in_a_letter():
    """Those that carry one are sent while their page waits: known by what their text asks for."""
    texts = (PROJECT / "templates/mail").glob("*.txt")
    carry = {one.stem for one in texts if re.search(r"{{ *digits", one.read_text())}
    assert carry == LETTERS_WITH_CODES
    for template in carry:
        with pytest.raises(ValueError, match="never stored"):
            actions.queue_letter(template, to=make.a_user(), digits="1234567")
    assert not AccountLetter.objects.exists()


# --- « Send again » -------------------------------------------------------------------------------


def again(officer: Visitor, *messages: Message, **posted: Any) -> str:
    """What the list says after the action, asked for and confirmed."""
    ticked = {"action": "send_again", "_selected_action": [one.pk for one in messages]}
    return officer.post(reverse(MESSAGES), ticked | posted, follow=True).content.decode()


@pytest.mark.parametrize("state", [LetterState.REFUSED, LetterState.GIVEN_UP, LetterState.TO_RETRY])
def test_it_asks_then_makes_a_letter_due_with_a_fresh_week(officer, state):
    with freeze_time("2026-11-23 12:00") as frozen:
        message = make.a_message()
        row_set(message, **in_each_state()[state])
        frozen.tick(timedelta(days=8))
        officer.sign_in(make.an_officer())
        asked = again(officer, message)
        assert "partira d’ici une minute" in asked
        assert message.user.name_and_code in asked
        assert now(message).state is state
        assert "1 lettre partira d’ici une minute" in again(officer, message, confirmed="yes")
        fresh = now(message)
        assert (fresh.state, fresh.failing_since, fresh.tries) == (LetterState.NEVER_TRIED, None, 0)
        assert fresh.next_try_at == clock.now()
        assert sends() == {"sent": 1}
    (entry,) = LogEntry.objects.all()
    assert (entry.object_id, entry.change_message) == (str(message.pk), "Envoi relancé.")


def test_a_form_sent_twice_does_it_once(officer):
    message = make.a_message(not_sent="refused", tries=1)
    for _time in range(2):
        assert "partira d’ici une minute" in again(officer, message, confirmed="yes")
    assert LogEntry.objects.count() == 1
    assert sends() == {"sent": 1}
    assert "déjà partie" in again(officer, message, confirmed="yes")
    assert len(mail.outbox) == 1


def test_what_has_left_or_is_untrue_stays_as_it_is_and_the_others_are_sent(officer):
    left = make.a_message(emailed_at=clock.now())
    gone, old = make.a_message(not_sent="void"), make.a_message(not_sent="refused")
    row_set(gone.user, is_active=False)
    row_set(old, written_at=clock.now() - timedelta(days=31))
    true = make.a_message(not_sent="refused")
    page = again(officer, left, gone, old, true, confirmed="yes")
    assert page.count("déjà partie") == 1
    assert page.count("n’est plus à envoyer") == 2
    assert "1 lettre partira" in page
    assert sends() == {"sent": 1}
    assert mail.outbox[-1].to == [true.user.email]


def test_it_leaves_after_those_that_nobody_asked_for_again(officer):
    dead = make.a_message(not_sent="given_up")
    again(officer, dead, confirmed="yes")
    new = make.a_message()
    assert sends() == {"sent": 2}
    assert [one.to[0] for one in mail.outbox] == [new.user.email, dead.user.email]


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_and_a_worker_send_it_once():
    message = make.a_message(not_sent="refused", tries=2)
    officers = [make.an_officer(), make.an_officer()]

    def send(by):
        with across_companies(because="tests play the officer"):
            return actions.send_again(message, by=by)

    found = at_once(*(lambda by=by: send(by) for by in officers), sends)
    sends()
    assert [one for one in found if one is True] == [True]
    refusals = [one for one in found if isinstance(one, ValidationError)]
    assert len(refusals) + found.count(False) == 1
    assert len(mail.outbox) == 1
