"""The public page of verification: authentic or not, in force or ended, and nothing else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cse_portal import clock
from cse_portal.flows.authenticity import code_of
from home.standing import Standing
from registrations.models import Registration
from tests import factories as make
from tests.factories import DEACTIVATED
from tests.sweeps.corpus import ANYTHING, encoded

pytestmark = pytest.mark.django_db

AUTHENTIC = "Cet accusé de réception est authentique."
UNKNOWN = "Ces renseignements ne correspondent à aucun accusé de réception."


def ask(client, number, code):
    answer = client.post(reverse("verify"), {"number": number, "code": code})
    assert answer.status_code == 200
    return answer


def made(kind, about, **facts):
    """A receipt, and what it did to a row."""
    receipt = make.a_receipt()
    more = {"facts": facts} if facts else {}
    make.an_event(company=receipt.company, kind=kind, about=about, receipt=receipt, **more)
    return receipt


def standing(client, receipt):
    answer = ask(client, receipt.number, code_of(receipt))
    assert AUTHENTIC in answer.content.decode()
    return answer.context_data["answer"]["standing"]


def changed(row, **fields):
    type(row)._base_manager.filter(pk=row.pk).update(**fields)


# --- authentic or not -----------------------------------------------------------------------------


def test_the_page_asks_for_two_things_and_says_nothing_yet(client):
    page = client.get(reverse("verify")).content.decode()
    assert AUTHENTIC not in page
    assert UNKNOWN not in page


def test_the_right_code_of_a_receipt_says_authentic_and_nothing_of_it(client):
    receipt = make.a_receipt()
    page = ask(client, receipt.number.lower(), code_of(receipt).replace("-", " "))
    html = page.content.decode()
    assert AUTHENTIC in html
    for secret in (
        receipt.company.name,
        receipt.outcome,
        receipt.transmitted_by.family_name,
        receipt.transmitted_by.user_code,
        str(receipt.pk),
        "Julie",
    ):
        assert secret not in html


def test_a_wrong_code_an_unknown_number_and_nonsense_have_the_same_answer(client):
    receipt, other = make.a_receipt(), make.a_receipt()
    asked = [
        (receipt.number, code_of(other)),
        (receipt.number, "0000-0000-00"),
        ("CSE-2026-AAAAAAAA", code_of(receipt)),
        (other.number, code_of(receipt)),
        ("n’importe quoi", "rien"),
        ("CSE-2025" + receipt.number[8:], code_of(receipt)),
    ]
    pages = []
    for number, code in asked:
        with CaptureQueriesContext(connection) as queries:
            answer = ask(client, number, code)
        html = answer.content.decode()
        assert UNKNOWN in html
        assert AUTHENTIC not in html
        pages.append((len(queries), answer.context_data["answer"]))
    assert pages == [pages[0]] * len(asked)


def test_whoever_is_signed_in_has_the_same_answer_as_anybody(visitor):
    receipt = make.a_receipt()
    visitor.sign_in(make.an_esm())
    assert AUTHENTIC in ask(visitor, receipt.number, code_of(receipt)).content.decode()
    visitor.sign_in(make.an_officer())
    assert AUTHENTIC in ask(visitor, receipt.number, code_of(receipt)).content.decode()


def test_a_code_never_stands_in_an_address_nor_in_a_cache(client):
    receipt = make.a_receipt()
    asked = {"number": receipt.number, "code": code_of(receipt)}
    assert AUTHENTIC not in client.get(reverse("verify"), asked).content.decode()
    answer = client.post(reverse("verify"), asked)
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("name", ["number", "code"])
def test_whatever_is_typed_has_an_answer_and_is_shown_as_text(client, name):
    receipt = make.a_receipt()
    right = {"number": receipt.number, "code": code_of(receipt)}
    for label, value in ANYTHING.items():
        answer = client.generic(
            "POST",
            reverse("verify"),
            encoded(right | {name: value}),
            content_type="application/x-www-form-urlencoded",
        )
        html = answer.content.decode()
        assert answer.status_code in {200, 400}, label
        assert AUTHENTIC not in html, label
        assert "<script>alert" not in html, label
        assert "<img src=x" not in html, label
        if answer.status_code == 200:
            assert UNKNOWN in html or f'id="id_{name}_error"' in html, label


# --- in force or ended ----------------------------------------------------------------------------


def test_what_a_receipt_only_ended_has_no_standing(client):
    proxy = make.a_proxy(revoked_at=clock.now())
    assert standing(client, make.a_receipt()) is None
    assert standing(client, made("proxy.revoked", f"proxy:{proxy.pk}")) is None
    assert standing(client, made("assignment.removed", f"proxy:{proxy.pk}")) is None


@pytest.mark.parametrize("kind", ["proxy.given", "proxy.changed", "proxy.extended"])
def test_a_proxy_is_in_force_until_it_ends(client, kind):
    proxy = make.a_proxy(agent=make.a_company())
    receipt = made(kind, f"proxy:{proxy.pk}")
    assert standing(client, receipt) == Standing.IN_FORCE
    today = clock.today()
    for ends in (
        {"revoked_at": clock.now()},
        {"revoked_at": None, "renounced_at": clock.now()},
        {
            "renounced_at": None,
            "term_starts_on": today.replace(year=today.year - 1),
            "ends_on": today.replace(year=today.year - 1),
        },
    ):
        changed(proxy, **ends)
        assert standing(client, receipt) == Standing.ENDED


def test_a_user_file_is_in_force_until_it_is_suspended(client):
    user = make.a_user()
    receipt = made("file.created", f"user:{user.pk}")
    assert standing(client, receipt) == Standing.IN_FORCE
    changed(user, is_active=False)
    assert standing(client, receipt) == Standing.ENDED


def test_a_registration_is_in_force_while_it_is_active_and_has_no_standing_before(client):
    registration = make.a_registration()
    receipt = made("registration.requested", f"registration:{registration.pk}")
    assert standing(client, receipt) is None
    changed(registration, status=Registration.Status.ACTIVE, decided_at=clock.now())
    assert standing(client, receipt) == Standing.IN_FORCE
    changed(registration, **DEACTIVATED)
    assert standing(client, receipt) == Standing.ENDED


def test_an_assignment_is_in_force_until_it_or_its_proxy_ends(client):
    proxy = make.a_proxy()
    both = [make.an_assignment(proxy=proxy) for _one in range(2)]
    facts = {"names": "A, B", "assignments": ",".join(str(one.pk) for one in both)}
    receipt = made("assignment.made", f"proxy:{proxy.pk}", **facts)
    assert standing(client, receipt) == Standing.IN_FORCE
    changed(both[0], ended_at=clock.now())
    assert standing(client, receipt) == Standing.IN_PART
    make.an_assignment(proxy=proxy, user=both[0].user)  # assigned anew: another one
    assert standing(client, receipt) == Standing.IN_PART
    changed(proxy, revoked_at=clock.now())
    assert standing(client, receipt) == Standing.ENDED


def test_what_this_version_does_not_know_says_nothing_of_the_standing(client):
    """A newer version wrote it, before a rollback: it may have ended what the receipt made."""
    proxy = make.a_proxy()
    receipt = made("proxy.given", f"proxy:{proxy.pk}")
    assert standing(client, receipt) == Standing.IN_FORCE
    make.an_event(company=receipt.company, kind="proxy.frozen", receipt=receipt)
    assert standing(client, receipt) is None


@pytest.mark.parametrize(
    ("kind", "about", "facts"),
    [
        ("proxy.given", "proxy:x", {}),
        ("proxy.given", "", {}),
        ("proxy.given", "proxy:" + "9" * 30, {}),
        ("assignment.made", "proxy:1", {"assignments": "x,²,"}),
        ("assignment.made", "proxy:1", {"assignments": ["one"]}),
    ],
)
def test_facts_that_do_not_fit_say_nothing_of_the_standing(client, kind, about, facts):
    assert standing(client, made(kind, about, **facts)) is None


def test_thirty_things_take_as_many_queries_as_one(client):
    def queries(count):
        receipt = make.a_receipt()
        for _one in range(count):
            make.an_event(
                company=receipt.company,
                kind="proxy.extended",
                about=f"proxy:{make.a_proxy().pk}",
                receipt=receipt,
            )
        with CaptureQueriesContext(connection) as made_queries:
            assert standing(client, receipt) == Standing.IN_FORCE
        return len(made_queries)

    assert queries(30) == queries(1) <= 12


def test_an_address_that_guesses_is_answered_429(client, settings):
    settings.CSE_TRIES_PER_ADDRESS = 3
    receipt = make.a_receipt()
    for _paper in range(5):  # right ones cost nothing
        ask(client, receipt.number, code_of(receipt))
    for _guess in range(3):
        ask(client, receipt.number, "AAAA-AAAA-AA")
    guess = {"number": receipt.number, "code": code_of(receipt)}
    assert client.post(reverse("verify"), guess).status_code == 429
