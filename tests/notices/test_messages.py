"""A person's messages: his own, read when he says so, e-mailed once in his language."""

import pytest
from django.core import mail
from django.urls import reverse

from cse_portal.companies.tenancy import company_scope
from notices import actions
from notices.models import Message
from proxies.happenings import ASSIGNED, HOLDERS
from tests import factories as make
from tests.together import at_once

pytestmark = pytest.mark.django_db
NOTICE = ASSIGNED.notices[HOLDERS]
FACTS = {"proxy": "IQEA", "mandator": "Aciérie", "ends_on": "2026-12-31"}


def waiting():
    return Message._base_manager.filter(emailed_at=None).count()


def test_a_message_is_in_the_box_and_counted_until_it_is_read(visitor):
    message = make.a_message()
    make.a_message()
    visitor.sign_in(message.user)
    assert "1 message non lu" in visitor.read(reverse("home"))
    page = reverse("notices:message", kwargs={"pk": message.pk})
    assert "Aciérie" in visitor.read(page)
    assert "1 message non lu" in visitor.read(reverse("home"))
    assert visitor.fill(page) == reverse("notices:messages")
    assert "non lu" not in visitor.read(reverse("home"))


def test_all_are_marked_as_read_and_those_of_others_are_not(visitor):
    mine, theirs = make.a_message(), make.a_message()
    colleague = make.a_message(user=make.a_user(company=mine.company))
    visitor.sign_in(mine.user).fill(reverse("notices:messages"))
    read = Message._base_manager.exclude(read_at=None)
    assert list(read) == [mine]
    assert {theirs.read_at, colleague.read_at} == {None}


def test_a_colleagues_message_does_not_exist(visitor):
    mine = make.a_message()
    theirs = make.a_message(user=make.a_user(company=mine.company))
    visitor.sign_in(mine.user)
    page = reverse("notices:message", kwargs={"pk": theirs.pk})
    assert visitor.get(page).status_code == visitor.post(page).status_code == 404


@pytest.mark.parametrize(
    ("language", "subject"),
    [("fr", "Une procuration vous est assignée"), ("en", "A proxy is assigned to you")],
)
def test_the_letter_is_in_its_readers_language(language, subject):
    user = make.a_user(language=language)
    message = make.a_message(user=user)
    assert actions.send_one(message.pk)
    (letter,) = mail.outbox
    assert (letter.subject, letter.to) == (subject, [user.email])
    assert {"fr": "jusqu’au 31 décembre 2026", "en": "until December 31, 2026"}[language] in (
        letter.body
    )


def test_what_is_told_leaves_when_the_transaction_holds(django_capture_on_commit_callbacks):
    user = make.a_user()
    with django_capture_on_commit_callbacks(execute=True), company_scope(user.company):
        actions.tell([user], NOTICE, **FACTS)
        assert mail.outbox == []
    assert len(mail.outbox) == 1
    assert actions.send_waiting() == (0, 0)


def test_more_than_a_page_can_send_leaves_with_the_command(django_capture_on_commit_callbacks):
    company = make.a_company()
    users = [make.a_user(company=company) for _one in range(actions.SENT_AT_ONCE + 3)]
    with django_capture_on_commit_callbacks(execute=True), company_scope(company):
        actions.tell(users, NOTICE, **FACTS)
    assert waiting() == 3
    assert actions.send_waiting() == (3, 0)
    assert len(mail.outbox) == len(users)


def test_a_letter_that_cannot_leave_waits_and_stops_no_other(monkeypatch):
    bad, good = make.a_message(), make.a_message()
    sent = mail.EmailMessage.send

    def send(letter, *args, **kwargs):
        if letter.to == [bad.user.email]:
            raise ConnectionRefusedError
        return sent(letter, *args, **kwargs)

    monkeypatch.setattr(mail.EmailMessage, "send", send)
    assert actions.send_waiting() == (1, 1)
    assert mail.outbox[0].to == [good.user.email]
    monkeypatch.undo()
    assert actions.send_waiting() == (1, 0)
    assert actions.send_waiting() == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_who_send_at_once_send_each_letter_once():
    messages = [make.a_message() for _one in range(6)]
    at_once(*[actions.send_waiting] * 3)
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted(
        one.user.email for one in messages
    )


def test_a_person_is_told_once_what_is_told_once():
    user, other = make.a_user(), make.a_user()
    for _time in range(2):
        with company_scope(user.company):
            actions.tell([user, user], NOTICE, once="proxy:1", **FACTS)
            actions.tell([other], NOTICE, once="proxy:1", **FACTS)
    assert Message._base_manager.count() == 2
