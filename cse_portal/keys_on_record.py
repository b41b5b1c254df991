"""The keys that the database needs: on record by fingerprint, compared with those listed here.

A receipt's code is computed, and so is the signature of a kept file: without their key, papers and
files that are good would look forged. The record tells when a key is missing here, or when two
machines gave one number to two keys. It never has a key.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Count

from cse_portal import clock
from cse_portal.commands.progress import Progress
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import KeyOnRecord, Receipt
from cse_portal.numbered_keys import OF_BEFORE, NumberedKey

Purpose = KeyOnRecord.Purpose

#: the variable that lists the keys of each purpose
VARIABLES = {Purpose.RECEIPTS: "CSE_RECEIPT_KEYS", Purpose.ANCHORS: "CSE_ANCHOR_KEYS"}
PAGES = "SELECT pg_relation_size(%s::regclass) / current_setting('block_size')::bigint"
PAGES_AT_A_TIME = 8192  # 64 MB, as PostgreSQL is built
WHAT_TO_DO = "docs/operations.md, Secrets, tells what to do."


def listed_keys(purpose: Purpose) -> list[NumberedKey]:
    """The keys of a purpose on this machine, the one that is written with first."""
    keys: list[NumberedKey] = getattr(settings, VARIABLES[purpose])
    return keys


def of_no_company() -> across_companies:
    """The scope of the table."""
    return across_companies(because="keys belong to no company")


def on_record(purpose: Purpose) -> list[KeyOnRecord]:
    """The keys of a purpose that the database knows. Raises DatabaseError."""
    with of_no_company():
        return list(KeyOnRecord.objects.filter(purpose=purpose).order_by("number", "fingerprint"))


def what_is_wrong(purpose: Purpose) -> list[str]:
    """What does not fit between the keys listed here and those on record, a sentence each.

    Raises DatabaseError.
    """
    return _what_is_wrong(purpose, on_record(purpose))


def _what_is_wrong(purpose: Purpose, known: Iterable[KeyOnRecord]) -> list[str]:
    variable, said = VARIABLES[purpose], []
    fingerprints = {(key.number, key.fingerprint) for key in listed_keys(purpose)}
    numbers = {number for number, _fingerprint in fingerprints if number != OF_BEFORE}
    for key in known:
        if (key.number, key.fingerprint) in fingerprints:
            continue
        if key.number in numbers:
            said.append(
                f"Key {key.number} of {variable} is not the one that other machines have, whose "
                f"fingerprint is {key.fingerprint}."
            )
        elif key.used_at:
            said.append(f"{variable} does not list key {key}, which {key.get_purpose_display()}.")
    return said


def put_on_record(purpose: Purpose) -> list[str]:
    """Have the database know the keys listed here, and that the first of them is written with.

    Return what is wrong instead, as `what_is_wrong` says it; nothing is put on record then. Raises
    DatabaseError.
    """
    known = on_record(purpose)
    if said := _what_is_wrong(purpose, known):
        return said
    used = {(key.number, key.fingerprint): bool(key.used_at) for key in known}
    rows = [
        KeyOnRecord(purpose=purpose, number=key.number, fingerprint=key.fingerprint)
        for key in listed_keys(purpose)
    ]
    if all((row.number, row.fingerprint) in used for row in rows) and (
        not rows or used[rows[0].number, rows[0].fingerprint]
    ):
        return []
    with of_no_company():
        KeyOnRecord.objects.bulk_create(rows, ignore_conflicts=True)
        KeyOnRecord.objects.filter(
            purpose=purpose,
            number=rows[0].number,
            fingerprint=rows[0].fingerprint,
            used_at=None,
        ).update(used_at=clock.now())
    return what_is_wrong(purpose)  # another machine may have given the number to another key


def why_not_served() -> str:
    """Why the portal may serve nobody: a receipt's key is missing; else empty.

    The keys listed here are put on record. Raises DatabaseError.
    """
    said = put_on_record(Purpose.RECEIPTS)
    return " ".join([*said, WHAT_TO_DO]) if said else ""


@dataclass(frozen=True)
class KeyState:
    """A key that is listed here, on record, or both."""

    number: int
    fingerprint: str
    is_listed: bool
    #: what is new is written with it
    is_present: bool
    #: since when something may bear it, as the database knows it
    used_at: datetime | None

    @property
    def is_missing(self) -> bool:
        return self.used_at is not None and not self.is_listed

    def __str__(self) -> str:
        if self.is_present:
            return "in use"
        if self.is_missing:
            return "MISSING"
        if self.used_at is None:
            return "announced" if self.is_listed else "no longer announced"
        return "listed"


def states(purpose: Purpose) -> list[KeyState]:
    """Every key of a purpose, in the order of the list; those only on record come last.

    Raises DatabaseError.
    """
    listed = listed_keys(purpose)
    used = {(key.number, key.fingerprint): key.used_at for key in on_record(purpose)}
    names = list(dict.fromkeys([*((key.number, key.fingerprint) for key in listed), *used]))
    return [
        KeyState(
            *name,
            is_listed=place < len(listed),
            is_present=place == 0 and bool(listed),
            used_at=used.get(name),
        )
        for place, name in enumerate(names)
    ]


def receipts_by_number(progress: Progress) -> Counter[int]:
    """How many receipts bear each number: counted in the order in which they lie on the disk.

    In a statement for each 64 MB of them, so that none takes long or keeps a snapshot, and no index
    has to be there for it. Raises DatabaseError.
    """
    counts: Counter[int] = Counter()
    with of_no_company():
        pages = _pages_of_receipts()
        progress.begin("pages of receipts", pages)
        for start in range(0, pages, PAGES_AT_A_TIME):
            end = min(start + PAGES_AT_A_TIME, pages)
            rows = Receipt.objects.extra(
                where=["ctid >= %s::tid AND ctid < %s::tid"],
                params=[f"({start},0)", f"({end},0)"],
            )
            counted = rows.order_by().values_list("code_key").annotate(count=Count("*"))
            counts.update(dict(counted))
            progress.advance(end - start)
    return counts


def _pages_of_receipts() -> int:
    """How many pages their table takes."""
    with connection.cursor() as cursor:
        cursor.execute(PAGES, [Receipt._meta.db_table])
        return int(cursor.fetchone()[0])
