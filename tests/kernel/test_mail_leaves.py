"""An e-mail leaves in one place, bounded, and never inside a transaction: no lock waits for it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core import mail
from django.db import transaction

from cse_portal.acting.door import ACTIONS
from cse_portal.mail import hand_over, mail_server, send_while_waiting
from cse_portal.web import overload
from cse_portal.web.overload import TooBusy

PROJECT = Path(__file__).parents[2]
GUNICORN = PROJECT / "deploy/gunicorn.conf.py"
APPS = ("cse_portal", "notices", "users", "registrations", "proxies", "eservices", "home")
#: who sends while a page waits, and what for: each says that its letter could not leave
WHILE_A_PAGE_WAITS = {
    "users.actions.send_sign_in_code": "a verification code",
    "users.actions.send_email_change_code": "the code for a new address",
}


def an_email() -> mail.EmailMessage:
    return mail.EmailMessage("Sujet", "Corps", to=["a@x.example"])


@pytest.mark.django_db
def test_no_mail_leaves_inside_a_transaction():
    with transaction.atomic(), pytest.raises(RuntimeError):
        hand_over(an_email(), mail_server())
    assert mail.outbox == []
    hand_over(an_email(), mail_server())
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_a_slow_mail_server_leaves_threads_to_the_other_pages(monkeypatch):
    """As many requests wait for it as there are places; the next one is told to come again."""
    monkeypatch.setattr(overload, "LONGEST_WAIT_TO_SEND", 0.01)
    taken = [overload.place_to_send() for _place in range(overload.PLACES_TO_SEND)]
    for place in taken:
        place.__enter__()
    try:
        with pytest.raises(TooBusy):
            send_while_waiting(an_email())
    finally:
        for place in taken:
            place.__exit__(None, None, None)
    send_while_waiting(an_email())
    assert len(mail.outbox) == 1


def test_places_to_send_leave_half_of_the_threads():
    threads = re.search(r"^threads = (\d+)", GUNICORN.read_text(), re.MULTILINE)
    assert threads
    assert int(threads[1]) == 2 * overload.PLACES_TO_SEND


def calls(name: str) -> Iterator[str]:
    """The functions of the apps that call a function of that name, or a method."""
    for app in APPS:
        for path in sorted((PROJECT / app).rglob("*.py")):
            module = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef):
                    called = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
                    names = {getattr(one, "attr", getattr(one, "id", "")) for one in called}
                    if name in names:
                        yield f"{module}.{node.name}"


def test_an_email_leaves_in_one_place():
    assert set(calls("send_messages")) == {
        "cse_portal.mail.hand_over",
        "cse_portal.smtp.send_messages",  # Django's own, which it bounds
    }
    for name in ("send_mail", "send_mass_mail", "mail_admins", "mail_managers", "EmailMessage"):
        assert set(calls(name)) == set(), name
    assert set(calls("EmailMultiAlternatives")) == {"cse_portal.mail.letter"}


def test_a_page_waits_for_codes_alone_and_holds_no_lock_meanwhile():
    senders = set(calls("send_while_waiting"))
    assert senders == WHILE_A_PAGE_WAITS.keys()
    assert senders.isdisjoint(ACTIONS)  # an action is a transaction
