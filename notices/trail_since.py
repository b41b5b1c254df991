"""Verification of what was appended to the trails since an anchor, and of the ends that it knew.

The ends of all trails are read in the order of the companies, beside those of the anchor: most are
equal. Of the others, the entries from the known end on are read by their index. So a night costs
what a day wrote, and a line for each company.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from notices.known_ends import NO_END, End, read_end
from notices.models import TrailEntry, TrailHead
from notices.stored import StoredRows, ends
from notices.trail import (
    ADDED,
    END_REMOVED,
    END_WITHOUT_ENTRY,
    NOT_AS_STORED,
    SHORTER,
    Fault,
    Reading,
    as_it_is,
    faults_of_the_database,
    gone,
)

#: companies whose trail grew, and lines for an anchor, in memory at the same time
GROWN_AT_A_TIME = 500
LINES_AT_A_TIME = 20_000


class ReadingSince(Reading):
    """A verification of what came after ends that were known, and of these ends.

    It does not find a row that was changed before them, nor one that was written without an entry:
    only the whole reading does.
    """

    def faults(self) -> Iterator[Fault]:
        with as_it_is():
            stored = StoredRows()
            yield from faults_of_the_database(stored)
            for entry in TrailEntry.objects.filter(position=None).order_by("company", "pk"):
                yield Fault(entry.company_id, None, _names_row(entry), ADDED)
            self.progress.begin("companies", TrailHead.objects.count())
            yield from self._faults_of_ends(ends(), stored)
        yield from gone(self.known.before(None))

    def _faults_of_ends(
        self, found: Iterable[tuple[bytes, bool]], stored: StoredRows
    ) -> Iterator[Fault]:
        lines: list[bytes] = []
        grown: dict[int, tuple[int, End, End]] = {}  # where its line is, its end known and found
        for line, has_entry in found:
            if not has_entry:
                company, end = read_end(line)
                yield Fault(company, end.position, "", END_WITHOUT_ENTRY)
            if not self.known.takes(line):
                company, end = read_end(line)
                yield from gone(self.known.before(company))
                known = self.known.of(company)
                if end.position > known.position:
                    grown[company] = len(lines), known, end
                elif end != known:
                    what = SHORTER if end.position < known.position else NOT_AS_STORED
                    yield Fault(company, known.position, "", what)
            lines.append(line)
            if len(grown) >= GROWN_AT_A_TIME or len(lines) >= LINES_AT_A_TIME:
                yield from self._faults_of_grown(grown, lines, stored)
                lines, grown = [], {}
        yield from self._faults_of_grown(grown, lines, stored)

    def _faults_of_grown(
        self, grown: dict[int, tuple[int, End, End]], lines: list[bytes], stored: StoredRows
    ) -> Iterator[Fault]:
        """Read what was appended; the ends, as they were verified, go to the anchor."""
        from_known = {company: known.position for company, (_line, known, _end) in grown.items()}
        left = set(grown)
        entries = stored.entries(from_known) if grown else ()
        for company, appended in groupby(entries, attrgetter("company")):
            place, known, _end = grown[company]
            end = yield from self.trail_faults(company, appended, known, start=known.position)
            left.discard(company)
            lines[place] = (end or NO_END).line(company)
        for company in sorted(left):
            _place, _known, end = grown[company]
            yield Fault(company, end.position, "", END_REMOVED)
        self.companies += len(lines)
        self.progress.advance(len(lines))
        self.keep(lines)


def _names_row(entry: TrailEntry) -> str:
    return f"receipt {entry.receipt_id}" if entry.receipt_id else f"event {entry.event_id}"
