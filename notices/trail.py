"""The trail read again, from its first receipt to its last event: what no longer agrees.

Somebody with the database's password can switch triggers off. What he then changes, removes, adds
or moves no longer agrees with the chain, and is named here. He can also compute the whole chain
again from there: that is what the ends of the trails, kept elsewhere, are against.
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

AT_A_TIME = 2000  # rows that are in memory together
SALT = "notices.trail.anchor"

REMOVED = "removed"
CHANGED = "changed"
ADDED = "added: it has no place in the trail"
OUT_OF_ORDER = "out of order: it does not follow the one before it"
MISSING = "removed: the trail has nothing in this place"
END_REMOVED = "removed: the trail ends before the end that it had"
END_MOVED = "changed: the trail goes on beyond its known end, or ends otherwise"
NOT_AS_KEPT = "changed since: not what the kept file says"
SHORTER = "removed since: the trail is shorter than the kept file says"


@dataclass(frozen=True)
class Fault:
    """One thing that does not agree: in which company, in which place, of which row, what."""

    company: int
    position: int | None
    row: str
    what: str

    def __str__(self) -> str:
        place = "no position" if self.position is None else f"position {self.position}"
        return ", ".join(filter(None, (f"company {self.company}", place, self.row, self.what)))


class Digest(Func):
    """What the digest of an entry should be, from its row as it is now; none without its row."""

    function = "trail_digest"
    output_field = models.CharField()

    def __init__(self) -> None:
        super().__init__("previous", "company", "position", "receipt", "event", "columns")


@dataclass
class Reading:
    """One reading of every company's trail; `heads` says where each one ended."""

    kept: dict[int, tuple[int, str]] = field(default_factory=dict)
    heads: dict[int, tuple[int, str]] = field(default_factory=dict)
    count: int = 0

    def faults(self) -> Iterator[Fault]:
        """Each fault, as it is met. Rows pass one after the other: a million fit."""
        # in a transaction, PostgreSQL hands rows out as they are asked for
        with (
            across_companies(because="the trail of every company is read again"),
            transaction.atomic(),
        ):
            yield from self._of_entries()
            yield from self._of_heads_without_entries()
            yield from _without_entry(Receipt, "receipt")
            yield from _without_entry(Event, "event")
        for company, (position, _digest) in self.kept.items():
            if self.heads.get(company, (0, ""))[0] < position:
                yield Fault(company, position, "", SHORTER)

    def _of_entries(self) -> Iterator[Fault]:
        entries = TrailEntry.objects.order_by("company", F("position").asc(nulls_last=True))
        read = entries.annotate(
            again=Digest(),
            head_position=F("company__trail_head__position"),
            head_digest=F("company__trail_head__digest"),
        )
        before: Any = None
        for entry in read.iterator(chunk_size=AT_A_TIME):
            self.count += 1
            if before is not None and before.company_id != entry.company_id:
                yield from self._of_end(before)
                before = None
            if entry.position is None:
                yield Fault(entry.company_id, None, entry.names_row, ADDED)
                continue
            yield from self._of_entry(entry, before)
            before = entry
        if before is not None:
            yield from self._of_end(before)

    def _of_entry(self, entry: Any, before: Any) -> Iterator[Fault]:
        company, position, row = entry.company_id, entry.position, entry.names_row
        last, digest = (before.position, before.digest) if before is not None else (0, "")
        for place in range(last + 1, min(position, last + 11)):  # ten tell as much as a million
            yield Fault(company, place, "", MISSING)
        if position == last + 1 and entry.previous != digest:
            yield Fault(company, position, row, OUT_OF_ORDER)
        if entry.again is None:
            yield Fault(company, position, row, REMOVED)
        elif entry.again != entry.digest:
            yield Fault(company, position, row, CHANGED)
        known, its_digest = self.kept.get(company, (0, ""))
        if known == position and its_digest != entry.digest:
            yield Fault(company, position, row, NOT_AS_KEPT)

    def _of_end(self, last: Any) -> Iterator[Fault]:
        """The last entry of a company is the one that its head names."""
        self.heads[last.company_id] = (last.position, last.digest)
        if (last.head_position or 0) > last.position:
            yield Fault(last.company_id, last.head_position, "", END_REMOVED)
        elif (last.head_position, last.head_digest) != (last.position, last.digest):
            yield Fault(last.company_id, last.position, last.names_row, END_MOVED)

    def _of_heads_without_entries(self) -> Iterator[Fault]:
        entries = TrailEntry.objects.filter(company=OuterRef("company"), position__isnull=False)
        for head in TrailHead.objects.filter(~Exists(entries)).order_by("company"):
            yield Fault(head.company_id, head.position, "", END_REMOVED)


def _without_entry(model: type[Receipt | Event], link: str) -> Iterator[Fault]:
    """Rows that somebody wrote while the triggers were off."""
    rows: QuerySet = model.objects.filter(
        ~Exists(TrailEntry.objects.filter(**{link: OuterRef("pk")}))
    )
    added = rows.order_by("company", "pk").values_list("company", "pk")
    for company, key in added.iterator(chunk_size=AT_A_TIME):
        yield Fault(company, None, f"{link} {key}", ADDED)


# --- what is kept elsewhere -----------------------------------------------------------------------


def written(heads: dict[int, tuple[int, str]]) -> str:
    """The ends of all trails, signed; a line each: company, position, digest."""
    lines = [f"{company} {position} {digest}" for company, (position, digest) in heads.items()]
    return signing.Signer(salt=SALT).sign("\n".join(lines) + "\n") + "\n"


def read(text: str) -> dict[int, tuple[int, str]]:
    """What `written` wrote. Raises BadSignature when it isn't that, word for word."""
    lines = signing.Signer(salt=SALT).unsign(text.removesuffix("\n")).split("\n")
    heads = {}
    for line in filter(None, lines):
        company, position, digest = line.split(" ")
        heads[int(company)] = int(position), digest
    return heads
