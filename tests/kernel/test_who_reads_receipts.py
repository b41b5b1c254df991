"""Any ESM of the company reads its acknowledgments, whoever transmitted them; a user, their own."""

import uuid

import pytest
from django.urls import reverse

from cse_portal.models import Receipt
from tests import factories as make
from tests.conftest import Visitor
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def esm():
    return make.an_esm(family_name="Tremblay", first_name="Marie")


@pytest.fixture
def address(visitor, esm):
    """Where the receipt is of a user file that an ESM created."""
    check = visitor.sign_in(esm).fill(reverse("create-user-file-start"), **make.A_PERSON)
    return visitor.transmit(check)


def history():
    return reverse("notices:history")


def key_of_access():
    """Where « Continuer » leads: it shows the temporary password, once."""
    return reverse("users:access_key", kwargs={"receipt": Receipt._base_manager.get().pk})


def changed(person, **fields):
    User._base_manager.filter(pk=person.pk).update(**fields)


def test_the_history_leads_any_esm_to_the_receipt_of_another(esm, address):
    colleague = make.an_esm(company=esm.company, family_name="Gagnon")
    other = Visitor().sign_in(colleague)
    assert f'href="{address}"' in other.read(history())
    page = other.read(address)
    receipt = Receipt._base_manager.get()
    assert receipt.number in page
    assert f"Marie Tremblay ({esm.user_code}), pour" in page
    assert f'href="{history()}"' in page


@pytest.mark.parametrize("left", [{"is_active": False}, {"role": User.Role.USER}])
def test_who_left_leaves_nothing_unreadable(esm, address, left):
    colleague = make.an_esm(company=esm.company)
    changed(esm, **left)
    other = Visitor().sign_in(colleague)
    assert f'href="{address}"' in other.read(history())
    assert "Marie Tremblay" in other.read(address)


def test_what_comes_next_is_for_who_transmitted_alone(visitor, esm, address):
    other = Visitor().sign_in(make.an_esm(company=esm.company))
    assert key_of_access() in visitor.read(address)
    assert key_of_access() not in other.read(address)
    assert other.post(key_of_access()).status_code == 404
    assert visitor.post(key_of_access()).context_data["password"]


def test_another_company_finds_no_receipt(esm, address):
    assert Visitor().sign_in(make.an_esm()).get(address).status_code == 404


def test_a_user_opens_their_own_alone(visitor, esm, address):
    colleague = make.a_user(company=esm.company)
    nowhere = reverse("create-user-file-receipt", kwargs={"draft": uuid.uuid4()})
    for others in (address, nowhere):
        assert Visitor().sign_in(colleague).get(others).status_code == 403
    changed(esm, role=User.Role.USER)
    page = visitor.read(address)
    assert "Marie Tremblay" in page
    assert key_of_access() not in page
    assert history() not in page


def test_a_receipt_of_an_unknown_procedure_has_its_number_and_no_link(visitor, esm):
    """A newer version of the portal wrote it, before a rollback."""
    subjects = {"from-tomorrow": "", "edit-user-file": "a-key-of-tomorrow"}
    receipts = [
        make.a_receipt(transmitted_by=esm, flow=flow, subject=subject)
        for flow, subject in subjects.items()
    ]
    for one in receipts:
        make.an_event(company=esm.company, by=esm, receipt=one)
    page = visitor.sign_in(esm).read(history())
    for one in receipts:
        assert one.number in page
        assert f">{one.number}</a>" not in page
