"""A person's messages: their own, read when they say so, told once what is told once."""

from typing import Any

import pytest
from django.urls import reverse

from cse_portal.companies.tenancy import company_scope
from notices import actions
from notices.models import Message
from proxies.happenings import ASSIGNED, HOLDERS
from tests import factories as make

pytestmark = pytest.mark.django_db
FACTS: dict[str, Any] = {"proxy": "IQEA", "mandator": "Aciérie", "ends_on": "2026-12-31"}


def test_a_message_is_in_the_box_and_counted_until_it_is_read(visitor):
    message = make.a_message()
    make.a_message()
    visitor.sign_in(message.user)
    assert "1 message non lu" in visitor.read(reverse("home"))
    page = reverse("notices:message", kwargs={"pk": message.pk})
    assert "Aciérie" in visitor.read(page)
    assert "1 message non lu" in visitor.read(reverse("home"))
    assert visitor.fill(page) == reverse("notices:messages")
    assert "non lu" not in visitor.read(reverse("home"))


def test_all_are_marked_as_read_and_those_of_others_are_not(visitor):
    mine, theirs = make.a_message(), make.a_message()
    colleague = make.a_message(user=make.a_user(company=mine.company))
    visitor.sign_in(mine.user).fill(reverse("notices:messages"))
    read = Message._base_manager.exclude(read_at=None)
    assert list(read) == [mine]
    assert {theirs.read_at, colleague.read_at} == {None}


def test_a_colleagues_message_does_not_exist(visitor):
    mine = make.a_message()
    theirs = make.a_message(user=make.a_user(company=mine.company))
    visitor.sign_in(mine.user)
    page = reverse("notices:message", kwargs={"pk": theirs.pk})
    assert visitor.get(page).status_code == visitor.post(page).status_code == 404


def test_a_person_is_told_once_what_is_told_once():
    user, other = make.a_user(), make.a_user()
    for _time in range(2):
        with company_scope(user.company):
            actions.notify([user, user], ASSIGNED.notices[HOLDERS], once="proxy:1", **FACTS)
            actions.notify([other], ASSIGNED.notices[HOLDERS], once="proxy:1", **FACTS)
    assert Message._base_manager.count() == 2
