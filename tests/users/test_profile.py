"""The profile: language, telephone, password; an e-mail address counts once its code is given."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.db.models import F
from django.urls import reverse
from freezegun import freeze_time

from cse_portal.companies.tenancy import company_scope
from notices.models import Event
from tests import factories as make
from tests.conftest import Visitor
from tests.letters import letters_sent
from tests.together import at_once
from users import actions
from users.models import EmailChange, SignInCode, User

pytestmark = pytest.mark.django_db

PASSWORD = "Une phrase dont je me souviens"
NEW = "neuve@entreprise.example"


@pytest.fixture
def julie():
    return make.a_user(password=PASSWORD, telephone="418 555-0142")


@pytest.fixture
def at_home(visitor, julie):
    return visitor.sign_in(julie)


def now(user):
    return User._base_manager.get(pk=user.pk)


def asks(user, email=NEW):
    """A code is sent to a new address, more than a minute after the one before."""
    waiting = EmailChange.objects.filter(user=user)
    waiting.update(issued_at=F("issued_at") - EmailChange.AGAIN_AFTER)
    with company_scope(user.company):
        return actions.send_email_change_code(email, by=user)


def confirms(change, digits):
    with company_scope(change.user.company):
        return actions.confirm_email_change(change, digits, by=change.user)


def digits_sent():
    return re.findall(r"\b[0-9]{7}\b", str(mail.outbox[-1].body))[0]


def other_than(digits):
    return f"{(int(digits) + 1) % 10**7:07}"


def test_the_profile_says_when_one_signed_in(at_home, julie):
    User._base_manager.filter(pk=julie.pk).update(last_login="2026-11-20T15:00:00Z")
    assert "20 novembre 2026" in at_home.read(reverse("users:profile"))


def test_language_and_telephone_are_changed_by_the_person(at_home, julie):
    answers = {"language": "en", "telephone": "(514) 555.0199", "extension": "12"}
    assert at_home.fill(reverse("users:contact"), **answers) == reverse("users:profile")
    changed = now(julie)
    assert (changed.language, changed.telephone, changed.extension) == ("en", "514 555-0199", "12")
    (event,) = Event._base_manager.all()
    assert (event.kind, event.by) == ("file.profile", julie)


def test_the_password_wants_the_present_one_and_keeps_its_rules(at_home, julie):
    page = reverse("users:change_password")
    new = "Une toute autre phrase, plus longue"
    wrong = [
        ("present", {"present": "autre", "password": new, "again": new}),
        ("password", {"present": PASSWORD, "password": PASSWORD, "again": PASSWORD}),
        ("password", {"present": PASSWORD, "password": "court", "again": "court"}),
        ("again", {"present": PASSWORD, "password": new, "again": "autre chose"}),
    ]
    for field, answers in wrong:
        assert field in at_home.post(page, answers).context_data["form"].errors
    assert now(julie).check_password(PASSWORD)
    assert at_home.fill(page, present=PASSWORD, password=new, again=new) == reverse("users:profile")
    assert now(julie).check_password(new)


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(at_home, julie):
    other = Visitor().sign_in(julie)
    new = "Une toute autre phrase, plus longue"
    at_home.fill(reverse("users:change_password"), present=PASSWORD, password=new, again=new)
    assert at_home.get(reverse("home")).status_code == 200
    assert other.get(reverse("home")).status_code == 302


def test_a_new_address_counts_only_after_its_code_and_the_old_one_is_told(at_home, julie):
    old = julie.email
    assert at_home.fill(reverse("users:new_email"), email=NEW, present=PASSWORD) == reverse(
        "users:email_code"
    )
    assert mail.outbox[-1].to == [NEW]
    assert now(julie).email == old
    digits = digits_sent()
    page = reverse("users:email_code")
    assert "code" in at_home.post(page, {"code": other_than(digits)}).context_data["form"].errors
    assert now(julie).email == old
    assert at_home.fill(page, code=digits) == reverse("users:profile")
    assert now(julie).email == NEW
    (letter,) = letters_sent(to=old)
    assert NEW in letter.body
    assert at_home.get(page).status_code == 302


def test_five_wrong_tries_spend_the_code(julie):
    change = asks(julie, NEW)
    digits = digits_sent()
    for _time in range(5):
        assert not confirms(change, other_than(digits))
    assert not confirms(change, digits)
    assert now(julie).email != NEW


def test_the_code_is_good_for_forty_minutes(julie):
    with freeze_time("2026-11-23 12:00") as frozen:
        change = asks(julie, NEW)
        frozen.tick(timedelta(minutes=40))
        assert not confirms(change, digits_sent())
    assert now(julie).email != NEW


def test_the_code_of_one_address_confirms_no_other(julie):
    first = asks(julie, "premiere@entreprise.example")
    digits = digits_sent()
    second = asks(julie, NEW)
    assert not confirms(first, digits)
    assert digits == digits_sent() or not confirms(second, digits)
    assert EmailChange.objects.get().new_email == NEW


def test_a_code_for_an_address_opens_no_session_nor_the_other_way_round(julie):
    change = asks(julie, NEW)
    for_address = digits_sent()
    with company_scope(julie.company):
        code = actions.send_sign_in_code(julie)
    assert code
    for_session = digits_sent()
    assert code.digest_of(for_address) != change.digest_of(for_address)
    assert not change.verify_token(for_session)
    assert not SignInCode.objects.get(pk=code.pk).verify_token(for_address)


@pytest.mark.django_db(transaction=True)
def test_a_right_code_given_twice_at_once_changes_the_address_once(julie):
    change = asks(julie, NEW)
    digits = digits_sent()

    def confirm():
        with company_scope(julie.company):
            again = EmailChange.objects.get(pk=change.pk)
            return actions.confirm_email_change(again, digits, by=julie)

    done = at_once(confirm, confirm)
    assert [one for one in done if one is True] == [True]
    assert Event._base_manager.count() == 1


def test_nobody_sees_another_persons_waiting_address(visitor, julie):
    asks(julie, NEW)
    other = visitor.sign_in(make.a_user(company=julie.company))
    assert NEW not in other.read(reverse("users:profile"))
    assert other.get(reverse("users:email_code")).status_code == 302


def test_the_mail_server_down_leaves_all_as_it_was(at_home, julie, monkeypatch):
    def refuse(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", refuse)
    answer = at_home.post(reverse("users:new_email"), {"email": NEW, "present": PASSWORD})
    assert answer.context_data["form"].non_field_errors()
    assert not EmailChange.objects.exists()


@pytest.mark.parametrize("meanwhile", ["confirmed", "replaced"])
def test_a_code_that_is_gone_meanwhile_leads_to_the_profile(at_home, julie, monkeypatch, meanwhile):
    asks(julie, NEW)
    digits = digits_sent()
    verify = EmailChange.verify_token

    def after_another_tab(change, token):
        if meanwhile == "confirmed":
            EmailChange.objects.filter(pk=change.pk).delete()
        else:
            asks(julie, "autre@entreprise.example")
        return verify(change, token)

    monkeypatch.setattr(EmailChange, "verify_token", after_another_tab)
    assert at_home.fill(reverse("users:email_code"), code=digits) == reverse("users:profile")
    assert now(julie).email == julie.email


def test_a_sign_in_that_waits_for_a_code_at_the_old_address_is_void_after_a_change(julie):
    change = asks(julie, NEW)
    digits = digits_sent()
    with company_scope(julie.company):
        pending = actions.send_sign_in_code(julie)
    assert pending
    assert confirms(change, digits)
    assert not SignInCode.objects.filter(pk=pending.pk).exists()


def test_one_letter_a_minute_leaves_for_a_new_address(at_home):
    page = reverse("users:new_email")
    with freeze_time("2026-11-23 15:00:00") as clock:
        assert at_home.fill(page, email=NEW, present=PASSWORD) == reverse("users:email_code")
        refused = at_home.post(
            page, {"email": "autre@entreprise.example", "present": PASSWORD}
        ).content.decode()
        assert "il y a moins d’une minute" in refused
        assert "autre@entreprise.example" in refused
        assert len(mail.outbox) == 1
        clock.tick(timedelta(seconds=60))
        assert at_home.fill(page, email="autre@entreprise.example", present=PASSWORD) == reverse(
            "users:email_code"
        )
    assert len(mail.outbox) == 2


def test_a_new_address_wants_the_present_password(at_home):
    for present in ("", "autre"):
        refused = at_home.post(reverse("users:new_email"), {"email": NEW, "present": present})
        assert "present" in refused.context_data["form"].errors
        assert NEW in refused.content.decode()
    assert mail.outbox == []


def test_the_new_password_is_no_way_to_guess_the_present_one(at_home):
    page = reverse("users:change_password")
    guess = {"present": "autre", "password": PASSWORD, "again": PASSWORD}
    assert list(at_home.post(page, guess).context_data["form"].errors) == ["present"]
    known = guess | {"present": PASSWORD}
    assert list(at_home.post(page, known).context_data["form"].errors) == ["password"]
