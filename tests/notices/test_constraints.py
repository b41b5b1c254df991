"""Each constraint of notices's models, broken on purpose twice."""

import pytest

from notices.models import TrailEntry
from tests import factories as make
from tests.breaks import Break, is_refused_by_postgresql, is_told_by_a_form, names_of

pytestmark = pytest.mark.django_db


def a_second_message():
    first = make.a_message(once="proxy:1")
    return make.a_message(user=first.user)


def place_of_another(entry):
    other = make.an_event(company=entry.company)
    TrailEntry._base_manager.filter(event=other).update(position=1000)
    return {"position": 1000}


#: events are never changed: `test_events.py` tries to write wrong ones
WRITTEN = {"event_once_for_a_company", "event_is_by_a_person_or_by_another_party"}
#: entries of the trail are changed before their transaction ends, and never after
BREAKS = {
    "message_once_for_a_person": Break(a_second_message, {"once": "proxy:1"}),
    "trail_entry_is_alone_in_its_place": Break(make.a_trail_entry, place_of_another),
    "trail_entry_is_of_a_receipt_or_of_an_event": Break(
        make.a_trail_entry, lambda entry: {"receipt_id": make.a_receipt().pk}
    ),
}

each_break = pytest.mark.parametrize("name", BREAKS)


def test_no_constraint_is_left_untried():
    assert names_of("notices") == BREAKS.keys() | WRITTEN


@each_break
def test_a_form_says_so(name):
    is_told_by_a_form(name, BREAKS[name])


@each_break
def test_postgresql_refuses(name):
    is_refused_by_postgresql(name, BREAKS[name])
