"""Someone before the portal's pages, who reads labels, fills in fields and presses buttons."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tests.conftest import Visitor, leads_to
from tests.journeys.dom import Element
from tests.journeys.page import Page
from tests.journeys.words import Said, in_language
from tests.letters import letters_sent
from users.models import User

DRAFT = re.compile(r"/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/")


class Person:
    """A person with a browser of their own, in one language.

    They know no address: they follow links and press buttons by the words on them. What they are
    asked to say or to press is either words or a `Said`, which they say in their language.
    """

    page: Page
    #: the address of the page before them
    address: str

    def __init__(self, language: str, user: User | None = None, *, signed_in: bool = True) -> None:
        self.language = language
        self.browser = Visitor(enforce_csrf_checks=True)
        self._user = user
        if user and signed_in:
            self.browser.sign_in(user)
        self.visited: list[str] = []
        self.typed: dict[str, list[str]] = {}

    @property
    def user(self) -> User:
        """Who they are, if the test says it."""
        assert self._user
        return self._user

    def words(self, said: "str | Said", **names: Any) -> str:
        return in_language(said, self.language, **names)

    def said(self, *several: "str | Said") -> list[str]:
        return [self.words(one) for one in several]

    # --- going somewhere

    def opens(self, address: str) -> Page:
        return self._receives(self.browser.get(address, follow=True), address)

    def comes_home(self) -> Page:
        return self.opens(f"/{self.language}/")

    def follows(self, label: "str | Said", *, within: str = "body") -> Page:
        return self.opens(self.page.link(self.words(label), within=within))

    def uses_the_menu(self, label: "str | Said") -> Page:
        return self.follows(label, within="nav")

    def reads_again(self) -> Page:
        return self.opens(self.address)

    def switches_language(self) -> Page:
        other = {"fr": "English", "en": "Français"}[self.language]
        self.follows(other, within="header")
        self.language = self.page.language
        return self.page

    # --- filling in

    def fills(self, answers: Mapping["str | Said", str]) -> None:
        for label, value in answers.items():
            field = self.page.field(self.words(label))
            self.typed[field["name"]] = [value]

    def picks(self, *labels: "str | Said") -> None:
        """Choose radio buttons."""
        for label in labels:
            field = self.page.field(self.words(label))
            assert field["type"] == "radio"
            self.typed[field["name"]] = [field["value"]]

    def ticks(self, *labels: "str | Said") -> None:
        """Tick these boxes; those ticked already stay so."""
        for label in labels:
            field = self.page.field(self.words(label))
            assert field["type"] == "checkbox"
            ticked = self.typed.setdefault(field["name"], self._kept(field["name"]))
            ticked.append(field["value"] or "on")

    def unticks(self, label: "str | Said") -> None:
        field = self.page.field(self.words(label))
        ticked = self.typed.setdefault(field["name"], self._kept(field["name"]))
        ticked.remove(field["value"] or "on")

    def presses(self, label: "str | Said") -> Page:
        button = self._button(self.words(label))
        if button.tag == "a":
            return self.opens(button["href"])
        return self.submits(button)

    def submits(self, button: Element) -> Page:
        """Send the button's form, as a browser does: what stands in it, and the button's name."""
        form = button.around("form")
        assert form, f"« {button.text} » stands in no form"
        answers = self._standing(form) | self.typed
        if button["name"]:
            answers[button["name"]] = [button["value"]]
        address = form["action"] or self.address
        if form["method"] != "post":
            query = urlencode(answers, doseq=True)
            return self.opens(f"{address.partition('?')[0]}?{query}")
        return self._receives(self.browser.post(address, answers, follow=True), address)

    def double_clicks(self, label: "str | Said") -> list[str]:
        """Press a button twice before any answer comes: where each click leads."""
        button = self._button(self.words(label))
        form = button.around("form")
        assert form
        answers = self._standing(form) | self.typed
        address = form["action"] or self.address
        return [leads_to(self.browser.post(address, answers)) for _click in range(2)]

    # --- what they find

    def receives_letter(self) -> str:
        """The text of the latest e-mail to them, subject first."""
        return latest_letter(to=self.user.email)

    def _button(self, label: str) -> Element:
        found = [one for one in self.page.pressable() if one.text == label]
        if not found:
            found = [one for one in self.page.tree.all("button") if one.text == label]
        assert found, f"no button « {label} » among {self.page.buttons} on « {self.page.title} »"
        return found[0]

    def _standing(self, form: Element) -> dict[str, list[str]]:
        standing: dict[str, list[str]] = {}
        for field in form.all("input"):
            if field["type"] in {"radio", "checkbox"} and "checked" not in field:
                continue
            if field["name"] and field["type"] != "submit":
                standing.setdefault(field["name"], []).append(field["value"] or _nothing(field))
        return standing

    def _kept(self, name: str) -> list[str]:
        fields = self.page.main.all("input", name=name)
        return [field["value"] or "on" for field in fields if "checked" in field]

    def _receives(self, response: Any, address: str) -> Page:
        chain = getattr(response, "redirect_chain", [])
        self.address = chain[-1][0] if chain else address
        self.page = Page(response.content.decode(), status=response.status_code)
        self.typed = {}
        self.visited += [address, *(to for to, _status in chain)]
        return self.page

    @property
    def draft_addresses(self) -> list[str]:
        """Every address they have seen that belongs to a draft, each once."""
        return [one for one in dict.fromkeys(self.visited) if DRAFT.search(one)]


def _nothing(field: Element) -> str:
    return "on" if field["type"] == "checkbox" else ""


def latest_letter(*, to: str) -> str:
    letters = letters_sent(to=to)
    assert letters, f"no e-mail to {to}"
    return f"{letters[-1].subject}\n{letters[-1].body}"


def digits_in(letter: str) -> str:
    """The verification code that a letter holds."""
    found = re.findall(r"\b[0-9]{7}\b", letter)
    assert len(found) == 1, letter
    return found[0]
