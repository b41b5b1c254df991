"""Verification of the trail: every receipt and event is compared with its chain of digests.

Somebody with the database's password can switch the triggers off. What they then change, remove,
add or move no longer matches the chain, and is reported here. They can also compute the rest of the
chain again: to detect that, the ends of the trails are stored elsewhere and compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.db import models, transaction
from django.db.models import Exists, F, Func, OuterRef, QuerySet

from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Receipt
from notices.models import Event, TrailEntry, TrailHead

AT_A_TIME = 2000  # rows in memory at the same time
SALT = "notices.trail.anchor"

End = tuple[int, str]  # position and digest of the last entry of a trail

REMOVED = "removed"
CHANGED = "changed"
ADDED = "added: it has no place in the trail"
OUT_OF_ORDER = "out of order: it does not follow the one before it"
MISSING = "removed: the trail has nothing in this place"
END_REMOVED = "removed: the trail ends before the end that it had"
END_MOVED = "changed: the trail goes on beyond its known end, or ends otherwise"
NOT_AS_STORED = "changed since: not what the kept file says"
SHORTER = "removed since: the trail is shorter than the kept file says"


@dataclass(frozen=True)
class Fault:
    """A mismatch: its company, its position in the trail, its row, and what is wrong."""

    company: int
    position: int | None
    row: str
    what: str

    def __str__(self) -> str:
        place = "no position" if self.position is None else f"position {self.position}"
        return ", ".join(filter(None, (f"company {self.company}", place, self.row, self.what)))


class Digest(Func):
    """The digest of an entry computed from its row as it is now; null when the row is missing."""

    function = "trail_digest"
    output_field = models.CharField()

    def __init__(self) -> None:
        super().__init__("previous", "company", "position", "receipt", "event", "columns")


@dataclass
class Reading:
    """A verification of every company's trail.

    `known_heads` are ends stored earlier, to compare with; `heads` the ends that were found.
    """

    known_heads: dict[int, End] = field(default_factory=dict)
    heads: dict[int, End] = field(default_factory=dict)
    count: int = 0

    def faults(self) -> Iterator[Fault]:
        """Yield each fault. Rows are streamed, so that a million of them fit in memory."""
        # a server-side cursor needs a transaction
        with (
            across_companies(because="the trail of every company is read again"),
            transaction.atomic(),
        ):
            yield from self._entry_faults()
            yield from self._empty_trail_faults()
            yield from _faults_without_entry(Receipt, "receipt")
            yield from _faults_without_entry(Event, "event")
        for company, (position, _digest) in self.known_heads.items():
            if self.heads.get(company, (0, ""))[0] < position:
                yield Fault(company, position, "", SHORTER)

    def _entry_faults(self) -> Iterator[Fault]:
        entries = TrailEntry.objects.order_by("company", F("position").asc(nulls_last=True))
        annotated = entries.annotate(
            recomputed=Digest(),
            head_position=F("company__trail_head__position"),
            head_digest=F("company__trail_head__digest"),
        )
        previous: TrailEntry | None = None
        for entry in annotated.iterator(chunk_size=AT_A_TIME):
            self.count += 1
            if previous is not None and previous.company_id != entry.company_id:
                yield from self._end_faults(previous)
                previous = None
            if entry.position is None:
                yield Fault(entry.company_id, None, entry.names_row, ADDED)
                continue
            yield from self._faults_of(entry, previous)
            previous = entry
        if previous is not None:
            yield from self._end_faults(previous)

    def _faults_of(self, entry: Any, previous: TrailEntry | None) -> Iterator[Fault]:
        """The faults of an entry, annotated by `_entry_faults`."""
        company, position, row = entry.company_id, entry.position, entry.names_row
        last, digest = ((previous.position or 0), previous.digest) if previous else (0, "")
        for place in range(last + 1, min(position, last + 11)):  # at most ten are listed
            yield Fault(company, place, "", MISSING)
        if position == last + 1 and entry.previous != digest:
            yield Fault(company, position, row, OUT_OF_ORDER)
        if entry.recomputed is None:
            yield Fault(company, position, row, REMOVED)
        elif entry.recomputed != entry.digest:
            yield Fault(company, position, row, CHANGED)
        known_position, known_digest = self.known_heads.get(company, (0, ""))
        if known_position == position and known_digest != entry.digest:
            yield Fault(company, position, row, NOT_AS_STORED)

    def _end_faults(self, last: Any) -> Iterator[Fault]:
        """Check that the last entry of a company is the one that its head names."""
        self.heads[last.company_id] = (last.position, last.digest)
        if (last.head_position or 0) > last.position:
            yield Fault(last.company_id, last.head_position, "", END_REMOVED)
        elif (last.head_position, last.head_digest) != (last.position, last.digest):
            yield Fault(last.company_id, last.position, last.names_row, END_MOVED)

    def _empty_trail_faults(self) -> Iterator[Fault]:
        entries = TrailEntry.objects.filter(company=OuterRef("company"), position__isnull=False)
        for head in TrailHead.objects.filter(~Exists(entries)).order_by("company"):
            yield Fault(head.company_id, head.position, "", END_REMOVED)


def _faults_without_entry(model: type[Receipt | Event], link: str) -> Iterator[Fault]:
    """Rows written while the triggers were off."""
    rows: QuerySet = model.objects.filter(
        ~Exists(TrailEntry.objects.filter(**{link: OuterRef("pk")}))
    )
    added = rows.order_by("company", "pk").values_list("company", "pk")
    for company, key in added.iterator(chunk_size=AT_A_TIME):
        yield Fault(company, None, f"{link} {key}", ADDED)


# --- ends stored elsewhere ------------------------------------------------------------------------


def sign_heads(heads: dict[int, End]) -> str:
    """The ends of all trails as a signed text, a line each: company, position, digest."""
    lines = [f"{company} {position} {digest}" for company, (position, digest) in heads.items()]
    return signing.Signer(salt=SALT).sign("\n".join(lines) + "\n") + "\n"


def read_signed_heads(text: str) -> dict[int, End]:
    """Read what `sign_heads` wrote. Raises BadSignature when the text was changed."""
    lines = signing.Signer(salt=SALT).unsign(text.removesuffix("\n")).split("\n")
    heads = {}
    for line in filter(None, lines):
        company, position, digest = line.split(" ")
        heads[int(company)] = int(position), digest
    return heads
