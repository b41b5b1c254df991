"""A sign-in belongs to the page it is on: two tabs, forms sent twice, the next person."""

import html
import re
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.urls import reverse
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.companies.tenancy import company_scope
from cse_portal.mail import letter as mail_letter
from tests import factories as make
from tests.conftest import Visitor
from tests.together import at_once
from tests.users.test_verification_code import digits_in, other_than
from users import actions
from users.forms import OwnPasswordForm
from users.models import SignInCode, Tries, User

PASSWORD = "Une phrase dont je me souviens"
NOON = "2026-11-23 17:00:00"
HIS = "Une autre phrase pour Paul"

pytestmark = pytest.mark.django_db


@pytest.fixture
def julie(db):
    return make.a_user(password=PASSWORD)


@pytest.fixture
def paul(db):
    return make.an_esm(password=HIS)


def gives_user_code(visitor, person):
    return visitor.fill(reverse("users:sign_in"), user_code=person.user_code)


def gives_password(visitor, person, password=PASSWORD):
    return visitor.fill(gives_user_code(visitor, person), password=password)


def person_of(visitor):
    answer = visitor.get(reverse("home"))
    return answer.wsgi_request.user.user_code if answer.status_code == 200 else ""


# --- two tabs -------------------------------------------------------------------------------------


def test_each_tab_shows_and_tries_its_own_user_code(visitor, julie, paul):
    hers, his = gives_user_code(visitor, julie), gives_user_code(visitor, paul)
    assert julie.user_code in visitor.read(hers)
    assert paul.user_code in visitor.read(his)

    assert visitor.post(hers, {"password": HIS}).status_code == 200
    assert Tries.objects.filter(kind="password", count__gt=0).count() == 1
    visitor.fill(his, password=HIS)
    assert mail.outbox[-1].to == [paul.email]


def test_each_tab_tries_the_code_that_was_sent_for_it(visitor, julie, paul):
    hers = gives_password(visitor, julie)
    her_digits = digits_in(mail.outbox[-1])
    his = gives_password(visitor, paul, HIS)
    his_code = SignInCode.objects.get(user=paul)

    assert visitor.post(hers, {"code": other_than(her_digits)}).status_code == 200
    his_code.refresh_from_db()
    assert his_code.tries == 0
    assert visitor.fill(hers, code=her_digits) == reverse("home")
    assert person_of(visitor) == julie.user_code
    assert visitor.get(his).status_code == 302


def test_the_pages_are_of_the_session_that_began_them(visitor, julie):
    there = gives_user_code(visitor, julie)
    assert Visitor().get(there).headers["Location"] == reverse("users:sign_in")
    made_up = f"{reverse('users:password')}?sign_in=abcdefgh.AAAA"
    assert visitor.get(made_up).url == reverse("users:sign_in")


@pytest.mark.parametrize("other", ["TREM1001", " TREM100", "trem1001", "\0AAAAAAA"])
def test_no_other_token_makes_another_user_code(visitor, other):
    address = visitor.fill(reverse("users:sign_in"), user_code="A" * 8)
    (token,) = parse_qs(urlsplit(address).query)["sign_in"]
    name, _dot, pad = token.partition(".")
    pairs = zip(urlsafe_b64decode(pad), other.encode(), strict=True)
    bent = bytes(one ^ ord("A") ^ wanted for one, wanted in pairs)
    visitor.sign_in_token = f"{name}.{urlsafe_b64encode(bent).decode()}"
    answer = visitor.post(visitor.under_way("users:password"), {"password": PASSWORD})
    assert answer.headers["Location"] == reverse("users:sign_in")
    assert not Tries.objects.exists()


def test_back_leads_to_the_user_code_as_it_was_given(visitor, julie):
    page = visitor.read(gives_user_code(visitor, julie))
    assert f'value="{julie.user_code}"' in visitor.read(visitor.under_way("users:sign_in"))
    assert visitor.under_way("users:sign_in") in page


def test_the_other_language_keeps_the_sign_in_after_a_wrong_password_too(visitor, julie):
    there = gives_user_code(visitor, julie)
    page = visitor.post(there, {"password": "autre"}).content.decode()
    (in_english,) = re.findall(r'href="(/en/sign-in/password/[^"]+)"', page)
    assert julie.user_code in visitor.read(html.unescape(in_english))


# --- a form sent twice ----------------------------------------------------------------------------


def test_a_code_form_sent_twice_ends_signed_in(visitor, julie):
    there = gives_password(visitor, julie)
    digits = digits_in(mail.outbox[-1])
    second = visitor.tab()

    assert visitor.fill(there, code=digits) == reverse("home")
    assert second.fill(there, code=digits) == reverse("home")

    assert person_of(visitor) == person_of(second) == julie.user_code
    assert SignInCode.objects.count() == 1
    visitor.post(reverse("users:sign_out"))
    assert person_of(second) == ""


def sends_the_code_twice_at_once(julie):
    """Two tabs of a browser, each led home."""
    visitor = Visitor()
    there = gives_password(visitor, julie)
    digits = digits_in(mail.outbox[-1])
    tabs = [visitor.tab() for _tab in range(2)]
    went = at_once(
        *(lambda tab=tab: tab.fill(there, code=digits) for tab in tabs),
        meet_before='SET "confirmed"',
    )
    assert went == [reverse("home")] * 2
    return tabs


@pytest.mark.django_db(transaction=True)
def test_a_code_form_sent_twice_at_once_ends_signed_in():
    julie = make.a_user(password=PASSWORD)
    tabs = sends_the_code_twice_at_once(julie)
    assert [person_of(tab) for tab in tabs] == [julie.user_code] * 2


def test_the_second_form_says_where_the_person_was_going(visitor, julie):
    profile = reverse("users:profile")
    start = f"{reverse('users:sign_in')}?next={profile}"
    there = visitor.fill(visitor.fill(start, user_code=julie.user_code), password=PASSWORD)
    digits, second = digits_in(mail.outbox[-1]), visitor.tab()
    assert visitor.fill(there, code=digits) == second.fill(there, code=digits) == profile
    assert visitor.fill(there, code=digits) == profile  # with the new cookie


@pytest.mark.parametrize("sent_twice", ["the password", "the code"])
def test_a_session_that_a_second_form_opened_lasts_as_any_other(visitor, julie, sent_twice):
    with freeze_time(NOON) as frozen:
        there = gives_user_code(visitor, julie)
        second = visitor.tab()
        code_page = visitor.fill(there, password=PASSWORD)
        if sent_twice == "the password":
            second.fill(there, password=PASSWORD)
        else:
            second = visitor.tab()
            visitor.fill(code_page, code=digits_in(mail.outbox[-1]))
        second.fill(code_page, code=digits_in(mail.outbox[-1]))
        frozen.tick(timedelta(minutes=19))
        assert person_of(second) == julie.user_code


@pytest.mark.django_db(transaction=True)
def test_a_temporary_password_and_a_code_sent_twice_at_once_end_signed_in():
    until = clock.now() + timedelta(days=3)
    julie = make.a_user(password=PASSWORD, temporary_password_expires_at=until)
    tabs = sends_the_code_twice_at_once(julie)
    own = reverse("users:own_password")
    assert [tab.get(reverse("home")).headers["Location"] for tab in tabs] == [own] * 2


# --- what happens meanwhile -----------------------------------------------------------------------


def suspended(julie, esm):
    actions.suspend(julie, by=esm)


def reset(julie, esm):
    actions.reset_password(julie, by=esm)


def reactivated(julie, esm):
    actions.suspend(julie, by=esm)
    actions.reactivate(julie, by=esm)


MEANWHILE = [suspended, reset, reactivated]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("meanwhile", MEANWHILE, ids=lambda one: one.__name__)
def test_who_is_put_out_while_the_code_is_sent_does_not_come_in(monkeypatch, meanwhile):
    """The letter takes its time; what an ESM does in the meantime counts."""
    esm = make.an_esm()
    julie = make.a_user(company=esm.company, password=PASSWORD)
    write = mail_letter

    def slow_letter(*args, **kwargs):
        def act():
            with company_scope(esm.company):
                meanwhile(julie, esm)

        assert at_once(act) == [None]
        return write(*args, **kwargs)

    monkeypatch.setattr(actions, "letter", slow_letter)
    visitor = Visitor()
    there = gives_password(visitor, julie)
    digits = digits_in(mail.outbox[-1])
    visitor.post(there, {"code": digits})
    User._base_manager.update(is_active=True)
    assert person_of(visitor) == ""


@pytest.mark.parametrize(("after", "is_in"), [(59, True), (60, False)])
def test_a_minute_later_the_former_key_leads_nowhere(visitor, julie, after, is_in):
    with freeze_time(NOON) as frozen:
        there = gives_password(visitor, julie)
        digits, second = digits_in(mail.outbox[-1]), visitor.tab()
        visitor.fill(there, code=digits)
        frozen.tick(timedelta(seconds=after))
        second.post(there, {"code": digits})
        assert bool(person_of(second)) is is_in


def test_the_former_key_lets_nobody_in_without_the_code(visitor, julie):
    there = gives_password(visitor, julie)
    digits, thief = digits_in(mail.outbox[-1]), visitor.tab()
    visitor.fill(there, code=digits)
    assert person_of(thief) == ""
    assert thief.get(there).url == reverse("users:sign_in")
    thief.post(there, {"code": other_than(digits)})
    assert person_of(thief) == ""


def test_a_password_form_sent_twice_sends_one_code(visitor, julie):
    there = gives_user_code(visitor, julie)
    second = visitor.tab()
    code_page = visitor.fill(there, password=PASSWORD)
    assert second.fill(there, password=PASSWORD) == code_page
    assert len(mail.outbox) == 1
    assert second.fill(code_page, code=digits_in(mail.outbox[-1])) == reverse("home")
    assert person_of(second) == julie.user_code


# --- the next person at the same browser ----------------------------------------------------------


def signs_in(visitor, start, person, password):
    there = visitor.fill(start, user_code=person.user_code)
    there = visitor.fill(there, password=password)
    return visitor.fill(there, code=digits_in(mail.outbox[-1]))


def test_who_begins_anew_goes_home(visitor, paul):
    asked_for = visitor.get(reverse("users:profile")).url
    assert visitor.get(asked_for).status_code == 200  # and leaves the browser there
    assert signs_in(visitor, reverse("users:sign_in"), paul, HIS) == reverse("home")


@pytest.mark.parametrize("ended", ["by itself", "by a suspension", "by a new password"])
def test_a_page_of_whoever_was_there_before_is_not_the_next_persons(visitor, julie, paul, ended):
    page = reverse("users:profile")
    with freeze_time(NOON) as frozen:
        visitor.sign_in(julie)
        if ended == "by itself":
            frozen.tick(timedelta(minutes=21))
            ended_page = visitor.get(page).url
            start = f"{reverse('users:sign_in')}?{ended_page.partition('?')[2]}"
        elif ended == "by a new password":
            julie.set_password(PASSWORD)
            julie.save()
            start = visitor.get(page).url
        else:
            type(julie)._base_manager.filter(pk=julie.pk).update(is_active=False)
            start = visitor.get(page).url
            type(julie)._base_manager.filter(pk=julie.pk).update(is_active=True)
        assert signs_in(visitor.tab(), start, paul, HIS) == reverse("home")
        assert signs_in(visitor.tab(), start, julie, PASSWORD) == page


# --- the way back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["admin:logout", "users:sign_out", "users:new_code", "csp_report"])
def test_what_is_only_posted_is_no_way_back(visitor, name):
    officer = make.an_officer(password=PASSWORD)
    start = f"{reverse('users:sign_in')}?next={reverse(name)}"
    assert signs_in(visitor, start, officer, PASSWORD) == reverse("admin:index")


def test_a_page_in_the_other_language_is_a_way_back(visitor, julie):
    start = f"{reverse('users:sign_in')}?next=/en/profile/%3Fa%3D1"
    assert signs_in(visitor, start, julie, PASSWORD) == "/en/profile/?a=1"


def test_the_way_back_survives_a_temporary_password(visitor, db):
    until = clock.now() + timedelta(days=7)
    julie = make.a_user(password=PASSWORD, temporary_password_expires_at=until)
    start = f"{reverse('users:sign_in')}?next={reverse('users:profile')}"
    signs_in(visitor, start, julie, PASSWORD)
    own = "Une phrase toute neuve"
    there = visitor.fill(reverse("users:own_password"), password=own, again=own)
    assert there == reverse("users:profile")


# --- passwords as keyboards write them ------------------------------------------------------------

COMPOSED = unicodedata.normalize("NFC", "Été à la forêt bleue")
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


def test_a_password_is_the_same_on_every_keyboard(julie):
    assert COMPOSED != DECOMPOSED
    for chosen, typed in ((COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)):
        julie.set_password(chosen)
        assert julie.check_password(typed)
        assert not julie.check_password(f"{typed} ")
    julie.set_password("ﬁn de l’été 2026")  # a ligature and full-width digits
    assert julie.check_password("fin de l’été 2026")


@pytest.mark.parametrize("typed", ["ｐａｓｓｗｏｒｄ１２３４", "é" * 6])
def test_the_rules_are_for_a_password_as_it_is_stored(julie, typed):
    typed = unicodedata.normalize("NFD", typed)
    form = OwnPasswordForm({"password": typed, "again": typed}, user=julie)
    assert form.errors["password"]


def test_a_password_stored_as_it_was_typed_is_still_right(julie):
    super(type(julie), julie).set_password(DECOMPOSED)
    assert julie.check_password(DECOMPOSED)


def test_a_user_code_that_nobody_has_takes_as_many_hashes(monkeypatch, julie):
    hashed: list[str] = []
    monkeypatch.setattr("users.lockout.make_password", hashed.append)
    visitor = Visitor()
    there = visitor.fill(reverse("users:sign_in"), user_code="RIEN1234")
    visitor.post(there, {"password": DECOMPOSED})
    assert hashed == [COMPOSED, DECOMPOSED]


def test_only_five_sign_ins_are_under_way_in_a_session(visitor, julie):
    first, *others = [gives_user_code(visitor, julie) for _time in range(6)]
    assert visitor.get(first).status_code == 302
    assert {visitor.get(there).status_code for there in others} == {200}
    assert Session.objects.count() == 1
