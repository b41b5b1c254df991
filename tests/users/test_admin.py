"""Officers in the admin: a company's files are corrected within the rules that its ESMs follow."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from cse_portal import clock
from cse_portal.companies.tenancy import company_scope
from notices.models import Event
from tests import factories as make
from tests.conftest import Visitor
from tests.letters import letters_sent
from users import actions
from users.models import SignInCode, User

pytestmark = pytest.mark.django_db

THE_LAST = "c’est le dernier"


@pytest.fixture
def admin(visitor) -> Visitor:
    return visitor.sign_in(make.an_officer(is_superuser=True))


@pytest.fixture
def marie() -> User:
    """The only ESM of her company."""
    return make.an_esm(email="marie@acierie.example", telephone="418 555-0142")


def now(user: User) -> User:
    return User._base_manager.get(pk=user.pk)


def corrects(admin: Visitor, user: User, **changed: str | None) -> str:
    """What the admin answers to a file sent with these changes."""
    kept = ["role", "family_name", "first_name", "email", "telephone", "extension", "language"]
    posted = {name: getattr(user, name) for name in kept}
    posted |= {"is_active": "on"} if user.is_active else {}
    posted |= changed
    address = reverse("admin:users_user_change", args=[user.pk])
    sent = {name: value for name, value in posted.items() if value is not None}
    return admin.post(address, sent, follow=True).content.decode()


def events() -> list[tuple[str, str]]:
    return [(one.kind, one.by_party) for one in Event._base_manager.order_by("pk")]


@pytest.mark.parametrize("change", [{"is_active": None}, {"role": "user"}], ids=["off", "user"])
def test_a_companys_last_manager_stays(admin, marie, change):
    assert THE_LAST in corrects(admin, marie, **change)
    assert (now(marie).is_active, now(marie).role) == (True, User.Role.ESM)
    assert events() == []


def test_a_manager_whose_temporary_password_expired_is_no_other(admin, marie):
    a_while_ago = clock.now() - timedelta(minutes=1)
    make.an_esm(company=marie.company, temporary_password_expires_at=a_while_ago)
    for change in ({"is_active": None}, {"role": "user"}):
        assert THE_LAST in corrects(admin, marie, **change)
    assert (now(marie).is_active, now(marie).role) == (True, User.Role.ESM)


def test_another_manager_being_there_one_is_suspended_and_reactivated(admin, marie):
    make.an_esm(company=marie.company)
    assert THE_LAST not in corrects(admin, marie, is_active=None)
    assert not now(marie).is_active
    corrects(admin, now(marie), is_active="on")
    assert now(marie).is_active
    assert events() == [("file.suspended", "CSE"), ("file.reactivated", "CSE")]


def test_the_old_address_is_told_of_a_new_one_and_waits_for_no_code(admin, marie):
    with company_scope(marie.company):
        actions.send_sign_in_code(marie)
    mail.outbox.clear()
    corrects(admin, marie, email="neuve@acierie.example")
    assert now(marie).email == "neuve@acierie.example"
    (letter,) = letters_sent()
    assert letter.to == ["marie@acierie.example"]
    assert "neuve@acierie.example" in str(letter.body)
    assert not SignInCode.objects.filter(user=marie, confirmed=False).exists()
    assert events() == [("file.changed", "CSE")]


def test_a_company_is_not_changed_nor_its_people_made_officers(admin, marie):
    other = make.a_company()
    page = corrects(admin, marie, company=str(other.pk), role="officer")
    assert "officer" in page
    assert (now(marie).company, now(marie).role) == (marie.company, User.Role.ESM)


def test_an_officer_stays_an_officer(admin):
    officer = make.an_officer()
    corrects(admin, officer, role="esm", first_name="Camille")
    assert (now(officer).role, now(officer).first_name) == (User.Role.OFFICER, "Camille")
    assert events() == []


def test_a_file_opened_or_given_a_new_password_is_in_the_companys_history(admin):
    company = make.a_company()
    person = {"family_name": "Roy", "first_name": "Léa", "email": "lea@roy.example"}
    posted = {**person, "company": company.pk, "role": "esm", "is_active": "on", "language": "fr"}
    admin.post(reverse("admin:users_user_add"), posted)
    lea = User._base_manager.get(email="lea@roy.example")
    before = lea.password
    ticked = {"action": "give_temporary_password", "_selected_action": [lea.pk]}
    admin.post(reverse("admin:users_user_changelist"), ticked)
    assert now(lea).password != before
    assert events() == [("file.created", "CSE"), ("file.password", "CSE")]
