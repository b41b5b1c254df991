"""Who loses the right to act while their request waits does nothing, and is told so.

With real threads, real connections and a body that is held back. Each of the races is lost when
the door does not read the person again (`cse_portal.acting.door`).
"""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.client import MULTIPART_CONTENT
from django.urls import reverse

from cse_portal.acting.permissions import Role
from cse_portal.companies.tenancy import company_scope
from cse_portal.models import Company, Draft
from cse_portal.web.middleware import readable_body_middleware
from notices.models import Event
from proxies.models import Proxy
from tests import factories as make
from tests.conftest import Visitor
from tests.together import PATIENCE, at_once
from users import actions
from users.models import SignInCode, User

MIDDLEWARE = "cse_portal.web.middleware.readable_body_middleware"
SUSPENDED = "file.suspended"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def esm() -> User:
    return make.an_esm()


@pytest.fixture
def colleague(esm: User) -> User:
    return make.an_esm(company=esm.company)


def suspends(person: User, by: User) -> None:
    with company_scope(by.company):
        actions.suspend(person, by=by)


def demotes(person: User, by: User) -> None:
    User._base_manager.filter(pk=person.pk).update(role=Role.USER)


def ends_sessions(person: User, by: User) -> None:
    SignInCode.objects.filter(user=person).delete()


def closes(person: User, by: User) -> None:
    Company.objects.filter(pk=person.company.pk).update(is_active=False)


class Waiting:
    """A request that waits for the company's lock, which somebody else holds."""

    def __init__(self, company: Company, request: Callable[[], Any]) -> None:
        self.company, self.request = company, request
        self.answer: Any = None

    def while_it_waits(self, change: Callable[[], None]) -> Any:
        """The change is made under the lock, committed, and the request goes on."""
        thread = threading.Thread(target=self._ask)
        with transaction.atomic():
            Company.objects.select_for_update(no_key=True).get(pk=self.company.pk)
            thread.start()
            self._until_somebody_waits()
            change()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        return self.answer

    def _ask(self) -> None:
        try:
            self.answer = self.request()
        finally:
            connections.close_all()

    def _until_somebody_waits(self) -> None:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        until = threading.Event()
        for _time in range(PATIENCE * 50):
            with connection.cursor() as cursor:
                cursor.execute(waits)
                if cursor.fetchone()[0]:
                    return
            until.wait(0.02)
        pytest.fail("nobody waits for the lock")


OUT = [suspends, ends_sessions, closes]


def create_file(visitor: Visitor) -> str:
    """The verification page of a new file, filled in."""
    return visitor.fill(
        reverse("create-user-file-start"),
        family_name="Roy",
        first_name="Zoé",
        email="zoe@entreprise.example",
        telephone="418 555-0142",
        language="fr",
        role="user",
    )


@pytest.mark.parametrize("change", [*OUT, demotes], ids=lambda one: one.__name__)
def test_who_is_put_out_while_waiting_for_the_lock_transmits_nothing(esm, colleague, change):
    visitor = Visitor().sign_in(esm)
    check = create_file(visitor)
    seal = visitor.seal(check)
    people = User._base_manager.count()
    waiting = Waiting(esm.company, lambda: visitor.post(check, {"seal": seal}))
    answer = waiting.while_it_waits(lambda: change(esm, colleague))
    assert User._base_manager.count() == people
    assert not Event._base_manager.filter(kind="file.created").exists()
    if change is demotes:
        assert answer.status_code == 403
    else:
        assert (answer.status_code, answer.url.partition("?")[0]) == (
            302,
            reverse("users:session_ended"),
        )


@pytest.mark.parametrize("change", OUT, ids=lambda one: one.__name__)
def test_who_is_put_out_while_waiting_is_shown_no_temporary_password(esm, colleague, change):
    visitor = Visitor().sign_in(esm)
    receipt = visitor.transmit(create_file(visitor))
    key = receipt.rstrip("/").rpartition("/")[0].rpartition("/")[2]
    address = reverse("users:access_key", kwargs={"receipt": key})
    zoe = User._base_manager.get(first_name="Zoé")
    waiting = Waiting(esm.company, lambda: visitor.post(address))
    answer = waiting.while_it_waits(lambda: change(esm, colleague))
    assert answer.status_code == 302
    assert User._base_manager.get(pk=zoe.pk).password == zoe.password


def test_a_page_kept_while_waiting_is_kept_for_nobody(esm, colleague):
    visitor = Visitor().sign_in(esm)
    address = reverse("create-user-file-start")
    waiting = Waiting(esm.company, lambda: visitor.post(address, {"family_name": "Roy"}))
    answer = waiting.while_it_waits(lambda: suspends(esm, colleague))
    assert answer.status_code == 302
    assert not Draft._base_manager.exists()


# --- a body that is held back ---------------------------------------------------------------------

BOUNDARY = "held"


def multipart(fields: dict[str, str]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()


def urlencoded(fields: dict[str, str]) -> bytes:
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


KINDS = {
    f"multipart/form-data; boundary={BOUNDARY}": multipart,
    "application/x-www-form-urlencoded": urlencoded,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reads_first", [True, False], ids=["body first", "body late"])
def test_who_is_suspended_while_the_body_is_held_back_transmits_nothing(
    live_server, settings, esm, colleague, kind, reads_first
):
    """Even where the person would be read before the body is there: the door asks again."""
    if not reads_first:
        settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if one != MIDDLEWARE]
    proxy = make.a_proxy(given_by=esm)
    make.an_access_right(proxy=proxy)
    visitor = Visitor().sign_in(esm)
    start = reverse("revoke-proxy-start", kwargs={"subject": proxy.pk})
    check = visitor.fill(start)
    seal = visitor.seal(check)
    token = "x" * 32
    cookies = f"sessionid={visitor.cookies['sessionid'].value}; csrftoken={token}"
    body = KINDS[kind]({"csrfmiddlewaretoken": token, "seal": seal})
    head = (
        f"POST {check} HTTP/1.1\r\nHost: {live_server.thread.host}:{live_server.thread.port}\r\n"
        f"Cookie: {cookies}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    line = socket.create_connection((live_server.thread.host, live_server.thread.port), PATIENCE)
    with line:
        line.sendall(head.encode() + body[: len(body) // 2])
        suspends(esm, colleague)
        line.sendall(body[len(body) // 2 :])
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.split(b" ", 2)[1] == b"302", answer[:500]
    assert Proxy._base_manager.get(pk=proxy.pk).revoked_at is None
    assert list(Event._base_manager.values_list("kind", flat=True)) == [SUSPENDED]


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_is_complete_before_anybody_is_asked_for(kind):
    body = KINDS[kind]({"seal": "0"})
    request = RequestFactory().post("/", data=body, content_type=kind)
    read = []

    def answer(request: Any) -> Any:
        read.append(request._body)  # as Django keeps what it has read
        return HttpResponse()

    assert readable_body_middleware(answer)(request).status_code == 200
    assert read == [body]


def test_a_file_is_refused_for_no_form_has_one(esm):
    visitor = Visitor().sign_in(esm)
    sent = {"family_name": "Roy", "file": SimpleUploadedFile("a.txt", b"a")}
    where = reverse("create-user-file-start")
    answer: Any = visitor.post(where, sent, content_type=MULTIPART_CONTENT)
    assert answer.status_code == 400


# --- officers -------------------------------------------------------------------------------------


def test_an_officer_who_is_suspended_meanwhile_decides_nothing():
    officer, registration = make.an_officer(), make.a_registration()
    address = reverse("admin:registrations_registration_changelist")
    visitor = Visitor().sign_in(officer)
    User._base_manager.filter(pk=officer.pk).update(is_active=False)
    posted = {"action": "accept", "_selected_action": [registration.pk]}
    visitor.post(address, posted)
    registration.refresh_from_db()
    assert registration.is_in_process


def test_two_officers_who_correct_each_other_at_once_both_get_an_answer():
    one, two = make.an_officer(), make.an_officer()
    visitors = {one.pk: Visitor().sign_in(one), two.pk: Visitor().sign_in(two)}

    def corrects(by: User, other: User) -> Any:
        typed = {
            "role": "officer",
            "is_active": "on",
            "family_name": "Corrigé",
            "first_name": other.first_name,
            "email": other.email,
            "language": "fr",
            "is_superuser": "on",
        }
        address = reverse("admin:users_user_change", args=[other.pk])
        return visitors[by.pk].post(address, typed).status_code

    answers = at_once(lambda: corrects(one, two), lambda: corrects(two, one))
    assert answers == [302, 302]
    names = User._base_manager.filter(pk__in=[one.pk, two.pk]).values_list("family_name", flat=True)
    assert set(names) == {"Corrigé"}


def test_an_officer_of_another_ministry_does_not_see_nor_decide():
    officer, registration = make.an_officer(), make.a_registration()
    make.a_ministry().officers.add(officer)
    address = reverse("admin:registrations_registration_changelist")
    visitor = Visitor().sign_in(officer)
    assert registration.company.name not in visitor.read(address)
    visitor.post(address, {"action": "accept", "_selected_action": [registration.pk]})
    registration.refresh_from_db()
    assert registration.is_in_process
    registration.ministry.officers.add(officer)
    assert registration.company.name in visitor.read(address)


def test_a_suspension_by_an_officer_ends_sessions_for_good(esm):
    officer = make.an_officer()
    make.an_esm(company=esm.company)
    person, browser = Visitor().sign_in(esm), Visitor().sign_in(officer)
    address = reverse("admin:users_user_change", args=[esm.pk])
    typed = {name: str(getattr(esm, name)) for name in ("family_name", "first_name", "email")}
    typed |= {"role": "esm", "language": "fr"}
    assert browser.post(address, typed).status_code == 302
    assert browser.post(address, typed | {"is_active": "on"}).status_code == 302
    assert User._base_manager.get(pk=esm.pk).is_active
    assert person.get(reverse("home")).status_code == 302
