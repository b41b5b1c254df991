"""A page as a person sees it: its title, fields, buttons, tables, and what it says is wrong."""

from tests.journeys.dom import Element, parse


class Page:
    """What the portal answered, read by its words."""

    def __init__(self, html: str, *, status: int = 200) -> None:
        self.html = html
        self.status = status
        self.tree = parse(html)
        self.main = self.tree.first("main") or self.tree.first("body") or self.tree

    # --- what is read

    @property
    def language(self) -> str:
        root = self.tree.first("html")
        return root["lang"] if root else ""

    @property
    def title(self) -> str:
        title = self.tree.first("title")
        return title.text if title else ""

    @property
    def heading(self) -> str:
        (only,) = self.tree.all("h1")
        return only.text

    @property
    def headings(self) -> list[str]:
        return [one.text for one in self.main.all("h2")]

    @property
    def trail(self) -> list[str]:
        """« Étape 2 de 4 : … », then the page."""
        trail = self.main.first("ol", of_class="trail")
        return [one.text for one in trail.all("li")] if trail else []

    @property
    def text(self) -> str:
        return self.main.text

    @property
    def rows(self) -> dict[str, str]:
        """The questions and answers of a summary list."""
        return {
            label.text: answer.text
            for row in self.main.all("dl", of_class="rows")
            for label, answer in zip(row.all("dt"), row.all("dd"), strict=True)
        }

    @property
    def tables(self) -> list[list[list[str]]]:
        """Each table's rows, header first, as the words of their cells."""
        return [
            [[cell.text for cell in row.all("th", "td")] for row in table.all("tr")]
            for table in self.main.all("table")
        ]

    def line(self, of: str, *, table: int = 0) -> list[str]:
        """The row of a table that speaks of something."""
        found = [row for row in self.tables[table] if any(of in cell for cell in row)]
        assert len(found) == 1, f"{len(found)} rows speak of « {of} » in {self.tables[table]}"
        return found[0]

    # --- what is pressed and filled in

    @property
    def forgery_token(self) -> str:
        """What every form of this page proves its origin with."""
        token = self.tree.first("input", name="csrfmiddlewaretoken")
        assert token, f"no form on « {self.title} »"
        return token["value"]

    @property
    def buttons(self) -> list[str]:
        """The buttons of the page's own business, in reading order, links made up as such too."""
        return [one.text for one in self.pressable()]

    def pressable(self) -> list[Element]:
        return [
            one
            for one in self.main.all("button", "a")
            if one.is_seen and (one.tag == "button" or one.has_class("btn"))
        ]

    @property
    def primary_button(self) -> str:
        (only,) = [one.text for one in self.pressable() if one.has_class("btn-primary")]
        return only

    @property
    def labels(self) -> list[str]:
        """The questions, in reading order: a field's label, or the legend of a list of choices."""
        return [
            one.text
            for one in self.main.all("label", "legend")
            if one.tag == "legend" or not self.is_choice(one)
        ]

    def choices(self, of: str) -> list[str]:
        """What a list of radio buttons or tick boxes offers."""
        (legend,) = [one for one in self.main.all("legend") if one.text == of]
        fieldset = legend.around("fieldset")
        assert fieldset
        return [one.text for one in fieldset.all("label")]

    def is_choice(self, label: Element) -> bool:
        return self.control(label)["type"] in {"radio", "checkbox"}

    def control(self, label: Element) -> Element:
        control = self.main.first(id=label["for"])
        assert control, f"the label « {label.text} » belongs to no field"
        return control

    def field(self, label: str) -> Element:
        """The field of that label, in full, or of the only one that starts so."""
        named = [one for one in self.main.all("label") if one.text.startswith(label)]
        exactly = [one for one in named if one.text == label]
        assert named, f"no field « {label} » among {[one.text for one in self.main.all('label')]}"
        assert len(exactly or named) == 1, f"several fields « {label} »"
        return self.control((exactly or named)[0])

    def answer(self, label: str) -> str:
        """What stands in a text field."""
        return self.field(label)["value"]

    def is_picked(self, label: str) -> bool:
        return "checked" in self.field(label)

    # --- what is wrong

    @property
    def reproaches(self) -> list[str]:
        """The lines of the summary of errors."""
        summary = self.main.first("div", of_class="error-summary")
        return [one.text for one in summary.all("li")] if summary else []

    def reproach_beside(self, label: str) -> str:
        """What is said beside a field; it is tied to it for those who do not see it."""
        field = self.field(label)
        group = field.around("fieldset") if field["type"] in {"radio", "checkbox"} else None
        described_by = (group or field)["aria-describedby"].split()
        said = [one for one in self.main.all(of_class="error") if one["id"] in described_by]
        assert len(said) == 1, f"no error tied to « {label} » in {described_by}"
        return said[0].text

    @property
    def alerts(self) -> list[str]:
        return [one.text for one in self.main.all(of_class="alert")]

    # --- where one can go

    def link(self, label: str, *, within: str = "body") -> str:
        """Where a link leads, anywhere on the page."""
        place = self.tree.first(within) or self.tree
        found = [one["href"] for one in place.all("a") if one.text == label]
        assert found, f"no link « {label} » on « {self.title} »"
        assert len(set(found)) == 1, f"several links « {label} »"
        return found[0]

    def menu(self) -> list[tuple[int, str]]:
        """The menu's labels with their depth, in reading order."""
        nav = self.tree.first("nav", of_class="menu")
        return list(_depths(nav, 0)) if nav else []


def _depths(element: Element, depth: int) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for child in element.children:
        if isinstance(child, str):
            continue
        if child.tag in {"a", "summary"} or child.has_class("heading"):
            found.append((depth, child.text))
        else:
            found += _depths(child, depth + (child.tag == "ul"))
    return found
