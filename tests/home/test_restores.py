"""After a restore of the database: what is said of what it lost, and who is still signed in."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.flows.authenticity import code_of
from home.models import Restore
from tests import factories as make
from users.models import EmailChange, SignInCode

pytestmark = pytest.mark.django_db

PERIOD = {"lost_from": "2026-12-01T02:00-05:00", "lost_until": "2026-12-01T09:15-05:00"}
AT_TEN = "2026-12-01 15:00"
PERHAPS = {
    "fr": "Il se peut qu’il ait été remis et qu’il ne soit plus au registre depuis la restauration",
    "en": "it may have been delivered and not be in the register",
}


def told(client, number, code="0000-0000-00", language="fr"):
    """The page about what was typed."""
    with translation.override(language):
        answer = client.post(reverse("verify"), {"number": number, "code": code})
    assert answer.status_code == 200
    return answer.content.decode()


def record(lost_from="", lost_until="", *, withdraw=False):
    """What the command answers to those options."""
    typed = [f"--lost-from={lost_from}"] * bool(lost_from)
    typed += [f"--lost-until={lost_until}"] * bool(lost_until)
    typed += ["--withdraw"] * withdraw
    said = StringIO()
    call_command("record_restore", *typed, stdout=said)
    return said.getvalue()


# --- what the public page says --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("fr", ["restauration du 1 décembre 2026, 10 h 00", "entre le 1 décembre 2026, 2 h 00"]),
        (
            "en",
            ["restore of December 1, 2026, 10:00 a.m., it", "between December 1, 2026, 2:00 a.m."],
        ),
    ],
)
def test_a_lost_acknowledgment_may_have_been_delivered(client, language, sentences):
    with freeze_time(AT_TEN):
        record(**PERIOD)
    page = told(client, "CSE-2026-AAAAAAAA", language=language)
    assert PERHAPS[language] in page
    for sentence in sentences:
        assert sentence in page


def test_without_a_restore_nothing_is_said_of_one(client):
    assert PERHAPS["fr"] not in told(client, "CSE-2026-AAAAAAAA")


def test_what_is_said_tells_nobody_whether_the_number_is_in_the_register(client):
    with freeze_time(AT_TEN):
        record(**PERIOD)
    receipt = make.a_receipt(number="CSE-2026-AAAAAAAA")
    pages = []
    for number in (receipt.number, "CSE-2026-BBBBBBBB"):
        with CaptureQueriesContext(connection) as queries:
            page = told(client, number)
        parts = page.partition("<main")[2].replace(number, "").split("csrfmiddlewaretoken")
        pages.append((len(queries), parts[0]))
    assert PERHAPS["fr"] in pages[0][1]
    assert pages[0] == pages[1]


def test_an_authentic_acknowledgment_is_authentic_after_a_restore_as_before(client):
    make.a_restore()
    receipt = make.a_receipt()
    page = told(client, receipt.number, code_of(receipt))
    assert "Cet accusé de réception est authentique." in page
    assert PERHAPS["fr"] not in page


@pytest.mark.parametrize(
    ("number", "is_told"),
    [
        ("CSE-2025-AAAAAAAA", True),
        ("cse 2026 aaaaaaaa", True),
        ("CSE-2024-AAAAAAAA", False),
        ("CSE-2027-AAAAAAAA", False),
        ("n’importe quoi", False),
    ],
)
def test_only_a_number_of_the_years_that_were_lost_may_have_been(client, number, is_told):
    """In Québec it is still 2025 at the first instant, and 2026 at the last."""
    make.a_restore(
        lost_from=datetime(2026, 1, 1, 4, 59, tzinfo=UTC),
        lost_until=datetime(2026, 1, 1, 5, 1, tzinfo=UTC),
    )
    assert (PERHAPS["fr"] in told(client, number)) == is_told


def test_where_to_write_is_said_where_there_is_an_address(client, settings):
    make.a_restore()
    number = f"CSE-{clock.today().year}-AAAAAAAA"
    settings.CSE_CONTACT_EMAIL = "aide@portail.example"
    assert "mailto:aide@portail.example" in told(client, number)
    settings.CSE_CONTACT_EMAIL = ""
    assert "mailto:" not in told(client, number)


# --- what people read at home ---------------------------------------------------------------------


def test_an_esm_is_told_at_home_for_thirty_days(visitor):
    esm = make.an_esm()
    restored = "Le registre a été restauré le"
    with freeze_time(AT_TEN) as time:
        record(**PERIOD)
        assert restored in visitor.sign_in(esm).read(reverse("home"))
        time.tick(timedelta(days=30))
        assert restored not in visitor.sign_in(esm).read(reverse("home"))


def test_two_restores_are_two_sentences_the_latest_first(client):
    with freeze_time(AT_TEN):
        record(**PERIOD)
    with freeze_time("2026-12-08 15:00"):
        record(lost_from="2026-12-08T02:00-05:00", lost_until="2026-12-08T09:15-05:00")
    page = told(client, "CSE-2026-AAAAAAAA")
    assert page.index("8 décembre 2026, 10 h 00") < page.index("1 décembre 2026, 10 h 00")


# --- sessions and codes ---------------------------------------------------------------------------


def test_everybody_signs_in_again(visitor):
    esm = make.an_esm()
    visitor.sign_in(esm)
    later = clock.now() + timedelta(minutes=40)
    SignInCode.issue(make.a_user(), until=later)
    change = EmailChange(user=esm, new_email="autre@entreprise.example", expires_at=later)
    change.set_digits("1234567")
    change.save()
    hour = timedelta(hours=1)
    said = record(
        lost_from=(clock.now() - 2 * hour).isoformat(), lost_until=(clock.now() - hour).isoformat()
    )
    assert "sessions 1, codes 2" in said
    assert visitor.get(reverse("home")).status_code == 302
    with across_companies(because="a test looks at what is left"):
        assert not Session.objects.exists()
        assert not SignInCode.objects.exists()
        assert not EmailChange.objects.exists()


# --- the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "reason"),
    [
        ({"lost_from": PERIOD["lost_until"], "lost_until": PERIOD["lost_from"]}, "begins before"),
        (PERIOD | {"lost_until": "2026-12-01T10:01-05:00"}, "ends before the restore"),
        ({"lost_from": PERIOD["lost_from"]}, "--lost-until"),
        (PERIOD | {"withdraw": True}, "goes alone"),
        ({"withdraw": True}, "No restore"),
    ],
)
@freeze_time(AT_TEN)
def test_what_cannot_be_recorded_is_said_and_ends_no_session(visitor, period, reason):
    visitor.sign_in(make.an_esm())
    with pytest.raises(CommandError, match=reason):
        record(**period)
    assert not Restore.objects.exists()
    assert visitor.get(reverse("home")).status_code == 200


@pytest.mark.parametrize("typed", ["2026-12-01T02:00", "hier", ""])
def test_an_instant_has_its_zone(typed):
    with pytest.raises(CommandError, match="with its zone"):
        call_command("record_restore", f"--lost-from={typed}")


@freeze_time(AT_TEN)
def test_a_record_that_was_wrong_is_withdrawn(client):
    record(**PERIOD)
    assert "Withdrawn" in record(withdraw=True)
    assert PERHAPS["fr"] not in told(client, "CSE-2026-AAAAAAAA")


def test_postgresql_knows_what_a_period_is():
    for wrong in ({"lost_from": clock.now()}, {"recorded_at": clock.now() - timedelta(days=1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make.a_restore(**wrong)
