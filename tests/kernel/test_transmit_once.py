"""However often « Transmettre » is pressed, and whatever another tab does, it is done once."""

import pytest
from django.db import transaction
from django.urls import reverse

from cse_portal.acting import door
from cse_portal.flows.authenticity import code_of, is_code_of
from cse_portal.models import Company, Draft, Receipt
from tests import factories as make
from tests.conftest import Visitor
from tests.together import at_once, meet_after
from users.models import User

PERSON = {
    "family_name": "Gagné",
    "first_name": "Zoé",
    "email": "zoe@acierie.example",
    "telephone": "418 555-0142",
    "language": "fr",
    "role": "user",
}


@pytest.fixture
def esm():
    return make.an_esm()


@pytest.fixture
def check(visitor, esm):
    """The verification page of a user file, all filled in."""
    return visitor.sign_in(esm).fill(reverse("create-user-file-start"), **PERSON)


def screen(name, check):
    """Another screen of the draft that the verification page shows."""
    return reverse(f"create-user-file-{name}", kwargs={"draft": check.split("/")[-3]})


def receipt_of(check):
    return screen("receipt", check)


def files_made(esm):
    return User._base_manager.filter(company=esm.company, first_name="Zoé").count()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locks", ["the company's and the draft's", "the draft's alone"])
def test_eight_concurrent_clicks_on_one_draft_make_one_receipt(monkeypatch, esm, locks):
    if locks == "the draft's alone":
        monkeypatch.setattr(door, "_lock", lambda pk: Company.objects.get(pk=pk))
    visitor = Visitor().sign_in(esm)
    check = visitor.fill(reverse("create-user-file-start"), **PERSON)
    seal = visitor.seal(check)
    meet_after(monkeypatch, "cse_portal.flows.transmission:summarize", parties=8)

    def click():
        other_tab = Visitor()
        other_tab.cookies = visitor.cookies
        response = other_tab.post(check, {"seal": seal})
        return response.status_code, getattr(response, "url", "")

    assert at_once(*[click] * 8) == [(302, receipt_of(check))] * 8
    assert Receipt._base_manager.count() == files_made(esm) == 1
    assert not Draft._base_manager.exists()


def test_every_address_of_a_transmitted_draft_leads_to_its_receipt(visitor, esm, check):
    seal = visitor.seal(check)
    receipt = visitor.transmit(check)
    page = screen("user", check)
    assert receipt == receipt_of(check)
    assert {visitor.get(address).url for address in (page, check)} == {receipt}
    assert visitor.fill(check, seal=seal) == receipt
    assert visitor.fill(page, **PERSON) == receipt
    assert files_made(esm) == 1


def test_a_draft_changed_in_another_tab_is_shown_again(visitor, esm, check):
    seal = visitor.seal(check)
    page = screen("user", check)
    visitor.fill(page, **PERSON | {"extension": "42"})

    shown_again = visitor.fill(check, seal=seal)

    assert shown_again.startswith(check)
    assert files_made(esm) == 0
    assert "42" in visitor.read(shown_again)
    assert visitor.transmit(check) == receipt_of(check)


@pytest.mark.parametrize("answers", [PERSON, PERSON | {"extension": "42"}])
def test_after_a_restore_no_paper_in_somebodys_hands_means_another_transmission(
    visitor, esm, check, answers
):
    """The dump is older than the paper: the draft is there again, with the same key."""
    with transaction.atomic():
        visitor.transmit(check)
        paper = Receipt._base_manager.get()
        transaction.set_rollback(True)

    visitor.fill(screen("user", check), **answers)
    assert visitor.transmit(check) == receipt_of(check)

    again = Receipt._base_manager.get()
    assert again.pk == paper.pk
    assert again.number != paper.number
    assert not is_code_of(again, code_of(paper))


def test_without_the_seal_nothing_is_transmitted(visitor, esm, check):
    assert visitor.fill(check).startswith(check)
    assert files_made(esm) == 0


def test_nothing_is_transmitted_by_looking(visitor, esm, check):
    visitor.get(check, {"seal": visitor.seal(check)})
    assert files_made(esm) == 0
    assert Draft._base_manager.exists()


def test_nobody_jumps_to_the_verification_of_an_unfinished_draft(visitor, esm):
    visitor.sign_in(esm)
    response = visitor.post(reverse("create-user-file-start"), PERSON | {"email": "zoe"})
    assert response.status_code == 200
    draft = Draft._base_manager.get().pk
    page = reverse("create-user-file-user", kwargs={"draft": draft})
    check = reverse("create-user-file-check", kwargs={"draft": draft})
    assert visitor.get(check).url == page
    assert visitor.fill(check, seal="") == page
    assert 'value="zoe"' in visitor.read(page)


def test_two_tabs_are_two_drafts(visitor, esm, check):
    other = visitor.fill(reverse("create-user-file-start"), **PERSON | {"email": "z@b.example"})
    assert visitor.transmit(check) != visitor.transmit(other)
    assert files_made(esm) == 2


def test_neither_a_colleague_nor_a_stranger_finds_the_draft(check, esm):
    for intruder in (make.an_esm(company=esm.company), make.an_esm()):
        visitor = Visitor().sign_in(intruder)
        assert visitor.get(check).status_code == 404
        assert visitor.post(check, {"seal": "0"}).status_code == 404
        assert visitor.get(receipt_of(check)).status_code == 404
