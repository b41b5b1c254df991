"""What sign-ins leave behind is forgotten after a day; what still counts stays."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from freezegun import freeze_time

from cse_portal import clock
from notices.models import AccountLetter
from tests import factories as make
from tests.conftest import Visitor
from users import lockout
from users.models import SignInCode, Tries

pytestmark = pytest.mark.django_db


def test_what_is_a_day_old_is_forgotten_and_the_rest_stays(capsys):
    user = make.a_user()
    with freeze_time("2026-11-22 11:00"):
        SignInCode.issue(user, until=clock.now() + timedelta(minutes=40))
        lockout.count_try(Tries.Kind.PASSWORD, "VIEUX1000")
    with freeze_time("2026-10-22 11:00"):
        lockout.queue_warning(user.user_code)
    with freeze_time("2026-11-22 11:00"):
        Visitor().sign_in(user)
    with freeze_time("2026-11-23 12:00"):
        fresh, _digits = SignInCode.issue(user, until=clock.now() + timedelta(minutes=40))
        lockout.count_try(Tries.Kind.PASSWORD, "NEUF1000")
        lockout.queue_warning(user.user_code)
        visitor = Visitor().sign_in(user)
        call_command("purge_sign_ins")
        call_command("purge_sign_ins")
        assert visitor.get(reverse("home")).status_code == 200
    assert SignInCode.objects.filter(confirmed=False).get() == fresh
    assert Tries.objects.get() == lockout.tries_of(Tries.Kind.PASSWORD, "NEUF1000").get()
    assert AccountLetter.objects.count() == 1
    assert capsys.readouterr().out.splitlines() == [
        "Forgotten: codes 2, tries 1, ended sessions 1, letters 1.",
        "Forgotten: codes 0, tries 0, ended sessions 0, letters 0.",
    ]
