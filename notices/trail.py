"""Verification of the trail: every receipt and event is compared with its chain of digests.

Somebody with the database's password can switch the triggers off. What they then change, remove,
add or move no longer matches the chain, and is reported here. The digests are computed
here (`notices.digests`), from the rows as they are stored (`notices.stored`): no function of the
database answers for itself. What keeps the trail there is compared with the migrations
(`notices.definitions`). They can also compute the rest of the chain again: to detect that, the ends
of the trails are stored elsewhere (`notices.anchors`) and compared.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from cse_portal.commands.progress import Progress, Untold
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Receipt
from notices.definitions import columns_at_first, differences
from notices.known_ends import NO_END, End, KnownEnds
from notices.models import Event, TrailEntry, TrailHead
from notices.stored import AT_A_TIME, StoredEntry, StoredRows, as_stored

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
END_WITHOUT_ENTRY = "removed or changed: the trail's end has no such entry"
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


def discard(lines: list[bytes]) -> None:
    """Keep no ends."""


@dataclass
class Reading:
    """A verification of every company's trail, from its first entry to its last.

    `known` are ends stored earlier, to compare with; `keep` receives those that are found, as lines
    of an anchor. However many entries and companies there are, some are in memory.
    """

    known: KnownEnds = field(default_factory=KnownEnds)
    keep: Callable[[list[bytes]], None] = discard
    progress: Progress = field(default_factory=Untold)
    #: entries and companies that were read
    count: int = 0
    companies: int = 0
    #: the columns that a company's first entry covers at least, by the kind of its row
    _at_first: dict[str, frozenset[str]] = field(default_factory=columns_at_first)

    def faults(self) -> Iterator[Fault]:
        """Yield each fault, those of the database itself first."""
        with as_it_is():
            stored = StoredRows()
            yield from faults_of_the_database(stored)
            self.progress.begin("entries", TrailEntry.objects.count())
            for company, entries in groupby(stored.entries(), attrgetter("company")):
                yield from gone(self.known.before(company))
                end = yield from self.trail_faults(company, entries, self.known.of(company))
                if end is not None:
                    self.companies += 1
                    self.keep([end.line(company)])
            yield from _empty_trail_faults()
            yield from _faults_without_entry(Receipt, "receipt")
            yield from _faults_without_entry(Event, "event")
        yield from gone(self.known.before(None))

    def trail_faults(
        self, company: int, entries: Iterable[StoredEntry], known: End, *, start: int = 0
    ) -> Generator[Fault, None, End | None]:
        """Yield the faults of a company's entries, and return where they end; None without any.

        The entries are all of them, or those from the position `start` on.
        """
        last: StoredEntry | None = None
        covered, count = dict(self._at_first), 0
        for entry in entries:
            count += 1
            if entry.position is None:
                yield Fault(entry.company, None, entry.names_row, ADDED)
                continue
            if not _follows(entry, last):
                yield from _order_faults(entry, entry.position, last, start=start)
            recomputed = entry.recomputed
            if recomputed != entry.digest:
                what = REMOVED if recomputed is None else CHANGED
                yield Fault(entry.company, entry.position, entry.names_row, what)
            elif _covers_less(entry, covered):
                yield Fault(entry.company, entry.position, entry.names_row, NARROWER)
            if known.position == entry.position and known.digest != entry.digest:
                yield Fault(entry.company, entry.position, entry.names_row, NOT_AS_STORED)
            last = entry
        self.count += count
        self.progress.advance(count)
        end = End(last.position or 0, last.digest) if last else None
        if last:
            yield from _end_faults(last)
        if (end or NO_END).position < known.position:
            yield Fault(company, known.position, "", SHORTER)
        return end


@contextmanager
def as_it_is() -> Iterator[None]:
    """In this block, every company's rows are read as they are stored, in one transaction."""
    # a server-side cursor needs a transaction
    with (
        across_companies(because="the trail of every company is read again"),
        transaction.atomic(),
        as_stored(),
    ):
        yield


def faults_of_the_database(stored: StoredRows) -> Iterator[Fault]:
    """What keeps the trail there, and is otherwise than the migrations make it."""
    for difference in differences():
        yield Fault(None, None, *difference)
    for column in stored.unreadable:
        yield Fault(None, None, f"column {column.name} of {column.table}", UNREADABLE)


def gone(known: Iterable[tuple[int, End]]) -> Iterator[Fault]:
    """Ends that were known of companies whose trail has nothing."""
    for company, end in known:
        yield Fault(company, end.position, "", SHORTER)


def _follows(entry: StoredEntry, last: StoredEntry | None) -> bool:
    """Whether an entry is the next one, as nearly all are."""
    if last is None:
        return entry.position == 1 and entry.previous == ""
    return entry.position == (last.position or 0) + 1 and entry.previous == last.digest


def _order_faults(
    entry: StoredEntry, position: int, last: StoredEntry | None, *, start: int
) -> Iterator[Fault]:
    """Places that are missing before an entry, and whether it follows the one before it."""
    place = last.position or 0 if last else max(start - 1, 0)
    for missing in range(place + 1, min(position, place + 11)):  # at most ten are listed
        yield Fault(entry.company, missing, "", MISSING)
    is_first_of_some = last is None and start > 1  # the one before it was not asked for
    follows = is_first_of_some or entry.previous == (last.digest if last else "")
    if position == place + 1 and not follows:
        yield Fault(entry.company, position, entry.names_row, OUT_OF_ORDER)


def _covers_less(entry: StoredEntry, covered: dict[str, frozenset[str]]) -> bool:
    """Whether a column is left out: what is written in it later would not be noticed."""
    kind, columns = "receipt" if entry.receipt else "event", entry.covered.names or frozenset()
    before = covered[kind]
    if columns == before:
        return False
    covered[kind] = before | columns
    return not before <= columns


def _end_faults(last: StoredEntry) -> Iterator[Fault]:
    """Whether the last entry of a company is the one that its head names."""
    position = last.position or 0
    if (last.head_position or 0) > position:
        yield Fault(last.company, last.head_position, "", END_REMOVED)
    elif (last.head_position, last.head_digest) != (position, last.digest):
        yield Fault(last.company, position, last.names_row, END_MOVED)


def _empty_trail_faults() -> Iterator[Fault]:
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
