"""The worker, as a process or in a thread: woken by PostgreSQL, ended in order, never given up."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.db import connection, connections, transaction

from cse_portal.companies.tenancy import company_scope
from notices import actions, worker
from notices.models import AccountLetter, Message
from proxies.happenings import ASSIGNED, HOLDERS
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)
PROJECT = Path(__file__).parents[2]
FACTS: dict[str, Any] = {"proxy": "IQEA", "mandator": "Aciérie", "ends_on": "2026-12-31"}
PATIENCE = 20  # seconds, for a test that hangs


@pytest.fixture
def left(monkeypatch):
    """Wait until so many letters have left."""
    heard = threading.Condition()
    took = locmem.EmailBackend.send_messages

    def send_messages(server, messages):
        with heard:
            count = took(server, messages)
            heard.notify_all()
        return count

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", send_messages)

    def wait_for(count):
        with heard:
            assert heard.wait_for(lambda: len(mail.outbox) >= count, PATIENCE)

    return wait_for


class Worker(worker.Worker):
    """One that tells when it has nothing to do."""

    def __init__(self):
        super().__init__()
        self.waits = threading.Event()

    def _wait(self, listener, seconds):
        self.waits.set()
        super()._wait(listener, seconds)


@contextmanager
def at_work(count=1):
    """Workers in threads of their own, with nothing to do yet; ended at the end of the block."""
    workers = [Worker() for _one in range(count)]

    def run(one):
        try:
            one.run()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[one]) for one in workers]
    for thread in threads:
        thread.start()
    try:
        assert all(one.waits.wait(PATIENCE) for one in workers)
        yield
    finally:
        for one in workers:
            one.stop()
        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


def tells(user):
    with company_scope(user.company):
        actions.notify([user], ASSIGNED.notices[HOLDERS], **FACTS)


def until(happens):
    """Whether it happens in time, in another process."""
    for _try in range(PATIENCE * 20):
        if happens():
            return True
        threading.Event().wait(0.05)
    return False


def parameters():
    return connection.get_connection_params()


def test_a_letter_wakes_the_worker_once_its_transaction_holds(left, monkeypatch):
    monkeypatch.setattr(worker, "AT_LEAST_EVERY", 3600)
    user = make.a_user()
    with at_work():
        with transaction.atomic():
            tells(user)
            assert mail.outbox == []
        left(1)
        with transaction.atomic():
            tells(user)
            transaction.set_rollback(True)
        with company_scope(user.company):
            actions.queue_letter("codes_closed", to=user, minutes=15)
        left(2)
    assert [letter.subject for letter in mail.outbox] == [
        "Une procuration vous est assignée",
        "Des codes de vérification erronés ont été donnés",
    ]


def test_it_wakes_by_itself_for_what_is_tried_again(left, monkeypatch):
    monkeypatch.setattr(worker, "AT_LEAST_EVERY", 0.1)
    message = make.a_message()
    Message._base_manager.update(next_try_at=message.written_at + timedelta(days=1))
    with at_work():
        Message._base_manager.update(next_try_at=message.written_at)  # wakes nobody
        left(1)


def test_several_workers_send_each_letter_once_with_a_poisoned_one_among_them(left):
    users = [make.a_user() for _one in range(8)]
    type(users[3])._base_manager.filter(pk=users[3].pk).update(
        email='"=?utf-8?q?a=0Ab?="@x.example'
    )
    with at_work(3):
        for user in users:
            tells(user)
        left(7)
    told = [letter.to[0] for letter in mail.outbox]
    assert sorted(told) == sorted(user.email for user in users if user != users[3])
    ends = Message._base_manager.order_by("user").values_list("not_sent", flat=True)
    assert [end for end in ends if end] == ["refused"]


def test_it_comes_back_when_the_database_was_away(left, monkeypatch):
    monkeypatch.setattr(worker, "AT_LEAST_EVERY", 3600)
    user = make.a_user()
    with at_work():
        with psycopg.connect(**parameters(), autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.close()
        tells(user)
        left(1)


def test_it_comes_back_when_the_mail_server_was_away(left, monkeypatch):
    monkeypatch.setattr(worker, "AT_LEAST_EVERY", 3600)
    tried = threading.Event()
    user = make.a_user()

    def refuses(server):
        tried.set()
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(locmem.EmailBackend, "open", refuses)
        with at_work():
            tells(user)
            assert tried.wait(PATIENCE)
            broken.undo()
            left(1)
    assert Message._base_manager.get().tries == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_in_order(number):
    make.a_message()
    settings = connection.settings_dict
    host = settings["HOST"].replace("/", "%2F")
    account = settings["USER"] + (f":{settings['PASSWORD']}" if settings["PASSWORD"] else "")
    port = f":{settings['PORT']}" if settings["PORT"] else ""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "send_letters"],
        cwd=PROJECT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"postgres://{account}@{host}{port}/{settings['NAME']}",
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert until(lambda: Message._base_manager.get().emailed_at)
        process.send_signal(number)
        _out, said = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert (process.returncode, said) == (0, "")


def test_a_process_that_owns_nothing_sends(left):
    """It reads and writes as `cse_across` does: no more is granted to it."""
    user = make.a_user()
    tells(user)
    with company_scope(user.company):
        actions.queue_letter("codes_closed", to=user, minutes=15)
    with psycopg.connect(**parameters(), autocommit=True) as other:
        for table in ("notices_message", "notices_accountletter"):
            other.execute("SET ROLE cse_across")
            assert other.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)
            other.execute("SET ROLE cse_web; SET cse.company = ''")
            assert other.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    with at_work():
        left(2)
    assert AccountLetter.objects.get().emailed_at


def test_it_listens_elsewhere_once_its_server_takes_no_writes(left, monkeypatch):
    """After a failover the former primary may still be there: nothing is written on it any more."""
    answers = iter([False])
    monkeypatch.setattr(worker, "takes_writes", lambda _listener: next(answers, True))
    monkeypatch.setattr(worker, "AT_LEAST_EVERY", 0.01)
    monkeypatch.setattr(worker, "DATABASE_PAUSE", 0)
    heard = []
    listening = worker.listening

    def listens():
        heard.append(1)
        return listening()

    monkeypatch.setattr(worker, "listening", listens)
    user = make.a_user()
    with at_work():
        assert until(lambda: len(heard) > 1)
        tells(user)
        left(1)
