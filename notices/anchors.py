"""Anchors: files signed by the portal, to be kept where the database's administrators can't write.

An anchor has the ends of all trails, a line each, in the order of the companies. It names the key
that signs it, by its number (`CSE_ANCHOR_KEYS`), so that it is read after years. Those of before
name none: `SECRET_KEY` signed them, which is then listed with number 0. A province's ends are some
eighty megabytes: they are signed, verified and read as a stream.
"""

import hmac
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.core.signing import BadSignature, b64_encode
from django.utils.crypto import salted_hmac

from cse_portal import clock
from cse_portal.keys_on_record import Purpose, listed_keys
from cse_portal.numbered_keys import OF_BEFORE, NumberedKey

SALT = "notices.trail.anchor"
NAMES_ITS_KEY = re.compile(rb"key ([0-9]{1,5})\n")
#: between the text and its signature, as `django.core.signing.Signer` puts it
SEPARATOR = b":"
LONGEST_SIGNATURE = 100  # bytes
PIECE = 1_000_000  # bytes in memory
#: of an anchor in a folder; their order is the order of time
NAMED = "trail-%Y%m%dT%H%M%SZ.anchor"
IN_FOLDER = "trail-*.anchor"


class NoSuchKey(Exception):
    """The key of this number, with which an anchor is signed or read, is not listed."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    def __str__(self) -> str:
        if self.number == OF_BEFORE:
            return "CSE_ANCHOR_KEYS lists no key 0, the SECRET_KEY of when it was written"
        return f"CSE_ANCHOR_KEYS lists no key {self.number}"


@dataclass(frozen=True)
class Anchor:
    """An anchor whose signature is right: its file, its key, and where its text stands there."""

    file: Path
    key: NumberedKey
    begins: int
    ends: int

    @classmethod
    def read(cls, file: Path) -> "Anchor":
        """Verify the signature. Raises NoSuchKey, BadSignature when it was changed, OSError."""
        with file.open("rb") as opened:
            named = NAMES_ITS_KEY.match(opened.readline(LONGEST_SIGNATURE))
            number = int(named[1]) if named else OF_BEFORE
            keys = [key for key in listed_keys(Purpose.ANCHORS) if key.number == number]
            if not keys:
                raise NoSuchKey(number)
            ends, signature = _signature_in(opened)
            macs = [(key, _mac(key)) for key in keys]
            for piece in _pieces(opened, ends):
                for _key, mac in macs:
                    mac.update(piece)
        for key, mac in macs:
            if hmac.compare_digest(_as_text(mac), signature):
                return cls(file, key, named.end() if named else 0, ends)
        raise BadSignature

    def lines(self) -> Iterator[bytes]:
        """The lines of its text, without their ends."""
        with self.file.open("rb") as opened:
            opened.seek(self.begins)
            place = self.begins
            while place < self.ends:
                line = opened.readline()
                place += len(line)
                yield line.removesuffix(b"\n")


class NewAnchor:
    """An anchor being written: signed as it grows, and there once it is whole (`writing`)."""

    def __init__(self, opened: BinaryIO) -> None:
        keys = listed_keys(Purpose.ANCHORS)
        if not keys:
            raise NoSuchKey(1)
        self._opened, self._mac = opened, _mac(keys[0])
        self._write(b"key %d\n" % keys[0].number)

    def add(self, lines: list[bytes]) -> None:
        """Add some lines."""
        if lines:
            self._write(b"\n".join(lines) + b"\n")

    def sign(self) -> None:
        """End it with its signature."""
        self._opened.write(SEPARATOR + _as_text(self._mac) + b"\n")

    def _write(self, text: bytes) -> None:
        self._mac.update(text)
        self._opened.write(text)


@contextmanager
def writing(file: Path) -> Iterator[NewAnchor]:
    """Write an anchor, which is there once the block has ended, whole and signed, or not at all.

    In a folder, it is named by the instant. Raises NoSuchKey where there is no key, OSError when
    it can't be written, or would take the place of another.
    """
    if file.is_dir():
        file /= clock.now().strftime(NAMED)
    if file.exists():
        raise FileExistsError("it is there already")
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with unfinished.open("xb") as opened:
            anchor = NewAnchor(opened)
            yield anchor
            anchor.sign()
            opened.flush()
            os.fsync(opened.fileno())
        os.link(unfinished, file)  # unlike a rename, it never takes another's place
    finally:
        unfinished.unlink(missing_ok=True)


def latest_in(folder: Path) -> Path | None:
    """The anchor that was written last in a folder; None without any."""
    return max(folder.glob(IN_FOLDER), default=None)


def delete_all_but(kept: int, folder: Path) -> None:
    """Delete the oldest anchors of a folder."""
    for old in sorted(folder.glob(IN_FOLDER))[:-kept]:
        old.unlink(missing_ok=True)


def _signature_in(opened: BinaryIO) -> tuple[int, bytes]:
    """Where the text ends, and the signature. Raises BadSignature without any."""
    size = opened.seek(0, os.SEEK_END)
    start = opened.seek(max(0, size - LONGEST_SIGNATURE))
    end = opened.read()
    place = end.rfind(SEPARATOR)
    if place < 0:
        raise BadSignature
    return start + place, end[place + 1 :].removesuffix(b"\n")


def _pieces(opened: BinaryIO, ends: int) -> Iterator[bytes]:
    left = ends
    opened.seek(0)
    while left > 0 and (piece := opened.read(min(PIECE, left))):
        left -= len(piece)
        yield piece


def _mac(key: NumberedKey) -> Any:
    """As `django.core.signing.Signer` with this salt computes it, to be fed piece by piece."""
    return salted_hmac(f"{SALT}signer", b"", secret=key.value, algorithm="sha256")


def _as_text(mac: Any) -> bytes:
    return b64_encode(mac.digest())
