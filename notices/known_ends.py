"""The ends of trails as a stream, company by company: as an anchor has them, and as they are."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class End(NamedTuple):
    """Position and digest of the last entry of a trail."""

    position: int
    digest: str

    def line(self, company: int) -> bytes:
        """As an anchor has it."""
        return f"{company} {self.position} {self.digest}".encode()


NO_END = End(0, "")


class KnownEnds:
    """Ends that were known, asked in the order of the companies: one is in memory at a time."""

    def __init__(self, lines: Iterable[bytes] = ()) -> None:
        self._lines = filter(None, lines)
        self._line = next(self._lines, None)

    def takes(self, line: bytes) -> bool:
        """Whether the next one is this line; it is passed then."""
        if line != self._line:
            return False
        self._line = next(self._lines, None)
        return True

    def before(self, company: int | None) -> Iterator[tuple[int, End]]:
        """Those of the companies below it that nobody asked for; None for all that are left."""
        while self._line is not None:
            known = read_end(self._line)
            if company is not None and known[0] >= company:
                return
            self._line = next(self._lines, None)
            yield known

    def of(self, company: int) -> End:
        """The end of a company, once; NO_END for one that had none."""
        if self._line is None:
            return NO_END
        its_company, end = read_end(self._line)
        if its_company != company:
            return NO_END
        self._line = next(self._lines, None)
        return end


def read_end(line: bytes) -> tuple[int, End]:
    """A company and its end, from a line of an anchor."""
    company, position, digest = line.split(b" ")
    return int(company), End(int(position), digest.decode())
