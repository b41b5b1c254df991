"""A file is edited, suspended, reactivated, its password reset; the last ESM stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies, company_scope
from notices.models import Event
from proxies.models import Proxy
from tests import factories as make
from tests.conftest import Visitor
from tests.journeys.person import digits_in, latest_letter
from tests.letters import letters_sent
from tests.together import at_once
from users import actions
from users.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "Une phrase dont je me souviens"
A_WHILE_AGO = clock.now() - timedelta(minutes=1)


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


def test_a_change_is_made_told_to_the_old_address_and_written_in_the_history(esm, user):
    old = user.email
    act("change_user_file", user, by=esm, email="neuve@entreprise.example")
    assert now(user).email == "neuve@entreprise.example"
    (letter,) = letters_sent()
    assert letter.to == [old]
    assert "neuve@entreprise.example" in letter.body
    (event,) = Event._base_manager.all()
    assert (event.kind, event.by, event.about) == ("file.changed", esm, f"user:{user.pk}")


def test_a_change_of_nothing_is_refused(esm, user):
    with pytest.raises(ValidationError):
        act("change_user_file", user, by=esm, first_name=user.first_name)


@pytest.mark.parametrize("verb", ["change_user_file", "reset_password"])
def test_another_esms_file_is_suspended_and_reactivated_and_nothing_else(esm, verb):
    colleague = make.an_esm(company=esm.company, password=PASSWORD, last_login=clock.now())
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


#: another active ESM, who cannot sign in
NO_WAY_IN: dict[str, dict[str, Any]] = {
    "never given a password": {"password": ""},
    "a temporary password that expired": {"temporary_password_expires_at": A_WHILE_AGO},
    "one that expired, after signing in": {
        "temporary_password_expires_at": A_WHILE_AGO,
        "last_login": A_WHILE_AGO,
    },
    "suspended": {"is_active": False},
}
LAST = "c’est le dernier"


@pytest.mark.parametrize("no_way_in", NO_WAY_IN)
def test_another_esm_who_cannot_sign_in_does_not_count(visitor, esm, no_way_in):
    make.an_esm(company=esm.company, **NO_WAY_IN[no_way_in])
    with pytest.raises(ValidationError, match=LAST):
        act("suspend", esm, by=esm)
    with pytest.raises(ValidationError, match=LAST):
        act("change_user_file", esm, by=esm, role=User.Role.USER)
    with pytest.raises(ValidationError, match=LAST):
        as_officer(esm, role=User.Role.USER)
    with pytest.raises(ValidationError, match=LAST):
        as_officer(esm, is_active=False)
    assert (now(esm).is_active, now(esm).is_esm) == (True, True)
    visitor.sign_in(esm)
    for page in ("suspend-user-file-start", "users:file"):
        key = "person" if page == "users:file" else "subject"
        answer: Any = visitor.get(reverse(page, kwargs={key: esm.pk}))
        assert LAST in answer.content.decode()
    file = reverse("edit-user-file-start", kwargs={"subject": esm.pk})
    answer = visitor.post(file, edited(esm, role="user", telephone="418 555-0142"))
    assert LAST in str(answer.context_data["form"].errors["role"])


def test_a_temporary_password_counts_until_it_expires(esm):
    until = clock.now() + timedelta(days=7)
    make.an_esm(company=esm.company, temporary_password_expires_at=until)
    with freeze_time(until), pytest.raises(ValidationError, match=LAST):
        act("suspend", esm, by=esm)
    with freeze_time(until - timedelta(seconds=1)):
        act("suspend", esm, by=esm)
    assert not now(esm).is_active


def test_an_esm_who_cannot_sign_in_is_put_out_while_one_who_can_stays(esm):
    colleague = make.an_esm(company=esm.company, temporary_password_expires_at=A_WHILE_AGO)
    act("suspend", colleague, by=esm)
    assert not now(colleague).is_active


def test_the_only_esm_whose_temporary_password_expired_is_told_whom_to_ask_and_comes_back(visitor):
    esm = make.an_esm(password=PASSWORD, temporary_password_expires_at=A_WHILE_AGO)
    for language, told in {
        "fr": "un agent (page « Nous joindre »)",
        "en": "ask an officer",
    }.items():
        with translation.override(language):
            there = visitor.fill(reverse("users:sign_in"), user_code=esm.user_code)
            answer: Any = visitor.post(there, {"password": PASSWORD})
            (said,) = answer.context_data["form"].errors["password"]
            assert told in said.replace("\u00a0", " ")
            assert answer.client.get(reverse("contact")).status_code == 200
    with across_companies(because="an officer helps any company"):
        password = actions.give_temporary_password(esm, by=make.an_officer())
    there = visitor.fill(reverse("users:sign_in"), user_code=esm.user_code)
    assert visitor.fill(there, password=password) == visitor.under_way("users:code")


@pytest.mark.django_db(transaction=True)
def test_an_officer_and_the_other_esm_never_leave_a_company_without_one():
    one = make.an_esm()
    two = make.an_esm(company=one.company)
    done = at_once(
        lambda: as_officer(one, is_active=False),
        lambda: act("change_user_file", two, by=two, role=User.Role.USER),
    )
    assert sorted(isinstance(one, ValidationError) for one in done) == [False, True]
    left = User._base_manager.filter(company=one.company, role="esm", is_active=True)
    assert left.count() == 1


def as_officer(user: User, **corrected: Any) -> None:
    """An officer corrects the file."""
    file = now(user)
    for name, value in corrected.items():
        setattr(file, name, value)
    with across_companies(because="an officer corrects any company's files"):
        actions.correct_file(file, by=make.an_officer(), corrected=corrected.keys())


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
    # the one is refused by the rule, or is out by the time that their turn comes
    refused = [isinstance(one, ValidationError | PermissionDenied) for one in done]
    assert sorted(refused) == [False, True]
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


def resets(visitor: Visitor, user: User) -> tuple[str, str]:
    """Where the receipt of a reset is, and where the password is shown after it."""
    start = reverse("reset-password-start", kwargs={"subject": user.pk})
    receipt = visitor.transmit(visitor.fill(start))
    key = receipt.rstrip("/").rpartition("/")[0].rpartition("/")[2]
    return receipt, reverse("users:access_key", kwargs={"receipt": key})


def test_after_a_reset_the_temporary_password_is_shown_once(visitor, esm, user):
    receipt, address = resets(visitor.sign_in(esm), user)
    first, second = visitor.post(address), visitor.post(address)
    password = first.context_data["password"]
    assert now(user).check_password(password)
    assert now(user).must_choose_password
    assert second.context_data["password"] == ""
    assert password not in visitor.read(receipt)


@pytest.mark.parametrize("again", [{}, {"again": "1"}])
def test_an_old_receipt_gives_no_password_of_who_is_an_esm_at_work_by_now(
    visitor, esm, user, again
):
    _receipt, address = resets(visitor.sign_in(esm), user)
    actions.renew_temporary_password(now(user))  # as an officer does, in the admin
    before = User._base_manager.filter(pk=user.pk)
    before.update(role=User.Role.ESM, last_login=clock.now())
    password = now(user).password
    shown = visitor.post(address, again).context_data
    assert (shown["password"], shown["may_ask_again"]) == ("", False)
    assert now(user).password == password


def edited(person: User, **fields: str) -> dict[str, str]:
    """The answers of the form that edits a file, as it stands but for some."""
    names = ("family_name", "first_name", "email", "telephone", "language", "role")
    return {name: str(getattr(person, name)) for name in names} | fields


def test_ones_own_address_is_changed_by_the_profile_alone(visitor):
    esm = make.an_esm(telephone="418 555-0142")
    with pytest.raises(ValidationError):
        act("change_user_file", esm, by=esm, email="neuve@entreprise.example")
    page = reverse("edit-user-file-start", kwargs={"subject": esm.pk})
    typed = edited(esm, email="neuve@entreprise.example")
    answer = visitor.sign_in(esm).post(page, typed)
    assert answer.context_data["form"].errors.keys() == {"email"}
    act("change_user_file", esm, by=esm, extension="12")
    assert now(esm).extension == "12"


def test_who_makes_himself_a_user_reads_what_he_did_and_goes_no_further(visitor):
    esm = make.an_esm(telephone="418 555-0142")
    make.an_esm(company=esm.company)
    colleague = make.a_user(company=esm.company)
    visitor.sign_in(esm)
    earlier, key = resets(visitor, colleague)
    page = reverse("edit-user-file-start", kwargs={"subject": esm.pk})
    receipt = visitor.transmit(visitor.fill(page, **edited(esm, role="user")))
    assert reverse("home") in visitor.read(receipt)
    assert key not in visitor.read(earlier)
    for closed in (page, key, reverse("users:files")):
        assert visitor.get(closed).status_code == 403


def reasons(visitor: Visitor, person: User) -> list[str]:
    page: Any = visitor.get(reverse("users:file", kwargs={"person": person.pk}))
    return [str(reason) for reason in page.context_data["reasons"]]


def test_the_file_says_why_what_cannot_be_done_cannot(visitor, esm, user):
    visitor.sign_in(esm)
    assert reasons(visitor, user) == []
    assert len(reasons(visitor, esm)) == 2  # their password, and they are the last
    colleague = make.an_esm(company=esm.company)
    assert len(reasons(visitor, colleague)) == 1
    assert len(reasons(visitor, esm)) == 1
    act("suspend", user, by=esm)
    act("suspend", colleague, by=esm)
    assert len(reasons(visitor, user)) == 1
    assert reasons(visitor, colleague)[0] == actions.why_not_edited(colleague, by=esm)


@pytest.mark.parametrize("page", ["list", "file"])
def test_a_proxy_that_is_no_longer_in_force_says_so(visitor, esm, user, page):
    proxy = make.a_proxy(given_by=esm)
    make.an_assignment(proxy=proxy, user=user, assigned_by=esm)
    kwargs = {"person": user.pk}
    address = reverse("users:files") if page == "list" else reverse("users:file", kwargs=kwargs)
    over = str(Proxy.State.EXPIRED.label)
    with freeze_time(clock.now()) as frozen:
        visitor.sign_in(esm)
        assert over not in visitor.read(address)
        frozen.tick(timedelta(days=3 * 366))
        assert over in Visitor().sign_in(esm).read(address)


def test_a_status_that_nobody_has_is_told_without_a_search(visitor, esm):
    html = visitor.sign_in(esm).read(f"{reverse('users:files')}?status=suspended")
    assert "“”" not in html
    assert "«" not in html.partition('class="empty"')[2].partition("<a")[0]


def test_two_thousand_files_take_as_many_queries_as_thirty(visitor, esm):
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
    assert queries(2_000) == few <= 12


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


def own_password(person: User) -> None:
    with company_scope(person.company):
        actions.choose_password(f"{PASSWORD} !", by=person)


HALF_OPEN_ENDS = {
    "reset": lambda person, esm: act("reset_password", person, by=esm),
    "new temporary password": lambda person, esm: actions.renew_temporary_password(person),
    "own new password": lambda person, esm: own_password(person),
    "new address": lambda person, esm: act(
        "change_user_file", person, by=esm, email="neuve@entreprise.example"
    ),
}


@pytest.mark.parametrize("change", HALF_OPEN_ENDS)
def test_a_sign_in_under_way_ends_with_the_password_or_the_address_that_it_stands_on(esm, change):
    person = make.a_user(company=esm.company, password=PASSWORD)
    intruder = Visitor()
    intruder.fill(reverse("users:sign_in"), user_code=person.user_code)
    intruder.fill(intruder.under_way("users:password"), password=PASSWORD)
    digits = digits_in(latest_letter(to=person.email))
    HALF_OPEN_ENDS[change](person, esm)
    assert intruder.fill(intruder.under_way("users:code"), code=digits) == reverse("users:sign_in")
    for name in ("home", "users:own_password"):
        answer: Any = intruder.get(reverse(name))
        assert reverse("users:sign_in") in answer.url


@pytest.mark.parametrize("used", ["never signed in", "expired", "without a password"])
def test_an_esm_who_has_no_password_of_his_own_is_given_one(esm, used):
    """Nobody else could: they missed the seven days, or were reset before they became an ESM."""
    if used == "never signed in":
        colleague = make.an_esm(company=esm.company, password=PASSWORD)
    elif used == "expired":
        colleague = make.an_esm(
            company=esm.company, **NO_WAY_IN["one that expired, after signing in"]
        )
    else:
        colleague = make.an_esm(company=esm.company, last_login=clock.now())
        colleague.set_unusable_password()
        colleague.save()
    act("reset_password", colleague, by=esm)
    assert act("issue_temporary_password", now(colleague), by=esm)
