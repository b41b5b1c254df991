"""One's open sessions are listed, each is ended alone or all but one at once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.companies.tenancy import company_scope
from cse_portal.web.visitor import browser_of
from tests import factories as make
from tests.conftest import Visitor
from tests.users.test_verification_code import digits_in
from users import actions
from users.models import SignInCode

pytestmark = pytest.mark.django_db

PASSWORD = "Une phrase dont je me souviens"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)


@pytest.fixture
def julie():
    return make.a_user(password=PASSWORD)


def signs_in(julie, browser: str = FIREFOX, password: str = PASSWORD) -> Visitor:
    visitor = Visitor(headers={"User-Agent": browser})
    visitor.fill(reverse("users:sign_in"), user_code=julie.user_code)
    visitor.fill(visitor.under_way("users:password"), password=password)
    visitor.fill(visitor.under_way("users:code"), code=digits_in(mail.outbox[-1]))
    return visitor


def is_in(visitor: Visitor) -> bool:
    return visitor.get(reverse("home")).status_code == 200


def test_the_sessions_of_a_person_and_no_others_are_listed(julie):
    here, _there = signs_in(julie), signs_in(julie, SAFARI)
    signs_in(make.a_user(password=PASSWORD), EDGE)
    page = here.read(reverse("users:sessions"))
    assert "Firefox, Windows" in page
    assert "Safari, iOS" in page
    assert "Edge" not in page


def test_all_others_are_ended_at_one_click(julie):
    here, there, elsewhere = (signs_in(julie) for _one in range(3))
    here.fill(reverse("users:sessions"), end="others")
    assert [is_in(one) for one in (here, there, elsewhere)] == [True, False, False]
    assert "nulle part ailleurs" in here.read(reverse("users:sessions"))


def test_one_is_ended_alone_and_never_another_persons(julie):
    here, there, elsewhere = (signs_in(julie) for _one in range(3))
    other = make.a_user(company=julie.company, password=PASSWORD)
    stranger = signs_in(other)
    first, second, third = SignInCode.objects.filter(user=julie).order_by("issued_at")
    (of_another,) = SignInCode.objects.filter(user=other)
    for chosen in (second.pk, of_another.pk, first.pk, "٣", "9" * 30, "x", ""):
        here.fill(reverse("users:sessions"), end=chosen)
    assert [is_in(one) for one in (here, there, elsewhere)] == [True, False, True]
    assert is_in(stranger)
    assert third


def test_what_is_over_is_listed_no_more(julie):
    with freeze_time("2026-11-23 12:00") as frozen:
        idle = signs_in(julie, SAFARI)
        frozen.tick(timedelta(minutes=15))
        left = signs_in(julie, EDGE)
        left.post(reverse("users:sign_out"))
        here = signs_in(julie)
        assert "Safari" in here.read(reverse("users:sessions"))
        frozen.tick(timedelta(minutes=6))
        page = here.read(reverse("users:sessions"))
    assert "Safari" not in page
    assert "Edge" not in page
    assert not is_in(idle)


def test_an_active_session_stays_listed(julie):
    with freeze_time("2026-11-23 12:00") as frozen:
        here, there = signs_in(julie), signs_in(julie, SAFARI)
        for _time in range(3):
            frozen.tick(timedelta(minutes=15))
            assert is_in(here)
            assert is_in(there)
        assert "Safari" in here.read(reverse("users:sessions"))


def test_a_new_password_ends_the_others_and_keeps_this_one(julie):
    here, there = signs_in(julie), signs_in(julie)
    new = "Une phrase toute neuve"
    here.fill(reverse("users:change_password"), present=PASSWORD, password=new, again=new)
    assert (is_in(here), is_in(there)) == (True, False)
    assert SignInCode.objects.filter(user=julie, confirmed=True).count() == 1


@pytest.mark.parametrize("act", ["suspend", "reset_password"])
def test_what_an_esm_does_ends_them_all(julie, act):
    here = signs_in(julie)
    esm = make.an_esm(company=julie.company)
    with company_scope(julie.company):
        getattr(actions, act)(julie, by=esm)
    assert not is_in(here)
    assert not SignInCode.objects.filter(user=julie).exists()


def test_every_earlier_cookie_is_dead(julie):
    visitor, keys = Visitor(), []

    def key():
        keys.append(visitor.cookies["sessionid"].value)

    visitor.fill(reverse("users:sign_in"), user_code=julie.user_code)
    key()
    visitor.fill(visitor.under_way("users:password"), password=PASSWORD)
    key()
    visitor.fill(visitor.under_way("users:code"), code=digits_in(mail.outbox[-1]))
    key()
    assert len(set(keys)) == 3
    for old in keys[:2]:
        thief = Visitor()
        thief.cookies["sessionid"] = old
        assert not is_in(thief)
        assert thief.get(thief.under_way("users:code")).status_code == 302
    assert is_in(visitor)
    visitor.post(reverse("users:sign_out"))
    thief = Visitor()
    thief.cookies["sessionid"] = keys[-1]
    assert not is_in(thief)


def test_the_person_reads_when_he_signed_in_before_and_what_was_tried_since(julie):
    with freeze_time("2026-11-20 14:03"):
        signs_in(julie)
    with freeze_time("2026-11-23 14:00"):
        for _time in range(2):
            wrong = Visitor()
            wrong.fill(reverse("users:sign_in"), user_code=julie.user_code)
            wrong.post(wrong.under_way("users:password"), {"password": "autre"})
        here = signs_in(julie)
        home, profile = here.read(reverse("home")), here.read(reverse("users:profile"))
    for page in (home, profile):
        assert "Connexion précédente" in page
        assert "20 novembre 2026" in page
        assert "2 mots de passe erronés" in page


def test_the_first_sign_in_tells_of_none_before(julie):
    assert "Connexion précédente" not in signs_in(julie).read(reverse("home"))


def test_signing_out_clears_what_the_browser_kept(julie):
    answer = signs_in(julie).post(reverse("users:sign_out"))
    assert answer["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize(
    ("told", "known"),
    [
        (FIREFOX, "Firefox, Windows"),
        (SAFARI, "Safari, iOS"),
        (EDGE, "Edge, Windows"),
        ("curl/8.5.0", ""),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_browser_is_told_in_two_words(rf, told, known):
    assert browser_of(rf.get("/", headers={"User-Agent": told})) == known


def test_a_sign_in_under_way_is_no_open_session(julie):
    SignInCode.issue(julie, until=clock.now() + timedelta(minutes=40))
    assert not SignInCode.objects.filter(user=julie).open_sessions().exists()
