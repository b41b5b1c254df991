"""A scrape answers within a second, whatever becomes of the database."""

import contextlib
import socket
import threading
import time

import pytest
from django.db import OperationalError, connections
from prometheus_client import values
from prometheus_client.core import GaugeMetricFamily

from cse_portal.watching.figures import Figures
from home import scrape
from tests.watching.told import told_by

GENEROUS = 10  # seconds, for a machine that does other things


@pytest.fixture
def server():
    """A server that accepts connections and says nothing, until the test ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def scraped(collector):
    """In a thread: a scrape that never comes fails the test, and does not hold it."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(told_by(collector)), daemon=True)
    thread.start()
    thread.join(GENEROUS)
    assert answers, "no answer"
    return answers[0]


def assert_down(told):
    """The database is said to be away; what the machine counts is there."""
    assert told["cse_up"] == 0
    assert "cse_emails_waiting" not in str(told)
    assert told["cse_web_processes"] == 1
    assert 'cse_refused_total{reason="busy"}' in told


def at(monkeypatch, host, port):
    monkeypatch.setitem(connections.settings["default"], "HOST", host)
    monkeypatch.setitem(connections.settings["default"], "PORT", str(port))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a process of the machine counts, whatever the database does."""
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    Figures(tmp_path)
    return tmp_path


def test_a_database_that_accepts_and_never_answers(monkeypatch, server, folder):
    at(monkeypatch, *server.getsockname())
    assert_down(scraped(scrape.ScrapeCollector(folder)))


def test_a_database_that_refuses(monkeypatch, server, folder):
    at(monkeypatch, *server.getsockname())
    server.close()
    assert_down(scraped(scrape.ScrapeCollector(folder)))


def test_a_name_that_nobody_resolves(monkeypatch, folder):
    """The system's resolver knows no limit of ours."""
    never, resolver = threading.Event(), []

    def resolves(**_parameters):
        resolver.append(threading.current_thread())
        never.wait(2 * GENEROUS)
        raise OperationalError

    monkeypatch.setattr("psycopg.connect", resolves)
    assert_down(scraped(scrape.ScrapeCollector(folder)))
    never.set()
    for thread in resolver:
        thread.join(GENEROUS)


def test_a_pooler_whose_server_is_away(monkeypatch, server):
    """It lets the person in, and their question wait."""
    at(monkeypatch, *server.getsockname())
    monkeypatch.setitem(connections.settings["default"], "PASSWORD", "anything")

    def lets_in():
        with contextlib.suppress(OSError):
            while True:
                line, _address = server.accept()
                lines.append(line)
                while line.recv(8) == b"\x00\x00\x00\x08\x04\xd2\x16\x2f":
                    line.send(b"N")  # no TLS
                line.recv(1024)
                line.send(b"R\x00\x00\x00\x08\x00\x00\x00\x00Z\x00\x00\x00\x05I")

    lines: list[socket.socket] = []
    threading.Thread(target=lets_in, daemon=True).start()
    monkeypatch.setattr("home.health.DATABASE_TIMEOUT", 2)
    collector = scrape.ScrapeCollector(None)
    assert scraped(collector) == {"cse_up": 0}
    with pytest.raises(OperationalError, match=r"does not answer|timeout expired"):
        collector.skew.within(GENEROUS)
    for line in lines:
        line.close()


def test_it_is_patient_for_less_than_a_second():
    assert scrape.PATIENCE < 1


def test_figures_that_take_long_are_those_of_the_scrape_before(monkeypatch):
    takes_long, is_asked = threading.Event(), threading.Event()
    collector = scrape.ScrapeCollector(None)
    monkeypatch.setattr(collector.skew, "question", lambda: 0.0)
    figure = GaugeMetricFamily("cse_figure", "…", 1)
    monkeypatch.setattr(collector.figures, "question", lambda: (time.monotonic(), [figure]))
    first = told_by(collector)
    assert (first["cse_up"], first["cse_figure"]) == (1, 1)

    def slowly():
        is_asked.set()
        takes_long.wait(GENEROUS)
        return time.monotonic(), []

    monkeypatch.setattr(collector.figures, "question", slowly)
    again = scraped(collector)
    assert is_asked.is_set()
    assert (again["cse_up"], again["cse_figure"]) == (1, 1)
    assert again["cse_figures_age_seconds"] > 0
    monkeypatch.setattr(scrape, "GOOD_FOR", 0.0)
    assert "cse_figure" not in scraped(collector)
    takes_long.set()
    collector.figures.within(GENEROUS)


@pytest.mark.django_db(transaction=True)
def test_with_its_database_a_scrape_tells_all(tmp_path):
    figures = told_by(scrape.ScrapeCollector(tmp_path))
    assert figures["cse_up"] == 1
    assert abs(figures["cse_clock_skew_seconds"]) < 60
    assert figures["cse_figures_age_seconds"] < GENEROUS
    assert figures['cse_emails_waiting{state="never_tried"}'] == 0
