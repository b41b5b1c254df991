"""Reminders and expiries: each person once, over four years, by two runs at once, after a death."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from freezegun import freeze_time

from cse_portal.companies.tenancy import company_scope
from notices.models import Event, Message
from proxies import actions, reminders
from tests import factories as make
from tests.proxies.conftest import row_set
from tests.together import at_once, meet_after

pytestmark = pytest.mark.django_db
END = date(2027, 3, 31)


def run():
    reminders.remind()
    reminders.tell_expired()


def days_before(days):
    return freeze_time(f"{END - timedelta(days=days)} 15:00")


def told(user=None):
    found = Message._base_manager.order_by("pk")
    return [one.kind for one in found if user in {None, one.user}]


@pytest.fixture
def external():
    """Given to an agent, held by one of its users."""
    with freeze_time("2026-01-05 15:00"):
        esm, agent_esm = make.an_esm(), make.an_esm()
        proxy = make.a_proxy(given_by=esm, agent=agent_esm.company, ends_on=END)
        holder = make.a_user(company=agent_esm.company)
        make.an_assignment(proxy=proxy, user=holder, assigned_by=agent_esm)
    return proxy


@pytest.mark.parametrize(
    ("days", "count"), [(61, 0), (60, 3), (45, 3), (30, 3), (7, 3), (0, 3), (-1, 3), (-61, 0)]
)
def test_a_reminder_is_due_from_its_day_on(external, days, count):
    with days_before(days):
        run()
        run()
    assert len(told()) == count


def test_each_is_told_what_he_can_do_himself(external):
    with days_before(30):
        run()
    assert Counter(told()) == {
        "reminder.mandator": 1,
        "reminder.agent": 1,
        "reminder.holder": 1,
    }
    with days_before(-1):
        run()
    assert told()[3:] == [
        "expired.mandator",
        "expired.agent",
        "expired.holder",
    ]
    expired = Event._base_manager.filter(kind="proxy.expired")
    assert {one.company_id for one in expired} == {external.mandator_id, external.agent_id}
    assert len({one.occurrence for one in expired}) == 1


def test_an_esm_who_holds_the_proxy_is_told_once(external):
    esm = make.an_esm(company=external.agent)
    make.an_assignment(proxy=external, user=esm, assigned_by=esm)
    with days_before(7):
        run()
    assert told(esm) == ["reminder.agent"]


def test_what_is_over_suspended_or_extended_is_left_alone(external):
    with days_before(30):
        with company_scope(external.mandator):
            actions.extend(external, by=external.given_by, ends_on=END + timedelta(days=365))
        before = len(told())
        run()
        assert len(told()) == before
    row_set(external, ends_on=END, revoked_at=external.given_at)
    for days in (7, -1):
        with days_before(days):
            run()
    assert len(told()) == before


def test_a_suspended_person_is_told_nothing(external):
    people = type(external.given_by)._base_manager.all()
    people.update(is_active=False)
    with days_before(7):
        run()
    assert told() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("days", [30, -1])
def test_two_runs_at_once_tell_each_person_once(monkeypatch, external, days):
    meet_after(monkeypatch, "proxies.telling:facts_of", parties=2)
    with days_before(days):
        at_once(run, run)
    assert len(told()) == len(set(Message._base_manager.values_list("user", "once"))) == 3
    events = Event._base_manager.filter(kind="proxy.expired").count()
    assert events == (2 if days < 0 else 0)


def test_a_run_that_dies_half_way_is_taken_up_by_the_next(monkeypatch, external):
    second = make.a_proxy(ends_on=END, term_starts_on=date(2026, 1, 5))
    tell_each = reminders._tell_each

    def dies(proxy, *args):
        if proxy.pk == second.pk:
            raise KeyboardInterrupt
        return tell_each(proxy, *args)

    with days_before(30):
        monkeypatch.setattr(reminders, "_tell_each", dies)
        with pytest.raises(KeyboardInterrupt):
            run()
        assert len(told()) == 3
        monkeypatch.undo()
        run()
        run()
    assert len(told()) == 4


def test_the_command_sends_what_waits_and_says_what_failed(monkeypatch, external, capsys):
    with days_before(30):
        with monkeypatch.context() as broken:
            broken.setattr(mail.EmailMessage, "send", lambda letter: refuse())
            with pytest.raises(CommandError):
                call_command("send_notices")
        call_command("send_notices")
        call_command("send_notices")
    assert len(mail.outbox) == 3
    assert "Messages written: 0. Waiting e-mails sent: 0; failed: 0." in capsys.readouterr().out


def refuse():
    raise ConnectionRefusedError


def days_that_matter(ends):
    """Where something may fall, with the days before and after, and those odd in the calendar.

    What falls too early is seen on the day before, what falls too late on the day after.
    """
    due = (end - timedelta(days=days) for end in ends for days in (60, 30, 7, 0, -1))
    odd = [date(year, *day) for year in range(2026, 2030) for day in ((1, 1), (12, 31), (3, 1))]
    odd += [date(2028, 2, 29)]
    clocks = [(2026, 11, 1), (2027, 3, 14), (2027, 11, 7), (2028, 3, 12), (2028, 11, 5)]
    odd += [date(*day) for day in (*clocks, (2029, 3, 11))]
    near = {day + timedelta(days=n) for day in (*due, *odd) for n in (-1, 0, 1)}
    return sorted(day for day in near if day >= date(2026, 8, 1))


def test_over_four_years_each_reminder_and_expiry_falls_once():
    """29 February, both changes of clock and New Year lie on the way."""
    ends = [
        date(2028, 2, 29),
        date(2026, 11, 1),
        date(2027, 3, 14),
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2028, 4, 29),
        date(2029, 3, 11),
    ]
    with freeze_time("2026-08-01 15:00"):
        esm = make.an_esm()
        proxies = [make.a_proxy(given_by=esm, ends_on=one) for one in ends]
    fell: dict[str | None, list[date]] = {}
    with freeze_time("2026-08-01 05:05") as clock:
        for day in days_that_matter(ends):
            # the first minutes of the day in Québec, then its evening
            for hour in ("05:05", "23:30"):
                clock.move_to(f"{day} {hour}")
                run()
            for one in Message._base_manager.exclude(once__in=fell).values_list("once", flat=True):
                fell[one] = [day]
    counted = Counter(Message._base_manager.values_list("once", flat=True))
    assert set(counted.values()) == {1}
    expected = {
        f"proxy:{proxy.pk}:{proxy.ends_on}:{which}": proxy.ends_on - timedelta(days=days)
        for proxy in proxies
        for which, days in (("60", 60), ("30", 30), ("7", 7), ("over", -1))
    }
    assert {once: days[0] for once, days in fell.items()} == expected
    expiries = Event._base_manager.filter(kind="proxy.expired")
    assert expiries.count() == len(proxies)
