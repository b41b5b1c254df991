"""Sessions end with the right to sign in, and stay ended when it comes back."""

from typing import Any

import pytest
from django.urls import reverse

from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.models import Company
from tests import factories as make
from tests.conftest import Visitor
from users import actions
from users.backends import PortalBackend
from users.models import SignInCode, User
from users.sign_in import PasswordView

pytestmark = pytest.mark.django_db

PASSWORD = "Une phrase dont je me souviens"


@pytest.fixture
def esm(db):
    return make.an_esm()


@pytest.fixture
def other(esm):
    return make.an_esm(company=esm.company)


def is_in(visitor):
    return visitor.get(reverse("home")).status_code == 200


def in_the_admin(row, **changes):
    """An officer changes the row on its page of the admin, as it stands otherwise."""
    officer = Visitor().sign_in(make.an_officer())
    page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    answer: Any = officer.get(page)
    form = answer.context_data["adminform"].form
    shown = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    typed = {name: value for name, value in (shown | changes).items() if value not in (None, False)}
    officer.fill(page, **{name: getattr(value, "pk", value) for name, value in typed.items()})


def suspended_by_an_officer(esm, other):
    in_the_admin(other, is_active="")
    in_the_admin(User._base_manager.get(pk=other.pk), is_active="on")


def demoted_by_an_officer(esm, other):
    in_the_admin(other, role="user")


def suspended_by_an_esm(esm, other):
    with company_scope(esm.company):
        actions.suspend(other, by=esm)
        actions.reactivate(other, by=esm)


def company_closed(esm, other):
    in_the_admin(other.company, is_active="")
    in_the_admin(Company.objects.get(pk=other.company_id), is_active="on")


def company_closed_in_sql(esm, other):
    Company.objects.filter(pk=other.company_id).update(is_active=False)
    Company.objects.filter(pk=other.company_id).update(is_active=True)


def suspended_in_sql(esm, other):
    with across_companies(because="a command of an operator"):
        User.objects.filter(pk=other.pk).update(is_active=False)
        User.objects.filter(pk=other.pk).update(is_active=True)


WAYS = [
    suspended_by_an_officer,
    demoted_by_an_officer,
    suspended_by_an_esm,
    company_closed,
    company_closed_in_sql,
    suspended_in_sql,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_an_open_session_ends_and_stays_ended(esm, other, way):
    visitor, elsewhere = Visitor().sign_in(other), Visitor().sign_in(make.a_user())
    assert is_in(visitor)
    way(esm, other)
    assert User._base_manager.get(pk=other.pk).is_active
    assert not is_in(visitor)
    assert is_in(elsewhere)


def test_who_is_edited_otherwise_stays_in(esm, other):
    visitor = Visitor().sign_in(other)
    in_the_admin(other, telephone="418 555-0199")
    assert is_in(visitor)
    assert SignInCode.objects.filter(user=other).exists()


def suspended(person):
    User.objects.filter(pk=person.pk).update(is_active=False)


def of_a_closed_company(person):
    Company.objects.filter(pk=person.company_id).update(is_active=False)


@pytest.mark.parametrize("put_out", [suspended, of_a_closed_company], ids=lambda way: way.__name__)
def test_who_is_put_out_is_nobody_whatever_was_left_open(put_out):
    """Neither a session that something forgot to end nor the right password lets them in."""
    person = make.a_user(password=PASSWORD)
    with across_companies(because="a command of an operator"):
        put_out(person)
    backend = PortalBackend()
    assert backend.get_user(person.pk) is None
    with across_companies(because="signing in precedes any company"):
        assert backend.authenticate(None, username=person.user_code, password=PASSWORD) is None


# --- a sign-in that is under way ------------------------------------------------------------------


def with_another_password(person):
    User.objects.filter(pk=person.pk).update(password="!")


PUT_OUT = [suspended, of_a_closed_company, with_another_password]


@pytest.mark.parametrize("put_out", PUT_OUT, ids=lambda way: way.__name__)
def test_who_is_put_out_once_the_password_was_right_gets_no_code(monkeypatch, mailoutbox, put_out):
    person, authenticated = make.a_user(password=PASSWORD), PasswordView.authenticated

    def put_out_afterwards(view, password):
        found = authenticated(view, password)
        put_out(found)
        return found

    monkeypatch.setattr(PasswordView, "authenticated", put_out_afterwards)
    visitor = Visitor()
    visitor.fill(reverse("users:sign_in"), user_code=person.user_code)
    answer = visitor.post(visitor.under_way("users:password"), {"password": PASSWORD})
    assert answer.context_data["form"].errors["password"]
    assert not mailoutbox
    assert not SignInCode.objects.filter(user=person).exists()
