"""What a page shows, as a browser reads its HTML: controls, and the errors tied to them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
SEEN_AS_TYPED = {"text", "email", "tel", "search", "password", "number", "date"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    around: list["Element"]
    text: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        return " ".join("".join(self.text).split())


class Page(HTMLParser):
    """The elements of a page. NUL is read as U+FFFD, as every browser reads it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(html.replace("\x00", "\ufffd"))
        self.by_id = {one.attributes["id"]: one for one in self.elements if "id" in one.attributes}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.open[:])
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text.append(data)

    def controls(self, name: str) -> list[Element]:
        return [
            one
            for one in self.elements
            if one.tag in {"input", "select", "textarea"} and one.attributes.get("name") == name
        ]

    def complaint(self, name: str) -> str:
        """What the page reproaches to a field: the text of the error that describes it."""
        described = [
            described_by
            for control in self.controls(name)
            for element in (control, *control.around)
            for described_by in element.attributes.get("aria-describedby", "").split()
        ]
        errors = [
            self.by_id[one]
            for one in dict.fromkeys(described)
            if one in self.by_id and "error" in self.by_id[one].attributes.get("class", "").split()
        ]
        return " ".join(error.said for error in errors)

    def shown_in(self, name: str) -> list[str]:
        """What stands in the text boxes of that name."""
        return [
            control.attributes.get("value", "")
            for control in self.controls(name)
            if control.attributes.get("type", "text") in SEEN_AS_TYPED
        ]


def main_of(html: str) -> Page:
    """What the page is about, without what stands around it on every page."""
    return Page(html[html.index("<main") : html.index("</main>")])
