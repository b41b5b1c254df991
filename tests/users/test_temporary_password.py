"""The temporary password: shown once, good for seven days, replaced before anything else."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.urls import reverse
from freezegun import freeze_time

from cse_portal.companies.tenancy import company_scope
from cse_portal.models import Draft, Receipt
from tests import factories as make
from tests.together import at_once, meet_after
from users import actions
from users.models import SignInCode, User

PERSON = {
    "family_name": "Gagné",
    "first_name": "Zoé",
    "email": "zoe@acierie.example",
    "telephone": "418 555-0142",
    "language": "fr",
    "role": "user",
}
OWN = "Une phrase dont je me souviens"
NOON = "2026-11-23 17:00:00"


@pytest.fixture
def esm(db):
    return make.an_esm()


def open_file(esm):
    with company_scope(esm.company):
        return actions.create_user_file(by=esm, **PERSON)


def issue(user, *, by, **asked):
    with company_scope(by.company):
        return actions.issue_temporary_password(user, by=by, **asked)


def saved(user):
    return User._base_manager.get(pk=user.pk)


def test_the_temporary_password_is_shown_once(esm):
    zoe = open_file(esm)
    password = issue(zoe, by=esm)
    assert saved(zoe).check_password(password)
    with pytest.raises(ValidationError):
        issue(zoe, by=esm)
    assert saved(zoe).check_password(password)


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_showings_make_one_password(monkeypatch):
    esm = make.an_esm()
    zoe = open_file(esm)
    meet_after(monkeypatch, "users.models:User.has_usable_password", parties=2)
    shown = at_once(*[lambda: issue(zoe, by=esm)] * 2)
    (password,) = (one for one in shown if isinstance(one, str))
    assert saved(zoe).check_password(password)


def test_a_new_one_may_be_asked_for_until_the_person_has_his_own(esm):
    zoe = open_file(esm)
    first, second = issue(zoe, by=esm), issue(zoe, by=esm, again=True)
    assert not saved(zoe).check_password(first)
    assert saved(zoe).check_password(second)
    with company_scope(zoe.company):
        actions.choose_password(OWN, by=saved(zoe))
    with pytest.raises(ValidationError):
        issue(zoe, by=esm, again=True)
    assert saved(zoe).check_password(OWN)


def test_an_esm_gives_no_password_to_the_people_of_another_company(esm):
    theirs = open_file(make.an_esm())
    with pytest.raises(User.DoesNotExist):
        issue(theirs, by=esm)


def test_temporary_passwords_are_long_and_all_different(esm):
    zoe = open_file(esm)
    passwords = {issue(zoe, by=esm, again=True) for _ in range(50)}
    assert len(passwords) == 50
    assert {len(password) for password in passwords} == {23}
    assert not {*"01OIL"} & {*"".join(passwords)}


@pytest.fixture
def shown(visitor, esm, mailoutbox):
    """Walk step 2 to the page that shows user code and temporary password."""
    check = visitor.sign_in(esm).fill(reverse("create-user-file-start"), **PERSON)
    draft = visitor.transmit(check).split("/")[-3]
    address = reverse("users:access_key", kwargs={"receipt": draft})
    return visitor, address, visitor.post(address)


def test_the_password_is_on_that_one_page_and_nowhere_else(shown, mailoutbox):
    visitor, address, response = shown
    zoe = User._base_manager.get(first_name="Zoé")
    password = response.context_data["password"]
    page = response.content.decode()
    assert zoe.user_code in page
    assert password in page
    assert "no-store" in response.headers["Cache-Control"]
    assert password not in visitor.post(address).content.decode()
    kept = [
        *Receipt._base_manager.values(),
        *Draft._base_manager.values(),
        *(session.get_decoded() for session in Session.objects.all()),
        *(email.body for email in mailoutbox),
        *User._base_manager.values(),
    ]
    assert password not in str(kept)
    assert saved(zoe).check_password(password)


def test_looking_at_that_page_makes_no_password(visitor, esm):
    check = visitor.sign_in(esm).fill(reverse("create-user-file-start"), **PERSON)
    draft = visitor.transmit(check).split("/")[-3]
    assert visitor.get(reverse("users:access_key", kwargs={"receipt": draft})).status_code == 302
    assert not User._base_manager.get(first_name="Zoé").has_usable_password()


@pytest.mark.parametrize(
    ("after", "good"),
    [(timedelta(days=7, seconds=-1), True), (timedelta(days=7), False)],
)
def test_the_temporary_password_is_good_for_seven_days(visitor, esm, after, good, mailoutbox):
    with freeze_time(NOON) as frozen:
        zoe = open_file(esm)
        password = issue(zoe, by=esm)
        frozen.tick(after)
        visitor.fill(reverse("users:sign_in"), user_code=zoe.user_code.lower())
        response = visitor.post(visitor.under_way("users:password"), {"password": password})
    assert (response.status_code == 302) is good
    assert SignInCode.objects.exists() is good


# --- their own before anything else ---------------------------------------------------------------


@pytest.fixture
def zoe(esm):
    person = open_file(esm)
    issue(person, by=esm)
    return saved(person)


def test_whoever_has_a_temporary_password_gets_nowhere_before_he_has_chosen_his_own(visitor, zoe):
    visitor.sign_in(zoe)
    own = reverse("users:own_password")
    for name in ("home", "proxies:list", "registrations:list", "create-user-file-start"):
        assert visitor.get(reverse(name)).url == own
    assert visitor.fill(own, password=OWN, again=OWN) == reverse("home")
    assert visitor.get(reverse("home")).status_code == 200
    assert saved(zoe).check_password(OWN)
    assert not saved(zoe).must_choose_password


def test_the_temporary_password_is_not_chosen_as_ones_own(visitor, esm, zoe):
    password = issue(zoe, by=esm, again=True)
    visitor.sign_in(saved(zoe))
    response = visitor.post(
        reverse("users:own_password"), {"password": password, "again": password}
    )
    assert response.context_data["form"].errors["password"]
    assert saved(zoe).must_choose_password


def test_the_new_password_is_typed_twice_alike(visitor, zoe):
    visitor.sign_in(zoe)
    response = visitor.post(reverse("users:own_password"), {"password": OWN, "again": f"{OWN}!"})
    assert response.context_data["form"].errors["again"]
    assert saved(zoe).must_choose_password
