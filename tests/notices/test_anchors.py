"""A kept file is read after years, by the key that signed it; none is written without one."""

import pytest
from django.core.management import CommandError, call_command
from django.core.signing import BadSignature, Signer
from freezegun import freeze_time

from cse_portal.models import KeyOnRecord
from cse_portal.numbered_keys import OF_BEFORE, NumberedKey
from notices import anchors
from notices.anchors import Anchor, NoSuchKey

ONE, TWO = NumberedKey(1, "1" * 50), NumberedKey(2, "2" * 50)
BEFORE = NumberedKey(OF_BEFORE, "b" * 50)
LINES = [b"17 5 abcdef", b"18 1 aa"]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "kept"


def write(file):
    with anchors.writing(file) as new:
        for line in LINES:
            new.add([line])
    return file


def of_before(file):
    """As the version before wrote it, with its SECRET_KEY."""
    text = b"".join(line + b"\n" for line in LINES).decode()
    file.write_text(Signer(key=BEFORE.value, salt="notices.trail.anchor").sign(text) + "\n")
    return file


def test_it_is_read_by_its_own_key_whatever_has_come_since(settings, tmp_path):
    settings.CSE_ANCHOR_KEYS = [ONE]
    write(tmp_path / "one")
    settings.CSE_ANCHOR_KEYS = [TWO, ONE, BEFORE]
    settings.SECRET_KEY = "x" * 50
    files = {write(tmp_path / "two"): TWO, tmp_path / "one": ONE, of_before(tmp_path / "0"): BEFORE}
    for file, key in files.items():
        anchor = Anchor.read(file)
        assert anchor.key == key
        assert list(anchor.lines()) == LINES
    assert (tmp_path / "two").read_text().startswith("key 2\n")


def test_it_is_signed_as_it_always_was(settings, file):
    """A file that this version writes is a text that Django's Signer has signed."""
    settings.CSE_ANCHOR_KEYS = [ONE]
    signer = Signer(key=ONE.value, fallback_keys=[], salt="notices.trail.anchor")
    assert signer.unsign(write(file).read_text().removesuffix("\n")) == (
        "key 1\n17 5 abcdef\n18 1 aa\n"
    )


@pytest.mark.parametrize(
    ("stands", "put"),
    [
        ("key 1", "key 2"),
        ("key 1\n", ""),
        ("17 5", "17 4"),
        ("abc", "abd"),
        ("\n18 1 aa", ""),
        (":", ""),
        (":", "19 1 bb\n:"),
    ],
)
def test_whatever_is_changed_in_it_is_found_out(settings, file, stands, put):
    settings.CSE_ANCHOR_KEYS = [ONE, TWO, BEFORE]
    text = write(file).read_text()
    assert text.count(stands) >= 1
    file.write_text(text.replace(stands, put, 1))
    with pytest.raises(BadSignature):
        Anchor.read(file)


def test_nothing_but_what_is_signed_is_read(settings, file):
    settings.CSE_ANCHOR_KEYS = [ONE]
    text = write(file).read_bytes()
    for forged in (b"", b":", b"\xff\x00" * 300, text[:-4], text + b"17 6 ff\n", text + text):
        file.write_bytes(forged)
        with pytest.raises((BadSignature, NoSuchKey)):
            Anchor.read(file)


def test_a_key_that_is_not_listed_is_named(settings, file, tmp_path):
    settings.CSE_ANCHOR_KEYS = [TWO]
    write(file)
    settings.CSE_ANCHOR_KEYS = [ONE]
    with pytest.raises(NoSuchKey, match="lists no key 2"):
        Anchor.read(file)
    with pytest.raises(NoSuchKey, match="no key 0, the SECRET_KEY of when it was written"):
        Anchor.read(of_before(tmp_path / "before"))


def test_it_is_there_whole_or_not_at_all_and_never_takes_anothers_place(settings, file, tmp_path):
    settings.CSE_ANCHOR_KEYS = [ONE]
    stopped = pytest.raises(KeyboardInterrupt)
    with stopped, anchors.writing(file):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with anchors.writing(file) as new:
        file.write_text("of another run, which was there first")
        with pytest.raises(FileExistsError), anchors.writing(file):
            pass
        new.add(LINES)
        file.unlink()
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_has_them_in_the_order_of_time(settings, tmp_path):
    settings.CSE_ANCHOR_KEYS = [ONE]
    assert anchors.latest_in(tmp_path) is None
    for day in (28, 30, 29):
        with freeze_time(f"2026-11-{day} 04:20"):
            write(tmp_path)
    assert anchors.latest_in(tmp_path) == tmp_path / "trail-20261130T042000Z.anchor"
    (tmp_path / "another.txt").touch()
    anchors.delete_all_but(2, tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "another.txt",
        "trail-20261129T042000Z.anchor",
        "trail-20261130T042000Z.anchor",
    ]


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
