"""HTML as a tree: just enough of it to read a page as a person does."""

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
UNREAD = {"script", "style", "template"}
BLOCKS = {"p", "div", "li", "dt", "dd", "td", "th", "tr", "h1", "h2", "h3", "legend", "br", "table"}


class Element:
    """One element, with what stands in it."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: "Element | None") -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Element | str] = []

    def __getitem__(self, attribute: str) -> str:
        return self.attributes.get(attribute, "")

    def __contains__(self, attribute: str) -> bool:
        return attribute in self.attributes

    def has_class(self, name: str) -> bool:
        return name in self["class"].split()

    def descendants(self) -> Iterator["Element"]:
        below = self.children[::-1]
        while below:
            child = below.pop()
            if isinstance(child, Element):
                yield child
                below += child.children[::-1]

    def all(self, *tags: str, of_class: str = "", **attributes: str) -> list["Element"]:
        """Every element below of one of those tags, with that class and those attributes."""
        return [
            one
            for one in self.descendants()
            if (not tags or one.tag in tags)
            and (not of_class or one.has_class(of_class))
            and all(one[name] == value for name, value in attributes.items())
        ]

    def first(self, *tags: str, of_class: str = "", **attributes: str) -> "Element | None":
        return next(iter(self.all(*tags, of_class=of_class, **attributes)), None)

    def around(self, tag: str) -> "Element | None":
        """The nearest element of that tag that holds this one."""
        above = self.parent
        while above and above.tag != tag:
            above = above.parent
        return above

    @property
    def is_seen(self) -> bool:
        """Whether a sighted person sees it; « Imprimer » is hidden only until a script runs."""
        if self.has_class("visually-hidden") or self.tag in UNREAD:
            return False
        return "hidden" not in self or "data-print" in self

    @property
    def text(self) -> str:
        """What is read there, on one line; without what only a screen reader says."""
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.is_seen:
                yield from child._pieces()
                if child.tag in BLOCKS:
                    yield " "


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Element("", {}, None)

    def updatepos(self, i: int, j: int) -> int:
        """Nobody asks for lines: they are not counted, which takes a tenth of the parser's time."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        new = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(new)
        if tag not in VOID:
            self.here = new

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def parse(html: str) -> Element:
    """The tree of a whole page; it fails where a tag closes another one."""
    builder = _Builder()
    builder.feed(html)
    assert builder.here is builder.root, f"<{builder.here.tag}> is not closed"
    return builder.root
