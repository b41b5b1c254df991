"""Each constraint of notices's models, broken on purpose twice."""

import pytest

from tests import factories as make
from tests.breaks import Break, is_refused_by_postgresql, is_told_by_a_form, names_of

pytestmark = pytest.mark.django_db


def a_second_message():
    first = make.a_message(once="proxy:1")
    return make.a_message(user=first.user)


#: events are never changed: `test_events.py` tries to write wrong ones
WRITTEN = {"event_once_for_a_company", "event_is_by_a_person_or_by_another_party"}
BREAKS = {"message_once_for_a_person": Break(a_second_message, {"once": "proxy:1"})}


def test_no_constraint_is_left_untried():
    assert names_of("notices") == BREAKS.keys() | WRITTEN


def test_a_form_says_so():
    is_told_by_a_form("message_once_for_a_person", BREAKS["message_once_for_a_person"])


def test_postgresql_refuses():
    is_refused_by_postgresql("message_once_for_a_person", BREAKS["message_once_for_a_person"])
