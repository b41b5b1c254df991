"""The keys that the database needs: on record by fingerprint, compared with those listed here.

A receipt's code is computed, and so is the signature of a kept file: without their key, papers and
files that are good would look forged. The record tells when a key is missing here, or when two
machines gave one number to two keys. It never has a key.
"""

from collections.abc import Iterable

from django.conf import settings

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import KeyOnRecord
from cse_portal.numbered_keys import OF_BEFORE, NumberedKey

Purpose = KeyOnRecord.Purpose

#: the variable that lists the keys of each purpose
VARIABLES = {Purpose.RECEIPTS: "CSE_RECEIPT_KEYS", Purpose.ANCHORS: "CSE_ANCHOR_KEYS"}
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
