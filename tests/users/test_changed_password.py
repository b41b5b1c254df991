"""A changed password is told, whichever way it changed; a temporary one is good for one sign-in."""

import json
import logging
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies, company_scope
from tests import factories as make
from tests.conftest import Visitor
from tests.letters import letters_sent
from tests.together import at_once
from tests.users.test_verification_code import digits_in
from users import actions
from users.models import User

PASSWORD = "Une phrase dont je me souviens"
NEW = "Une phrase toute neuve"
CHANGED, REPLACED = "Votre mot de passe a changé", "Votre mot de passe n’est plus valable"

pytestmark = pytest.mark.django_db


@pytest.fixture
def esm(db):
    return make.an_esm(password=PASSWORD)


@pytest.fixture
def julie(esm):
    return make.a_user(company=esm.company, password=PASSWORD, last_login=clock.now())


@pytest.fixture
def logged(caplog):
    security = logging.getLogger("cse.security")
    security.addHandler(caplog.handler)
    caplog.set_level(logging.INFO, "cse.security")
    yield lambda: [(record.message, record.facts["person"]) for record in caplog.records]
    security.removeHandler(caplog.handler)


def told_to(person):
    return [letter.subject for letter in letters_sent(to=person.email)]


def read_again(person):
    return User._base_manager.get(pk=person.pk)


def in_the_profile(esm, julie):
    page = reverse("users:change_password")
    Visitor().sign_in(julie).fill(page, present=PASSWORD, password=NEW, again=NEW)


def by_an_esm(esm, julie):
    with company_scope(esm.company):
        actions.reset_password(julie, by=esm)


def by_an_officer(esm, julie):
    with across_companies(because="an officer acts"):
        actions.give_temporary_password(julie, by=make.an_officer())


def by_a_command(esm, julie):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("getpass.getpass", lambda prompt="": NEW)
        call_command("changepassword", julie.user_code, stdout=StringIO())


def by_the_first_sign_in(esm, julie):
    julie.temporary_password_expires_at = clock.now() + timedelta(days=7)
    julie.save()
    Visitor().sign_in(julie).fill(reverse("users:own_password"), password=NEW, again=NEW)


WAYS = {
    in_the_profile: CHANGED,
    by_an_esm: REPLACED,
    by_an_officer: REPLACED,
    by_a_command: CHANGED,
    by_the_first_sign_in: CHANGED,
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_person_is_told_once_and_the_log_says_so(esm, julie, logged, way):
    way(esm, julie)
    assert told_to(julie) == [WAYS[way]]
    events = {event for event, person in logged() if person == julie.pk}
    assert events & {"password_changed", "password_reset"}


def test_an_officer_is_told_of_their_own(db, logged):
    officer = make.an_officer(password=PASSWORD)
    typed = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    Visitor().sign_in(officer).fill(reverse("admin:password_change"), **typed)
    assert told_to(officer) == [CHANGED]
    assert ("password_changed", officer.pk) in logged()


def test_a_first_password_is_told_to_nobody(esm):
    with company_scope(esm.company):
        zoe = make.a_user(company=esm.company)
        assert actions.issue_temporary_password(zoe, by=esm)
    assert told_to(zoe) == []


def test_the_letter_names_the_user_code_and_holds_no_password(esm, julie):
    in_the_profile(esm, julie)
    (letter,) = letters_sent(to=julie.email)
    assert julie.user_code in letter.body
    assert NEW not in json.dumps(str(letter.message()))


# --- a temporary password -------------------------------------------------------------------------


def begins(person, password):
    """A visitor at the page of the verification code, and its digits."""
    visitor = Visitor()
    there = visitor.fill(reverse("users:sign_in"), user_code=person.user_code)
    visitor.fill(there, password=password)
    return visitor, digits_in(mail.outbox[-1])


@pytest.fixture
def zoe(esm):
    person = make.a_user(company=esm.company)
    with company_scope(esm.company):
        return person, actions.issue_temporary_password(person, by=esm)


def test_a_temporary_password_is_good_for_one_sign_in(zoe):
    person, password = zoe
    visitor, digits = begins(person, password)
    visitor.fill(visitor.under_way("users:code"), code=digits)
    assert visitor.get(reverse("home")).url == reverse("users:own_password")
    visitor.post(reverse("users:sign_out"))

    there = visitor.fill(reverse("users:sign_in"), user_code=person.user_code)
    refused = visitor.post(there, {"password": password})
    assert "il a servi une fois" in refused.content.decode()
    assert read_again(person).must_choose_password


@pytest.mark.django_db(transaction=True)
def test_of_two_sign_ins_at_once_one_uses_the_temporary_password():
    esm = make.an_esm()
    zoe = make.a_user(company=esm.company)
    with company_scope(esm.company):
        password = actions.issue_temporary_password(zoe, by=esm)
    begun = [begins(zoe, password) for _one in range(2)]
    went = at_once(
        *(
            lambda v=visitor, d=digits: v.fill(v.under_way("users:code"), code=d)
            for visitor, digits in begun
        ),
        meet_before='SET "temporary_password_expires_at"',
    )
    in_home = [visitor.get(reverse("home")).url for visitor, _digits in begun]
    assert len(went) == 2
    assert in_home.count(reverse("users:own_password")) == 1


def test_a_code_sent_twice_uses_it_once_and_ends_signed_in(zoe):
    visitor, digits = begins(*zoe)
    second = visitor.tab()
    page = visitor.under_way("users:code")
    visitor.fill(page, code=digits)
    second.fill(page, code=digits)
    assert second.get(reverse("home")).headers["Location"] == reverse("users:own_password")
