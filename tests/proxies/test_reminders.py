"""Reminders and expiries: each person once, over four years, by two runs at once, after a death."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.management import call_command
from freezegun import freeze_time

from cse_portal.companies.tenancy import company_scope
from cse_portal.keys import LAST
from notices.models import Event, Message
from proxies import actions, reminders
from proxies.models import Assignment
from tests import factories as make
from tests.letters import letters_sent, sends
from tests.proxies.conftest import END, row_set
from tests.together import at_once, meet_after

pytestmark = pytest.mark.django_db
QUEBEC = ZoneInfo("America/Montreal")


def run():
    reminders.Round().write()


def days_before(days):
    return freeze_time(f"{END - timedelta(days=days)} 15:00")


def told(user=None):
    found = Message._base_manager.order_by("written_at")
    return [one.kind for one in found if user in {None, one.user}]


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
    assert Counter(told()[3:]) == {
        "expired.mandator": 1,
        "expired.agent": 1,
        "expired.holder": 1,
    }
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
    second = make.a_proxy(ends_on=END, term_starts_on=date(2026, 1, 5), pk=LAST)
    notify_parties = reminders._notify_parties

    def dies(proxy, *args, **options):
        if proxy.pk == second.pk:
            raise KeyboardInterrupt
        return notify_parties(proxy, *args, **options)

    with days_before(30):
        monkeypatch.setattr(reminders, "_notify_parties", dies)
        with pytest.raises(KeyboardInterrupt):
            run()
        assert len(told()) == 3
        monkeypatch.undo()
        run()
        run()
    assert len(told()) == 4


def test_the_command_writes_and_the_worker_sends(external, capsys):
    with days_before(30):
        call_command("send_notices")
        call_command("send_notices")
        assert mail.outbox == []
        assert len(letters_sent()) == 3
    assert capsys.readouterr().out == "Messages written: 3.\nMessages written: 0.\n"


def test_after_an_outage_of_seventy_days_the_histories_alone_learn_of_the_expiry(external):
    with days_before(-70):
        run()
        run()
    assert told() == []
    events = Event._base_manager.filter(kind="proxy.expired")
    assert {one.company_id for one in events} == {external.mandator_id, external.agent_id}
    assert events.count() == 2
    # dated by the first instant at which it no longer was in force, in Québec
    assert {one.at.isoformat() for one in events} == {"2027-04-01T04:00:00+00:00"}


@pytest.mark.parametrize(("days", "count"), [(1, 3), (30, 3), (31, 0), (70, 0), (1000, 0)])
def test_people_are_told_of_an_expiry_while_it_is_news(external, days, count):
    with days_before(-days):
        run()
        assert len(letters_sent()) == count
    assert Event._base_manager.filter(kind="proxy.expired").count() == 2


def test_an_expiry_that_the_version_before_recorded_is_not_recorded_again(external):
    """It leaves no mark on the proxy's row."""
    with days_before(-1):
        run()
    before = len(told())
    row_set(external, is_expiry_recorded=False)
    with days_before(-2):
        run()
    assert len(told()) == before
    assert Event._base_manager.filter(kind="proxy.expired").count() == 2
    assert type(external)._base_manager.get(pk=external.pk).is_expiry_recorded


@pytest.mark.parametrize(
    ("written", "looked_at", "ends"),
    [
        (60, 31, {"sent": 3}),
        (60, 30, {"void": 3}),
        (20, 8, {"sent": 3}),
        (20, 7, {"void": 3}),
        (7, 0, {"sent": 3}),
        (7, -1, {"void": 3}),
        (-1, -30, {"sent": 3}),
        (-1, -31, {"void": 3}),
    ],
)
def test_the_e_mail_of_a_reminder_is_good_until_the_day_of_the_next(
    external, written, looked_at, ends
):
    """Were the mail server away meanwhile: what stands in the box is not e-mailed late."""
    with days_before(written):
        run()
    with days_before(looked_at):
        assert sends() == ends


@pytest.mark.parametrize("verb", ["revoke", "extend", "renounce", "remove"])
def test_the_e_mail_of_a_reminder_is_void_once_it_is_untrue(external, verb):
    with days_before(30):
        run()
        (holder,) = Assignment._base_manager.all()
        agent_esm = holder.assigned_by
        act = {
            "revoke": lambda: actions.revoke(external, by=external.given_by),
            "renounce": lambda: actions.renounce(external, by=agent_esm),
            "extend": lambda: actions.extend(
                external, by=external.given_by, ends_on=END + timedelta(days=9)
            ),
            "remove": lambda: actions.remove(external, from_users=[holder.user], by=agent_esm),
        }[verb]
        with company_scope(external.agent if verb in {"renounce", "remove"} else external.mandator):
            act()
        assert sends()["void"] == (1 if verb == "remove" else 3)
    subjects = {str(letter.subject) for letter in mail.outbox}
    assert any("prend fin le" in one for one in subjects) == (verb == "remove")


def test_the_e_mail_of_an_assignment_removed_meanwhile_is_void(external):
    user = make.a_user(company=external.agent)
    (held,) = Assignment._base_manager.all()
    esm = held.assigned_by
    with days_before(90), company_scope(external.agent):
        actions.assign(external, to=[user], by=esm)
        actions.remove(external, from_users=[user], by=esm)
        assert sends() == {"void": 1, "sent": 1}
        (letter,) = mail.outbox
        assert letter.subject == "Une procuration ne vous est plus assignée"
        actions.remove(external, from_users=[held.user], by=esm)
        actions.assign(external, to=[held.user], by=esm)
        assert sends() == {"void": 1, "sent": 1}
    assert mail.outbox[-1].subject == "Une procuration vous est assignée"


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
            # the first minutes of the day in Québec, and its last ones: another day by UTC
            for hour in (time(0, 5), time(23, 55)):
                clock.move_to(datetime.combine(day, hour, tzinfo=QUEBEC))
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
