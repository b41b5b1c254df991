"""The home of an ESM: what is missing at each step, said in words, leading to what mends it."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from freezegun import freeze_time

from cse_portal import clock
from cse_portal.companies.tenancy import company_scope
from home.dashboard import counts_of, missing
from proxies.models import Assignment
from registrations.models import Registration, latest_of_each
from tests import factories as make
from tests.proxies.conftest import EXPIRED, row_set
from users.models import User

pytestmark = pytest.mark.django_db

MONDAY_MORNING = "2026-11-23T14:05:00Z"
FILES, PROXIES, REGISTRATIONS = "users:files", "proxies:list", "registrations:list"
ALL_IS_IN_ORDER = "All is in order"


@pytest.fixture(autouse=True)
def _on_a_monday():
    with freeze_time(MONDAY_MORNING):
        yield


@pytest.fixture
def esm():
    """Of a company where nothing is missing yet; they have signed in."""
    return make.an_esm(last_login=clock.now())


def lines(esm: User, language: str = "en") -> list[tuple[int, str, str]]:
    """Step, words, screen: all that stands on the dashboard."""
    with translation.override(language), company_scope(esm.company):
        registrations = Registration.objects.latest_first().select_related("ministry")
        found = missing(latest_of_each(registrations), counts_of(esm.company))
        screens = {reverse(name): name for name in (FILES, PROXIES, REGISTRATIONS)}
    return [
        (step, line.text.replace("\u00a0", " "), screens[line.url.partition("?")[0]])
        for step, of_step in found.items()
        for line in of_step
    ]


def a_person(esm: User, **fields) -> User:
    usual: dict[str, Any] = {"company": esm.company, "last_login": clock.now()}
    return make.a_user(**usual | fields)


def held_by(person: User, **fields) -> Assignment:
    return make.an_assignment(
        proxy=make.a_proxy(mandator=person.company, given_by=first_esm(person), **fields),
        user=person,
        assigned_by=first_esm(person),
    )


def first_esm(person: User) -> User:
    return User._base_manager.filter(company=person.company, role=User.Role.ESM)[0]


def received_by(esm: User, name: str = "Eaux inc.", mandator=None, **fields):
    mandator = mandator or make.a_company(name=name)
    return make.a_proxy(mandator=mandator, agent=esm.company, **fields)


def test_where_nothing_is_missing_nothing_is_said(esm):
    person = a_person(esm)
    held_by(person)
    make.an_active_registration(company=esm.company)
    assert lines(esm) == []


# --- 1, registrations -----------------------------------------------------------------------------


def cnesst(**fields):
    return make.a_ministry(acronym="CNESST", telephone="418 555-0177", **fields)


def test_a_registration_in_process_says_since_when_and_until_when(esm):
    make.a_registration(company=esm.company, ministry=cnesst(), requested_on=date(2026, 11, 20))
    said = "CNESST: in process since November 20, 2026, answer due by November 24, 2026"
    assert lines(esm) == [(1, said, REGISTRATIONS)]
    said = "CNESST : en traitement depuis le 20 novembre 2026, réponse attendue au plus tard le 24"
    assert lines(esm, "fr")[0][1] == f"{said} novembre 2026"


@pytest.mark.parametrize(("day", "is_late"), [("2026-11-24", False), ("2026-11-25", True)])
def test_a_late_answer_is_said_to_be_late_from_the_day_after(esm, day, is_late):
    make.a_registration(company=esm.company, ministry=cnesst(), requested_on=date(2026, 11, 20))
    with freeze_time(f"{day}T17:00:00Z"):
        ((_step, said, _screen),) = lines(esm)
    assert ("was due" in said) == is_late
    assert ("Call 418 555-0177" in said) == is_late


def test_a_refused_registration_says_why_and_whom_to_call(esm):
    make.a_refused_registration(
        company=esm.company, ministry=cnesst(), reason_en="Number not found."
    )
    said = "CNESST: registration refused. Number not found. Call 418 555-0177."
    assert lines(esm) == [(1, said, REGISTRATIONS)]


def test_a_refusal_is_forgotten_once_asked_for_again(esm):
    ministry = cnesst()
    make.a_refused_registration(company=esm.company, ministry=ministry)
    again = make.a_registration(company=esm.company, ministry=ministry)
    ((_step, said, _screen),) = lines(esm)
    assert "in process" in said
    row_set(again, status=Registration.Status.ACTIVE, decided_at=clock.now())
    assert lines(esm) == []


def test_a_deactivated_registration_says_that_its_rights_open_nothing(esm):
    one = make.an_active_registration(company=esm.company, ministry=cnesst())
    assert lines(esm) == []
    row_set(one, status=Registration.Status.DEACTIVATED, deactivated_at=clock.now())
    said = "CNESST: registration deactivated. Its access rights no longer open anything."
    assert lines(esm) == [(1, said, REGISTRATIONS)]


# --- 2, user files --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "language", "said"),
    [
        (1, "en", "1 person has not signed in yet"),
        (2, "en", "2 people have not signed in yet"),
        (1, "fr", "1 personne ne s’est pas encore connectée"),
        (2, "fr", "2 personnes ne se sont pas encore connectées"),
    ],
)
def test_people_who_have_not_signed_in_are_counted(esm, count, language, said):
    make.an_esm(company=esm.company)
    for _one in range(count - 1):
        held_by(a_person(esm, last_login=None))
    assert lines(esm, language) == [(2, said, FILES)]
    User._base_manager.update(last_login=clock.now())
    assert lines(esm, language) == []


@pytest.mark.parametrize(
    ("count", "language", "said"),
    [
        (1, "en", "1 temporary password has expired: give a new one"),
        (2, "en", "2 temporary passwords have expired: give new ones"),
        (1, "fr", "1 mot de passe temporaire est expiré : donnez-en un nouveau"),
        (2, "fr", "2 mots de passe temporaires sont expirés : donnez-en de nouveaux"),
    ],
)
def test_expired_temporary_passwords_are_counted_apart(esm, count, language, said):
    for _one in range(count):
        held_by(a_person(esm, last_login=None, temporary_password_expires_at=clock.now()))
    assert lines(esm, language) == [(2, said, FILES)]


def test_a_temporary_password_that_is_still_good_is_no_trouble(esm):
    person = a_person(esm, temporary_password_expires_at=clock.now() + timedelta(seconds=1))
    held_by(person)
    assert lines(esm) == []
    row_set(person, last_login=None)
    assert [said for _step, said, _screen in lines(esm)] == ["1 person has not signed in yet"]


def test_a_suspended_person_is_missing_nothing(esm):
    past = clock.now() - timedelta(days=1)
    a_person(esm, last_login=None, is_active=False)
    a_person(esm, temporary_password_expires_at=past, is_active=False)
    assert lines(esm) == []


# --- 3, proxies that end soon ---------------------------------------------------------------------


def in_days(days: int) -> date:
    return clock.today() + timedelta(days=days)


@pytest.mark.parametrize(
    ("count", "language", "said"),
    [
        (1, "en", "1 proxy ends within 60 days"),
        (2, "en", "2 proxies end within 60 days"),
        (1, "fr", "1 procuration prend fin d’ici 60 jours"),
        (2, "fr", "2 procurations prennent fin d’ici 60 jours"),
    ],
)
def test_proxies_that_end_within_sixty_days_are_counted(esm, count, language, said):
    for days in (0, 60)[:count]:
        make.a_proxy(given_by=esm, ends_on=in_days(days))
    make.a_proxy(given_by=esm, ends_on=in_days(61))
    assert lines(esm, language) == [(3, said, PROXIES)]


@pytest.mark.parametrize(
    ("count", "language", "said"),
    [
        (1, "en", "1 received proxy ends within 60 days"),
        (2, "en", "2 received proxies end within 60 days"),
        (1, "fr", "1 procuration reçue prend fin d’ici 60 jours"),
        (2, "fr", "2 procurations reçues prennent fin d’ici 60 jours"),
    ],
)
def test_received_proxies_that_end_within_sixty_days_are_counted_apart(esm, count, language, said):
    holder = a_person(esm)
    for days in (0, 60)[:count]:
        make.an_assignment(proxy=received_by(esm, ends_on=in_days(days)), user=holder)
    make.an_assignment(proxy=received_by(esm, ends_on=in_days(61)), user=holder)
    User._base_manager.update(last_login=clock.now())
    assert lines(esm, language) == [(3, said, PROXIES)]


OVER: dict[str, Callable[[], dict[str, Any]]] = {
    "revoked": lambda: {"revoked_at": clock.now()},
    "renounced": lambda: {"renounced_at": clock.now()},
    "expired": lambda: dict(EXPIRED),
}


@pytest.mark.parametrize("over", OVER)
def test_a_proxy_that_is_over_ends_no_more_and_wants_no_user(esm, over):
    proxies = [received_by(esm, ends_on=in_days(10))]
    if over != "renounced":
        proxies.append(make.a_proxy(given_by=esm, ends_on=in_days(10)))
    assert lines(esm)
    for proxy in proxies:
        row_set(proxy, **OVER[over]())
    assert lines(esm) == []


# --- 4, who holds what ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "language", "said"),
    [
        (1, "en", "1 user has no proxy"),
        (3, "en", "3 users have no proxy"),
        (1, "fr", "1 utilisateur n’a aucune procuration"),
        (3, "fr", "3 utilisateurs n’ont aucune procuration"),
    ],
)
def test_users_without_a_proxy_are_counted(esm, count, language, said):
    people = [a_person(esm) for _one in range(count)]
    held_by(a_person(esm))
    assert lines(esm, language) == [(4, said, PROXIES)]
    for person in people:
        held_by(person)
    assert lines(esm, language) == []


def test_the_step_of_assigning_counts_the_companys_own_proxies(esm):
    person = a_person(esm)
    make.an_assignment(proxy=received_by(esm), user=person, assigned_by=esm)
    with company_scope(esm.company):
        assert counts_of(esm.company).holders == 0
        held_by(person)
        assert counts_of(esm.company).holders == 1


def test_an_esm_needs_none(esm):
    make.an_esm(company=esm.company, last_login=clock.now())
    assert lines(esm) == []


@pytest.mark.parametrize("over", ["revoked", "expired", "removed"])
def test_a_proxy_that_is_over_is_none(esm, over):
    held = held_by(a_person(esm))
    assert lines(esm) == []
    if over == "removed":
        row_set(held, ended_at=clock.now())
    else:
        row_set(held.proxy, **OVER[over]())
    assert lines(esm) == [(4, "1 user has no proxy", PROXIES)]


def test_a_consultants_user_who_holds_a_clients_proxy_has_one(esm):
    person = a_person(esm)
    assert lines(esm) == [(4, "1 user has no proxy", PROXIES)]
    make.an_assignment(proxy=received_by(esm), user=person, assigned_by=esm)
    assert lines(esm) == []


@pytest.mark.parametrize(
    ("count", "language", "said"),
    [
        (1, "en", "Eaux inc. (1000000009): 1 received proxy has no user yet"),
        (2, "en", "Eaux inc. (1000000009): 2 received proxies have no user yet"),
        (1, "fr", "Eaux inc. (1000000009) : 1 procuration reçue n’a pas encore d’utilisateur"),
        (
            2,
            "fr",
            "Eaux inc. (1000000009) : 2 procurations reçues n’ont pas encore d’utilisateur",
        ),
    ],
)
def test_received_proxies_that_nobody_holds_are_told_by_mandator(esm, count, language, said):
    client = make.a_company(name="Eaux inc.", identification_number="1000000009")
    received = [received_by(esm, mandator=client) for _one in range(count)]
    assert lines(esm, language) == [(4, said, PROXIES)]
    for proxy in received:
        make.an_assignment(proxy=proxy, user=a_person(esm), assigned_by=esm)
    assert lines(esm, language) == []


def test_a_received_proxy_that_was_taken_back_wants_a_user_again(esm):
    held = make.an_assignment(proxy=received_by(esm), user=a_person(esm), assigned_by=esm)
    row_set(held, ended_at=clock.now())
    assert len(lines(esm)) == 2


@pytest.mark.parametrize(
    ("more", "language", "said"),
    [
        (1, "en", "1 other received proxy has no user yet"),
        (2, "en", "2 other received proxies have no user yet"),
        (1, "fr", "1 autre procuration reçue n’a pas encore d’utilisateur"),
        (2, "fr", "2 autres procurations reçues n’ont pas encore d’utilisateur"),
    ],
)
def test_with_many_clients_the_first_are_named_and_the_others_counted(esm, more, language, said):
    for n in range(5 + more):
        received_by(esm, f"Client {n}")
    found = [words for _step, words, _screen in lines(esm, language)]
    assert [words[:8] for words in found[:5]] == [f"Client {n}" for n in range(5)]
    assert found[5:] == [said]


def test_nothing_of_another_company_is_counted(esm):
    other = make.an_esm()
    make.a_registration(company=other.company)
    make.a_proxy(given_by=other, ends_on=in_days(1))
    make.a_user(company=other.company)
    received_by(other)
    given = make.a_proxy(given_by=esm, agent=other.company)
    assert lines(esm) == []
    make.an_assignment(proxy=given, user=make.a_user(company=other.company))
    assert lines(esm) == []


def test_two_thousand_users_are_counted_right(esm, django_assert_max_num_queries):
    people = User._base_manager.bulk_create(
        User(
            company=esm.company,
            user_code=f"MANY{n:05}",
            family_name="Roy",
            first_name="Alex",
            email="alex@entreprise.example",
            last_login=None if n % 5 == 0 else clock.now(),
        )
        for n in range(2_000)
    )
    proxy = make.a_proxy(given_by=esm)
    Assignment._base_manager.bulk_create(
        Assignment(
            proxy=proxy, user=person, company=esm.company, mandator=esm.company, assigned_by=esm
        )
        for person in people[:1_200]
    )
    with company_scope(esm.company), django_assert_max_num_queries(3):
        counts = counts_of(esm.company)
    assert (counts.users, counts.without_proxy, counts.holders) == (2_000, 800, 1_200)
    assert (counts.not_signed_in, counts.given, counts.unheld) == (400, 1, [])


# --- on the page ----------------------------------------------------------------------------------


def test_the_page_says_each_line_beside_its_step_and_leads_to_its_screen(visitor, esm):
    a_person(esm, last_login=None)
    make.a_registration(company=esm.company, ministry=cnesst())
    html = visitor.sign_in(esm).read("/en/home/")
    for step, said, screen in lines(esm):
        of_step = html.partition(f'aria-hidden="true">{step}<')[2].partition('class="num')[0]
        with translation.override("en"):
            assert re.search(f'<a href="{reverse(screen)}[^"]*">{re.escape(said)}</a>', of_step)
    assert ALL_IS_IN_ORDER not in html


def test_when_nothing_is_missing_one_calm_line_says_so(visitor, esm):
    person = a_person(esm)
    held_by(person)
    make.an_active_registration(company=esm.company, requested_by=esm)
    visitor.sign_in(esm)
    row_set(esm, last_login=clock.now())
    assert visitor.read("/en/home/").count(ALL_IS_IN_ORDER) == 1
    row_set(person, last_login=None)
    assert ALL_IS_IN_ORDER not in visitor.read("/en/home/")


def test_as_long_as_a_step_is_to_do_all_is_not_in_order(visitor, esm):
    visitor.sign_in(esm)
    assert lines(esm) == []
    assert ALL_IS_IN_ORDER not in visitor.read("/en/home/")


def test_a_user_reads_nothing_of_it(visitor, esm):
    a_person(esm)
    user = a_person(esm)
    html = visitor.sign_in(user).read("/en/home/")
    assert "users have no proxy" not in html
