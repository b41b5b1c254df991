"""A registration is deactivated, then reactivated if the ministry agrees; refused, asked again."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from freezegun import freeze_time

from cse_portal.clock import working_days_after
from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.keys import FIRST, LAST
from notices.models import Event, Message
from proxies.access import Link, decide
from registrations import actions
from registrations.models import Registration, last_overdue_request
from registrations.views import lines
from tests import factories as make
from tests.conftest import Visitor

pytestmark = pytest.mark.django_db
Status = Registration.Status


def act(verb, registration, *, by):
    with company_scope(by.company):
        return getattr(actions, verb)(registration, by=by)


def answer(verb, registration, **asked):
    with across_companies(because="tests play the officer"):
        return getattr(actions, verb)(registration, **asked)


@pytest.fixture
def active():
    return make.an_active_registration()


@pytest.fixture
def esm(active):
    return make.an_esm(company=active.company)


def status_of(registration):
    return Registration._base_manager.get(pk=registration.pk).status


def events(company):
    return [one.kind for one in Event._base_manager.filter(company=company).order_by("pk")]


def test_rights_stop_with_the_registration_and_open_again_with_it(active, esm):
    service = make.a_service(ministry=active.ministry)
    user = make.a_user(company=active.company)
    proxy = make.a_proxy(given_by=esm)
    make.an_access_right(proxy=proxy, ministry=active.ministry, registration=active)
    make.an_assignment(proxy=proxy, user=user, assigned_by=esm)
    assert decide(user, service, active.company).is_allowed
    act("deactivate", active, by=esm)
    assert decide(user, service, active.company).missing == Link.REGISTRATION
    act("request_reactivation", active, by=esm)
    assert decide(user, service, active.company).missing == Link.REGISTRATION
    answer("accept", active, by=None)
    assert decide(user, service, active.company).is_allowed
    assert events(active.company) == [
        "registration.deactivated",
        "registration.reactivation",
        "registration.accepted",
    ]


@pytest.mark.parametrize(
    ("verb", "make_one"),
    [
        ("deactivate", make.a_registration),
        ("deactivate", make.a_refused_registration),
        ("deactivate", make.a_deactivated_registration),
        ("request_reactivation", make.a_registration),
        ("request_reactivation", make.a_refused_registration),
        ("request_reactivation", make.an_active_registration),
    ],
)
def test_each_act_has_its_status(verb, make_one):
    registration = make_one()
    before = status_of(registration)
    with pytest.raises(ValidationError):
        act(verb, registration, by=make.an_esm(company=registration.company))
    assert status_of(registration) == before


@pytest.mark.parametrize("verb", ["deactivate", "request_reactivation"])
def test_another_companys_registration_does_not_exist(verb, active):
    with pytest.raises(Registration.DoesNotExist):
        act(verb, active, by=make.an_esm())


def test_a_refused_reactivation_may_be_asked_for_anew(active, esm):
    act("deactivate", active, by=esm)
    act("request_reactivation", active, by=esm)
    answer("refuse", active, by=None, reason_fr="Dossier incomplet.")
    assert status_of(active) == Status.REFUSED
    with company_scope(esm.company):
        again = actions.register(active.ministry, by=esm, answers=[])
    assert again.pk != active.pk
    assert again.status == Status.IN_PROCESS


def test_a_ministry_that_offers_nothing_more_takes_no_reactivation(active, esm):
    act("deactivate", active, by=esm)
    active.ministry.is_offered = False
    active.ministry.save()
    with pytest.raises(ValidationError):
        act("request_reactivation", active, by=esm)


def test_every_active_esm_of_the_company_is_told_the_decision_and_nobody_else():
    pending = make.a_registration()
    told = [make.an_esm(company=pending.company) for _one in range(2)]
    make.an_esm(company=pending.company, is_active=False)
    make.a_user(company=pending.company)
    make.an_esm()
    answer("accept", pending, by=make.an_officer())
    messages = Message._base_manager.all()
    assert sorted(one.user_id for one in messages) == sorted(one.pk for one in told)
    assert {one.kind for one in messages} == {"registration.accepted"}


@pytest.mark.parametrize(
    ("languages", "reason", "is_enough"),
    [
        (["fr"], {"reason_fr": "Non."}, True),
        (["fr"], {"reason_en": "No."}, False),
        (["fr", "en"], {"reason_fr": "Non."}, False),
        (["fr", "en"], {"reason_fr": "Non.", "reason_en": "No."}, True),
        ([], {"reason_en": "No."}, True),
    ],
)
def test_an_officer_gives_the_reason_in_the_languages_of_the_company(languages, reason, is_enough):
    pending = make.a_registration()
    for language in languages:
        make.an_esm(company=pending.company, language=language)
    officer = make.an_officer()
    if not is_enough:
        with pytest.raises(ValidationError):
            answer("refuse", pending, by=officer, **reason)
        assert status_of(pending) == Status.IN_PROCESS
        return
    answer("refuse", pending, by=officer, **reason)
    assert status_of(pending) == Status.REFUSED


# --- overdue --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requested_on", "today", "is_overdue"),
    [
        ("2026-11-20", "2026-11-24", False),  # a Friday: due on Tuesday
        ("2026-11-20", "2026-11-25", True),
        ("2026-12-22", "2026-12-28", False),  # Christmas between: the 23rd, then the 28th
        ("2026-12-22", "2026-12-29", True),
    ],
)
def test_what_is_overdue_is_so_for_the_page_and_for_the_list(requested_on, today, is_overdue):
    pending = make.a_registration(requested_on=date.fromisoformat(requested_on))
    make.an_active_registration(requested_on=date(2020, 1, 2))
    day = date.fromisoformat(today)
    with freeze_time(f"{today} 15:00"), across_companies(because="this test"):
        assert pending.is_overdue is is_overdue
        assert list(Registration.objects.overdue(on=day)) == [pending] * is_overdue


@pytest.mark.parametrize("days", [0, 1, 2, 10])
def test_the_last_overdue_day_is_the_last(days):
    today = date(2026, 12, 29)
    last = last_overdue_request(days, on=today)
    assert working_days_after(last, days) < today
    assert working_days_after(last + timedelta(days=1), days) >= today


# --- in the order of time, whatever keys were drawn -----------------------------------------------


def on_home(visitor, esm):
    return visitor.sign_in(esm).get(reverse("home")).context_data["registrations"]


@pytest.mark.parametrize("day", ["2026-11-23 15:00", None], ids=["at one instant", "as it comes"])
def test_the_latest_request_is_the_one_that_was_made_after_the_refusal(visitor, esm, day):
    with freeze_time(day) if day else nullcontext():
        ministry = make.a_ministry()
        make.a_refused_registration(company=esm.company, ministry=ministry, pk=LAST)
        again = make.a_registration(company=esm.company, ministry=ministry, pk=FIRST)
        with company_scope(esm.company):
            shown = [line.registration for line in lines() if line.ministry == ministry]
        assert shown == [again]
        assert again in on_home(visitor, esm)
        assert len(on_home(visitor, esm)) == 2


def test_requests_of_one_day_are_in_the_order_in_which_they_were_made(visitor, esm, active):
    first, second = (make.a_registration(company=esm.company, pk=LAST - n) for n in range(2))
    assert on_home(visitor, esm) == [second, first, active]
    act("deactivate", active, by=esm)
    act("request_reactivation", active, by=esm)
    assert on_home(visitor, esm) == [active, second, first]
    queue = visitor.sign_in(make.an_officer()).get("/fr/admin/registrations/registration/")
    assert list(queue.context_data["cl"].result_list) == [first, second, active]


def test_the_time_of_a_request_is_found_in_the_history_or_by_its_place(esm):
    """As the migration fills it in for the rows that were there before it."""
    day, told = date(2026, 11, 20), datetime(2026, 11, 20, 19, tzinfo=UTC)
    rows = [make.a_registration(company=esm.company, requested_on=day) for _one in range(3)]
    first, second, recorded = sorted(rows, key=lambda row: row.pk)
    about = f"registration:{recorded.pk}"
    make.an_event(company=esm.company, kind="registration.requested", about=about, at=told)
    Registration._base_manager.update(requested_at=None)
    migration = import_module("registrations.migrations.0009_time_of_a_request")
    with connection.cursor() as cursor:
        cursor.execute(migration.FROM_THE_HISTORY)
        cursor.execute(migration.BY_ITS_PLACE)
    times: dict[int, Any] = dict(Registration._base_manager.values_list("pk", "requested_at"))
    midnight = datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert midnight < times[first.pk] < times[second.pk] < midnight + timedelta(seconds=1)
    assert times[recorded.pk] == told


# --- the officer's queue --------------------------------------------------------------------------


def test_the_queue_shows_what_is_to_be_answered_the_oldest_first(visitor):
    late = make.a_registration(requested_on=date(2026, 1, 5))
    new = make.a_registration()
    make.an_active_registration()
    officer = visitor.sign_in(make.an_officer())
    address = "/fr/admin/registrations/registration/"
    shown = officer.get(address).context_data["cl"].result_list
    assert list(shown) == [late, new]
    assert list(officer.get(f"{address}?queue=overdue").context_data["cl"].result_list) == [late]
    narrowed = officer.get(f"{address}?queue=overdue&status__exact=in_process")
    assert list(narrowed.context_data["cl"].result_list) == [late]
    assert officer.get(f"{address}?queue=all").context_data["cl"].result_count == 3
    assert officer.read(address).count("En retard</strong>") == 1


def test_a_manager_deactivates_what_an_officer_accepted(visitor):
    """Whose row no request of a company sees."""
    esm = make.an_esm()
    registration = make.a_registration(company=esm.company)
    ticked = {"action": "accept", "_selected_action": [registration.pk]}
    queue = reverse("admin:registrations_registration_changelist")
    Visitor().sign_in(make.an_officer()).post(queue, ticked)
    subject = {"subject": registration.ministry.code}
    visitor.sign_in(esm)
    assert "/accuse" in visitor.transmit(
        visitor.fill(reverse("deactivate-registration-start", kwargs=subject))
    )
    registration.refresh_from_db()
    assert registration.is_deactivated
