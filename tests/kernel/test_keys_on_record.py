"""A key that a receipt or a kept file needs is never missing without somebody being told."""

import threading
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from cse_portal import keys_on_record
from cse_portal.flows.authenticity import code_of
from cse_portal.keys_on_record import Purpose, put_on_record, what_is_wrong
from cse_portal.models import KeyOnRecord, Receipt
from cse_portal.numbered_keys import OF_BEFORE, NumberedKey, numbered_keys
from cse_portal.web import service_gate
from tests import factories as make
from tests.conftest import Visitor
from tests.meta.test_production_settings import settings_of
from tests.together import at_once

ONE, TWO = NumberedKey(1, "1" * 50), NumberedKey(2, "2" * 50)
BEFORE = NumberedKey(OF_BEFORE, "b" * 50)
ANOTHER_TWO = NumberedKey(2, "3" * 50)


def put(settings, *keys):
    settings.CSE_RECEIPT_KEYS = list(keys)
    return put_on_record(Purpose.RECEIPTS)


def told_by_the_check():
    said = run_checks(include_deployment_checks=True, databases=["default"])
    return [one.msg for one in said if one.id == "cse_portal.E007"]


# --- how they are listed --------------------------------------------------------------------------


def test_keys_are_listed_by_number_the_one_that_is_written_with_first():
    listed = numbered_keys("X", f" 2:{'2' * 50} ,1:{'1' * 50},0:a:b,", apart_from=["a:b"])
    assert listed == [TWO, ONE, NumberedKey(0, "a:b")]
    assert numbered_keys("X", "", apart_from=[]) == []


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("k" * 50, "a colon and the key"),
        (f"one:{'k' * 50}", "a colon and the key"),
        (f"-1:{'k' * 50}", "a colon and the key"),
        (f"²:{'k' * 50}", "a colon and the key"),
        (f"32768:{'k' * 50}", "a colon and the key"),
        (f"1:{'k' * 49}", "key 1 is shorter than 50"),
        (f"1:{'k' * 50},1:{'j' * 50}", "the same number"),
        (f"0:{'k' * 50},1:{'j' * 50}", "number 1 or more comes first"),
        (f"1:{'s' * 50}", "a key is SECRET_KEY's"),
        (" , ", "it lists no key"),
    ],
)
def test_a_list_that_can_not_be_read_is_refused_and_no_key_is_told(listed, said):
    with pytest.raises(ImproperlyConfigured, match=said) as refused:
        numbered_keys("CSE_X", listed, apart_from=["s" * 50])
    assert "CSE_X" in str(refused.value)
    assert not any(sign * 20 in str(refused.value) for sign in "kjs")


def test_a_key_is_named_by_a_fingerprint_that_does_not_tell_it():
    assert ONE.fingerprint != TWO.fingerprint
    assert ONE.value not in f"{ONE!r} {ONE}"
    assert len(ONE.fingerprint) == 16


def test_a_simulation_makes_its_own_and_keeps_them(monkeypatch):
    first, again = (settings_of(monkeypatch, CSE_SANDBOX="true") for _start in range(2))
    for variable in ("CSE_RECEIPT_KEYS", "CSE_ANCHOR_KEYS"):
        present, before = first[variable]
        assert (present.number, before) == (1, NumberedKey(OF_BEFORE, first["SECRET_KEY"]))
        assert first[variable] == again[variable]
    assert first["CSE_RECEIPT_KEYS"][0] != first["CSE_ANCHOR_KEYS"][0]


# --- what is on record ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_key_is_replaced_in_two_rounds_and_the_former_stays_needed(settings):
    assert put(settings, ONE) == []
    assert put(settings, ONE, TWO) == []  # announced
    assert put(settings, ONE) == []  # and given up: nothing bears it
    assert put(settings, TWO, ONE) == []  # in use
    assert put(settings, ONE, TWO) == []  # a machine that has not had this round
    (said,) = put(settings, TWO)
    assert said.startswith(f"CSE_RECEIPT_KEYS does not list key 1 ({ONE.fingerprint})")
    (said,) = put(settings, ONE)
    assert said.startswith(f"CSE_RECEIPT_KEYS does not list key 2 ({TWO.fingerprint})")
    assert ONE.value not in said


@pytest.mark.django_db
def test_one_number_is_one_key_on_all_machines_from_the_first_round_on(settings):
    put(settings, ONE)
    put(settings, ONE, TWO)
    (said,) = put(settings, ONE, ANOTHER_TWO)
    assert said == (
        "Key 2 of CSE_RECEIPT_KEYS is not the one that other machines have, "
        f"whose fingerprint is {TWO.fingerprint}."
    )
    assert KeyOnRecord.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_machines_that_give_a_number_at_once_one_is_told(monkeypatch):
    machine = threading.local()
    monkeypatch.setattr(keys_on_record, "listed_keys", lambda purpose: machine.keys)

    def start(key):
        machine.keys = [key]
        return len(put_on_record(Purpose.RECEIPTS))

    both = (lambda: start(TWO), lambda: start(ANOTHER_TWO))
    assert sorted(at_once(*both, meet_before="INSERT INTO", parties=2)) == [0, 1]
    assert KeyOnRecord.objects.count() == 1


@pytest.mark.django_db
def test_the_present_key_costs_one_question_once_it_is_on_record(
    settings, django_assert_num_queries
):
    put(settings, TWO, ONE, BEFORE)
    with django_assert_num_queries(1):
        assert put_on_record(Purpose.RECEIPTS) == []


@pytest.mark.django_db
def test_receipts_and_kept_files_have_each_their_own(settings):
    settings.CSE_RECEIPT_KEYS, settings.CSE_ANCHOR_KEYS = [ONE], [TWO]
    assert put_on_record(Purpose.RECEIPTS) == put_on_record(Purpose.ANCHORS) == []
    settings.CSE_RECEIPT_KEYS, settings.CSE_ANCHOR_KEYS = [TWO], [ONE]
    assert len(what_is_wrong(Purpose.RECEIPTS)) == len(what_is_wrong(Purpose.ANCHORS)) == 1
    assert len(told_by_the_check()) == 2


# --- who tells it ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_service_without_a_key_that_receipts_need_does_not_start(settings):
    settings.SANDBOX = False
    settings.CSE_RECEIPT_KEYS = [ONE]
    application = lambda *_: [b"served"]  # noqa: E731
    assert service_gate.gated(application) is application
    settings.CSE_RECEIPT_KEYS = [TWO]
    with pytest.raises(ImproperlyConfigured, match=ONE.fingerprint) as refused:
        service_gate.gated(application)
    assert "docs/operations.md, Secrets" in str(refused.value)
    assert not KeyOnRecord.objects.filter(number=2).exists()


@pytest.mark.django_db
def test_the_deployment_check_and_the_probe_tell_the_same(settings, client):
    put(settings, ONE)
    assert told_by_the_check() == []
    assert client.get("/readyz").json()["keys"] == "ok"
    settings.CSE_RECEIPT_KEYS = [TWO]
    (said,) = told_by_the_check()
    assert ONE.fingerprint in said
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["keys"]) == (503, "missing")


@pytest.mark.django_db
def test_an_acknowledgment_without_its_key_is_shown_and_says_so(settings, visitor: Visitor):
    esm = make.an_esm()
    visitor.sign_in(esm)
    check = visitor.fill(reverse("create-user-file-start"), **make.A_PERSON)
    page = visitor.transmit(check)
    receipt = Receipt._base_manager.get()
    assert code_of(receipt) in visitor.read(page)
    settings.CSE_RECEIPT_KEYS = [TWO]
    assert "Il ne peut être affiché pour le moment." in visitor.read(page)


# --- the secret key of before ---------------------------------------------------------------------

migration = import_module("cse_portal.migrations.0010_keys_of_receipts")


@pytest.mark.django_db
def test_an_upgrade_puts_the_secret_keys_of_that_day_on_record(settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = BEFORE.value, ["c" * 50]
    migration.put_the_secret_key_on_record(apps, SimpleNamespace())
    assert not KeyOnRecord.objects.exists()  # nobody has a paper of it
    make.a_company()
    migration.put_the_secret_key_on_record(apps, SimpleNamespace())
    settings.CSE_RECEIPT_KEYS = settings.CSE_ANCHOR_KEYS = [ONE, BEFORE]
    assert len(told_by_the_check()) == 2
    settings.CSE_RECEIPT_KEYS = settings.CSE_ANCHOR_KEYS = [
        *(ONE, BEFORE),
        NumberedKey(OF_BEFORE, "c" * 50),
    ]
    assert told_by_the_check() == []
