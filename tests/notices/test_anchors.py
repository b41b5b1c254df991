"""A kept file is read after years, by the key that signed it; none is written without one."""

import pytest
from django.core.management import CommandError, call_command
from django.core.signing import BadSignature, Signer

from cse_portal.models import KeyOnRecord
from cse_portal.numbered_keys import OF_BEFORE, NumberedKey
from notices import anchors
from notices.anchors import NoSuchKey

ONE, TWO = NumberedKey(1, "1" * 50), NumberedKey(2, "2" * 50)
BEFORE = NumberedKey(OF_BEFORE, "b" * 50)
TEXT = "17 5 abcdef\n"


def of_before() -> str:
    """As the version before wrote it, with its SECRET_KEY."""
    return Signer(key=BEFORE.value, salt="notices.trail.anchor").sign(TEXT) + "\n"


def test_it_is_read_by_its_own_key_whatever_has_come_since(settings):
    settings.CSE_ANCHOR_KEYS = [ONE]
    anchor = anchors.signed(TEXT)
    settings.CSE_ANCHOR_KEYS = [TWO, ONE, BEFORE]
    settings.SECRET_KEY = "x" * 50
    assert anchors.text_of(anchor) == TEXT
    assert anchors.key_of(anchor) == ONE
    assert anchors.text_of(of_before()) == TEXT
    assert anchors.key_of(of_before()) == BEFORE
    assert anchors.signed(TEXT).startswith("key 2\n")


@pytest.mark.parametrize(
    ("stands", "put"), [("key 1", "key 2"), ("key 1\n", ""), ("17 5", "17 4"), ("abc", "abd")]
)
def test_whatever_is_changed_in_it_is_found_out(settings, stands, put):
    settings.CSE_ANCHOR_KEYS = [ONE, TWO, BEFORE]
    anchor = anchors.signed(TEXT)
    assert anchor.count(stands) >= 1
    with pytest.raises(BadSignature):
        anchors.text_of(anchor.replace(stands, put, 1))


def test_a_key_that_is_not_listed_is_named(settings):
    settings.CSE_ANCHOR_KEYS = [TWO]
    anchor = anchors.signed(TEXT)
    settings.CSE_ANCHOR_KEYS = [ONE]
    with pytest.raises(NoSuchKey, match="lists no key 2"):
        anchors.text_of(anchor)
    with pytest.raises(NoSuchKey, match="no key 0, the SECRET_KEY of when it was written"):
        anchors.text_of(of_before())


@pytest.mark.django_db
def test_nothing_is_kept_without_a_key_and_the_database_knows_the_one_that_signs(
    settings, tmp_path
):
    settings.CSE_ANCHOR_KEYS = []
    with pytest.raises(CommandError, match="CSE_ANCHOR_KEYS lists no key 1"):
        call_command("verify_trail", save=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
    settings.CSE_ANCHOR_KEYS = [ONE, BEFORE]
    call_command("verify_trail", save=tmp_path / "kept")
    used = KeyOnRecord.objects.get(used_at__isnull=False)
    assert (used.purpose, used.number, used.fingerprint) == ("anchors", 1, ONE.fingerprint)
    settings.CSE_ANCHOR_KEYS = [NumberedKey(1, "x" * 50)]
    with pytest.raises(CommandError, match="is not the one that other machines have"):
        call_command("verify_trail", save=tmp_path / "another")
    assert not (tmp_path / "another").exists()


@pytest.mark.django_db
def test_a_file_whose_key_is_missing_is_not_called_forged(settings, tmp_path):
    settings.CSE_ANCHOR_KEYS = [ONE]
    call_command("verify_trail", save=tmp_path / "kept")
    settings.CSE_ANCHOR_KEYS = [TWO]
    with pytest.raises(CommandError, match=r"can't be verified: CSE_ANCHOR_KEYS lists no key 1\."):
        call_command("verify_trail", against=tmp_path / "kept")
