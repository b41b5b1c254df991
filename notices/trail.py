"""Verification of the trail: every receipt and event is compared with its chain of digests.

Somebody with the database's password can switch the triggers off. What they then change, remove,
add or move no longer matches the chain, and is reported here. The digests are computed
here (`notices.digests`), from the rows as they are stored (`notices.stored`): no function of the
database answers for itself. What keeps the trail there is compared with the migrations
(`notices.definitions`). They can also compute the rest of the chain again: to detect that, the ends
of the trails are stored elsewhere and compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from cse_portal.commands.progress import Progress
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Receipt
from notices import anchors
from notices.definitions import columns_at_first, differences
from notices.models import Event, TrailEntry, TrailHead
from notices.stored import AT_A_TIME, StoredEntry, StoredRows, as_stored

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
NARROWER = "changed: it covers fewer columns than the trail did before it"
UNREADABLE = "changed: its values can't be read as they are stored"


@dataclass(frozen=True)
class Fault:
    """A mismatch: its company, its position in the trail, its row, and what is wrong.

    Without a company, what is wrong is in the database itself: `row` names it.
    """

    company: int | None
    position: int | None
    row: str
    what: str

    def __str__(self) -> str:
        if self.company is None:
            return f"{self.row}, {self.what}"
        place = "no position" if self.position is None else f"position {self.position}"
        return ", ".join(filter(None, (f"company {self.company}", place, self.row, self.what)))


@dataclass
class Reading:
    """A verification of every company's trail.

    `known_heads` are ends stored earlier, to compare with; `heads` the ends that were found.
    """

    known_heads: dict[int, End] = field(default_factory=dict)
    heads: dict[int, End] = field(default_factory=dict)
    count: int = 0
    progress: Progress | None = None
    #: the columns that the next entry of a company covers at least, by the kind of its row
    _covered: dict[str, set[str]] = field(default_factory=columns_at_first)

    def faults(self) -> Iterator[Fault]:
        """Yield each fault, those of the database itself first. Rows are streamed."""
        # a server-side cursor needs a transaction
        with (
            across_companies(because="the trail of every company is read again"),
            transaction.atomic(),
            as_stored(),
        ):
            for difference in differences():
                yield Fault(None, None, *difference)
            yield from self._entry_faults(StoredRows())
            yield from self._empty_trail_faults()
            yield from _faults_without_entry(Receipt, "receipt")
            yield from _faults_without_entry(Event, "event")
        for company, (position, _digest) in self.known_heads.items():
            if self.heads.get(company, (0, ""))[0] < position:
                yield Fault(company, position, "", SHORTER)

    def _entry_faults(self, stored: StoredRows) -> Iterator[Fault]:
        for column in stored.unreadable:
            yield Fault(None, None, f"column {column.name} of {column.table}", UNREADABLE)
        previous: StoredEntry | None = None
        at_first = dict(self._covered)
        for entry in stored.entries():
            self.count += 1
            if self.progress:
                self.progress.advance()
            if previous is not None and previous.company != entry.company:
                yield from self._end_faults(previous)
                previous, self._covered = None, dict(at_first)
            if entry.position is None:
                yield Fault(entry.company, None, entry.names_row, ADDED)
                continue
            yield from self._faults_of(entry, entry.position, previous)
            previous = entry
        if previous is not None:
            yield from self._end_faults(previous)

    def _faults_of(
        self, entry: StoredEntry, position: int, previous: StoredEntry | None
    ) -> Iterator[Fault]:
        company, row, recomputed = entry.company, entry.names_row, entry.recomputed
        last, digest = ((previous.position or 0), previous.digest) if previous else (0, "")
        for place in range(last + 1, min(position, last + 11)):  # at most ten are listed
            yield Fault(company, place, "", MISSING)
        if position == last + 1 and entry.previous != digest:
            yield Fault(company, position, row, OUT_OF_ORDER)
        if recomputed is None:
            yield Fault(company, position, row, REMOVED)
        elif recomputed != entry.digest:
            yield Fault(company, position, row, CHANGED)
        elif self._covers_less(entry):
            yield Fault(company, position, row, NARROWER)
        known_position, known_digest = self.known_heads.get(company, (0, ""))
        if known_position == position and known_digest != entry.digest:
            yield Fault(company, position, row, NOT_AS_STORED)

    def _covers_less(self, entry: StoredEntry) -> bool:
        """Whether a column is left out: what is written in it later would not be noticed."""
        kind, columns = "receipt" if entry.receipt else "event", set(entry.columns)
        is_narrower = not self._covered[kind] <= columns
        self._covered[kind] = self._covered[kind] | columns
        return is_narrower

    def _end_faults(self, last: StoredEntry) -> Iterator[Fault]:
        """Check that the last entry of a company is the one that its head names."""
        position = last.position or 0
        self.heads[last.company] = (position, last.digest)
        if (last.head_position or 0) > position:
            yield Fault(last.company, last.head_position, "", END_REMOVED)
        elif (last.head_position, last.head_digest) != (position, last.digest):
            yield Fault(last.company, position, last.names_row, END_MOVED)

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
    """The ends of all trails as a signed text, a line each: company, position, digest.

    Raises NoSuchKey.
    """
    lines = [f"{company} {position} {digest}" for company, (position, digest) in heads.items()]
    return anchors.signed("\n".join(lines) + "\n")


def read_signed_heads(text: str) -> dict[int, End]:
    """Read what `sign_heads` wrote. Raises BadSignature when the text was changed, NoSuchKey."""
    lines = anchors.text_of(text).split("\n")
    heads = {}
    for line in filter(None, lines):
        company, position, digest = line.split(" ")
        heads[int(company)] = int(position), digest
    return heads
