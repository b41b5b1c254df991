"""A file is edited, suspended, reactivated, its password reset; the last ESM stays."""

from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cse_portal import clock
from cse_portal.tenancy import company_scope
from notices.kinds import EventKind
from notices.models import Event
from tests import factories as make
from tests.conftest import Visitor
from tests.journeys.person import digits_in, latest_letter
from tests.together import at_once
from users import actions
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def esm():
    return make.an_esm()


@pytest.fixture
def user(esm):
    return make.a_user(company=esm.company)


def act(verb: str, user: User, *, by: User, **fields: Any) -> User:
    with company_scope(by.company):
        return getattr(actions, verb)(user, by=by, **fields)


def now(user: User) -> User:
    return User._base_manager.get(pk=user.pk)


def test_a_change_is_made_told_to_the_old_address_and_written_in_the_history(
    esm, user, django_capture_on_commit_callbacks
):
    old = user.email
    with django_capture_on_commit_callbacks(execute=True):
        act("change_user_file", user, by=esm, email="neuve@entreprise.example")
    assert now(user).email == "neuve@entreprise.example"
    (letter,) = mail.outbox
    assert letter.to == [old]
    assert "neuve@entreprise.example" in letter.body
    (event,) = Event._base_manager.all()
    assert (event.kind, event.by, event.about) == (EventKind.FILE_CHANGED, esm, f"user:{user.pk}")


def test_a_change_of_nothing_is_refused(esm, user):
    with pytest.raises(ValidationError):
        act("change_user_file", user, by=esm, first_name=user.first_name)


@pytest.mark.parametrize("verb", ["change_user_file", "reset_password"])
def test_another_esms_file_is_suspended_and_reactivated_and_nothing_else(esm, verb):
    colleague = make.an_esm(company=esm.company)
    fields = {"first_name": "Autre"} if verb == "change_user_file" else {}
    with pytest.raises(ValidationError):
        act(verb, colleague, by=esm, **fields)
    act("suspend", colleague, by=esm)
    assert not now(colleague).is_active
    act("reactivate", colleague, by=esm)
    assert now(colleague).is_active


@pytest.mark.parametrize("verb", ["change_user_file", "suspend", "reactivate", "reset_password"])
def test_another_companys_file_does_not_exist(user, verb):
    with pytest.raises(User.DoesNotExist):
        act(verb, user, by=make.an_esm())


def test_the_last_active_esm_is_neither_suspended_nor_made_a_user(esm):
    make.an_esm(company=esm.company, is_active=False)
    make.an_esm()
    with pytest.raises(ValidationError):
        act("suspend", esm, by=esm)
    with pytest.raises(ValidationError):
        act("change_user_file", esm, by=esm, role=User.Role.USER)
    assert (now(esm).is_active, now(esm).is_esm) == (True, True)


def test_an_esm_suspends_himself_while_another_stays(esm):
    make.an_esm(company=esm.company)
    act("suspend", esm, by=esm)
    assert not now(esm).is_active


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["suspend", "change_user_file"])
def test_the_last_two_esms_never_put_each_other_out(verb):
    one = make.an_esm()
    two = make.an_esm(company=one.company)
    if verb == "suspend":
        tasks = [lambda: act("suspend", two, by=one), lambda: act("suspend", one, by=two)]
    else:
        role = {"role": User.Role.USER}
        tasks = [
            lambda: act("change_user_file", one, by=one, **role),
            lambda: act("change_user_file", two, by=two, **role),
        ]
    done = at_once(*tasks)
    assert sorted(isinstance(one, ValidationError) for one in done) == [False, True]
    left = User._base_manager.filter(company=one.company, role="esm", is_active=True)
    assert left.count() == 1


def test_suspension_and_a_reset_are_felt_at_the_next_request(visitor, esm, user):
    home = reverse("home")
    visitor.sign_in(user)
    assert visitor.get(home).status_code == 200
    act("suspend", user, by=esm)
    assert visitor.get(home).status_code == 302
    act("reactivate", user, by=esm)
    visitor.sign_in(now(user))
    assert visitor.get(home).status_code == 200
    act("reset_password", now(user), by=esm)
    assert visitor.get(home).status_code == 302


def test_a_new_type_counts_at_the_next_request(visitor, esm, user):
    visitor.sign_in(user)
    files = reverse("users:files")
    assert visitor.get(files).status_code == 403
    act("change_user_file", user, by=esm, role=User.Role.ESM)
    assert visitor.get(files).status_code == 200


def test_one_does_not_reset_ones_own_password_nor_that_of_a_suspended_file(esm, user):
    with pytest.raises(ValidationError):
        act("reset_password", esm, by=esm)
    act("suspend", user, by=esm)
    with pytest.raises(ValidationError):
        act("reset_password", user, by=esm)


def test_after_a_reset_the_temporary_password_is_shown_once(visitor, esm, user):
    visitor.sign_in(esm)
    start = reverse("reset-password-start", kwargs={"subject": user.pk})
    receipt = visitor.transmit(visitor.fill(start))
    key = receipt.rstrip("/").rpartition("/")[0].rpartition("/")[2]
    address = reverse("users:access_key", kwargs={"receipt": key})
    first, second = visitor.post(address), visitor.post(address)
    password = first.context_data["password"]
    assert now(user).check_password(password)
    assert now(user).must_choose_password
    assert second.context_data["password"] == ""
    assert password not in visitor.read(receipt)


def test_five_thousand_files_take_as_many_queries_as_five(visitor, esm):
    visitor.sign_in(esm)

    def queries(times: int) -> int:
        User._base_manager.bulk_create(
            User(
                company=esm.company,
                user_code=f"N{times}Z{n:05}",
                family_name=f"Gagné{n}",
                first_name="Zoé",
                email="zoe@entreprise.example",
            )
            for n in range(times)
        )
        with CaptureQueriesContext(
            connection,
        ) as made:
            visitor.read(f"{reverse('users:files')}?q=gagne&status=new&page=2")
        return len(made)

    few = queries(30)
    assert queries(5000) == few <= 12


@pytest.mark.parametrize(
    ("status", "found"),
    [("", 4), ("active", 3), ("suspended", 1), ("new", 1), ("anything", 4)],
)
def test_the_list_is_narrowed_by_status(visitor, esm, status, found):
    make.a_user(company=esm.company, is_active=False)
    make.a_user(company=esm.company)
    make.a_user(company=esm.company, last_login=clock.now())
    page = visitor.sign_in(esm).get(reverse("users:files"), {"status": status})
    assert page.context_data["people"].paginator.count == found


PASSWORD = "Une phrase dont je me souviens"
HALF_OPEN_ENDS = {
    "reset": lambda person, esm: act("reset_password", person, by=esm),
    "new temporary password": lambda person, esm: actions.renew_temporary_password(person),
    "own new password": lambda person, esm: actions.choose_password(person, f"{PASSWORD} !"),
    "new address": lambda person, esm: act(
        "change_user_file", person, by=esm, email="neuve@entreprise.example"
    ),
}


@pytest.mark.parametrize("change", HALF_OPEN_ENDS)
def test_a_sign_in_under_way_ends_with_the_password_or_the_address_that_it_stands_on(esm, change):
    person = make.a_user(company=esm.company, password=PASSWORD)
    intruder = Visitor()
    intruder.fill(reverse("users:sign_in"), user_code=person.user_code)
    intruder.fill(reverse("users:password"), password=PASSWORD)
    digits = digits_in(latest_letter(to=person.email))
    HALF_OPEN_ENDS[change](person, esm)
    assert intruder.fill(reverse("users:code"), code=digits) == reverse("users:sign_in")
    for name in ("home", "users:own_password"):
        answer: Any = intruder.get(reverse(name))
        assert reverse("users:sign_in") in answer.url
