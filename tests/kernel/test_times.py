"""Machines whose clocks differ by a minute: nothing that people see goes back in time.

Each is within a minute of the database's clock, or takes no part (`/readyz`); a server that takes
over may have another clock, too.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.models import Receipt
from home import health
from notices.actions import notify, record
from notices.models import Event, Message
from proxies.actions import revoke
from proxies.happenings import ASSIGNED, HOLDERS
from registrations import actions as registrations
from tests import factories as make
from tests.conftest import Visitor
from users.happenings import FILE_CREATED
from users.models import SignInCode

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
#: seconds on the clocks of the machines that are asked in turn, one real second after the other
MACHINES = [60, -59, 0, 61, -57, 30, -58]


def on_each_machine(act: Callable[[], object]) -> None:
    for second, ahead in enumerate(MACHINES):
        with freeze_time(NOON + timedelta(seconds=second + ahead)):
            act()


def is_in_order(times: list[datetime]) -> bool:
    return times == sorted(times)


def test_the_tolerance_is_of_two_machines_in_service():
    assert timedelta(seconds=2 * health.MOST_SKEW) == clock.MOST_APART


def test_a_companys_history_is_in_the_order_of_what_happened():
    company = make.a_company()
    on_each_machine(lambda: record(FILE_CREATED, company=company, name="Julie", code="GAGN1000"))
    with company_scope(company):
        events = list(Event.objects.all())  # as the page shows them: the latest first
    assert [one.pk for one in events] == sorted((one.pk for one in events), reverse=True)
    assert is_in_order([one.at for one in reversed(events)])
    assert {one.at for one in events} == {
        NOON + timedelta(seconds=60),
        NOON + timedelta(seconds=64),
    }


def test_a_persons_messages_are_in_the_order_in_which_they_were_written():
    user = make.a_user()
    written: list[str] = []

    def write() -> None:
        written.append(f"n{len(written)}")
        notify([user], ASSIGNED.notices[HOLDERS], once=written[-1], proxy="P", mandator="M")

    on_each_machine(write)
    with company_scope(user.company):
        found = list(Message.objects.for_user(user))
    assert [one.once for one in reversed(found)] == written
    assert len({one.written_at for one in found}) == len(written)


def test_an_acknowledgment_is_not_before_what_it_tells_of():
    """Transmitted on one machine after the other, as a person does who goes through a proxy."""
    with freeze_time(NOON):
        esm = make.an_esm()
        visitor = Visitor().sign_in(esm)
    names = iter(range(len(MACHINES)))

    def transmit() -> None:
        person = make.A_PERSON | {"email": f"zoe{next(names)}@entreprise.example"}
        check = visitor.fill(reverse("create-user-file-start"), **person)
        visitor.transmit(check)

    on_each_machine(transmit)
    with company_scope(esm.company):
        events = list(Event.objects.select_related("receipt").order_by("pk"))
        receipts = [one.receipt.transmitted_at for one in events if one.receipt]
        assert Receipt.objects.count() == len(receipts) == len(MACHINES)
    assert is_in_order(receipts)
    assert all(one.receipt and one.receipt.transmitted_at >= one.at for one in events)


def test_what_is_dated_back_on_purpose_stays_there_and_other_companies_too():
    with freeze_time(NOON):
        event = make.an_event()
        late = make.an_event(company=event.company, at=NOON - timedelta(hours=12))
        other = make.an_event(at=NOON - timedelta(seconds=30))
    at = dict(Event._base_manager.values_list("pk", "at"))
    assert at[late.pk] == NOON - timedelta(hours=12)
    assert at[other.pk] == NOON - timedelta(seconds=30)


def test_a_clock_that_was_years_ahead_dates_nothing_that_follows():
    with freeze_time(NOON + timedelta(days=900)):
        jumped = make.an_event()
    with freeze_time(NOON):
        event = make.an_event(company=jumped.company)
    assert Event._base_manager.get(pk=event.pk).at == NOON


def test_a_row_ends_no_sooner_than_it_began():
    with freeze_time(NOON + timedelta(seconds=50)):
        esm = make.an_esm()
        proxy = make.a_proxy(given_by=esm)
        asked = make.a_registration(company=esm.company)
    with freeze_time(NOON), across_companies(because="tests play the officer"):
        answered = registrations.accept(asked, by=make.an_officer())
        assert answered.decided_at == asked.requested_at
    with freeze_time(NOON - timedelta(seconds=50)), company_scope(esm.company):
        closed = registrations.deactivate(answered, by=esm)
        assert closed.deactivated_at == answered.decided_at
        assert revoke(proxy, by=esm).revoked_at == proxy.given_at


def test_a_session_was_not_seen_sooner_than_it_was():
    person = make.a_user()
    with freeze_time(NOON):
        code, _digits = SignInCode.issue(person, until=NOON + timedelta(minutes=40))
        code.open_session(browser="")
    with freeze_time(NOON - timedelta(seconds=50)):
        code.mark_seen()
    code.refresh_from_db()
    assert code.seen_at == NOON
