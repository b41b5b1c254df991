"""The portal in a browser's window: pages are opened, filled in and left as a person does it."""

import re
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import resolve, reverse
from django.utils import translation
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response

from tests.conftest import Visitor
from tests.journeys.words import (
    ACCESS_MY_ACCOUNT,
    CONTINUE,
    MAILBOX,
    NEW_PASSWORD,
    NEW_PASSWORD_AGAIN,
    PASSWORD,
    SIGN_OUT,
    USER_CODE,
    VERIFICATION_CODE,
    Said,
    in_language,
)
from users.models import User


class Portal:
    """One window. What is said to it is words or a `Said`, which it reads in its language.

    Fields, buttons and links are found by role and by their whole accessible name, as a screen
    reader would say it.
    """

    def __init__(self, context: BrowserContext, address: str, language: str) -> None:
        self.context = context
        self.address = address
        self.language = language
        #: what the console says, and whatever is asked of another address
        self.complaints: list[str] = []
        context.on("console", self._hears)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("request", self._watches)
        context.on("response", self._reads)
        #: the answer to the last page that was asked for
        self.answered: Response | None = None
        self.page: Page = context.new_page()

    def words(self, said: str | Said, **names: Any) -> str:
        return in_language(said, self.language, **names)

    # --- going somewhere

    def opens(self, name: str, **kwargs: Any) -> None:
        """Open a named address."""
        with translation.override(self.language):
            self.goes_to(reverse(name, kwargs=kwargs))

    def goes_to(self, path: str) -> None:
        self.page.goto(self.address + path)

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def address_name(self) -> str:
        """The name of the address that is shown."""
        with translation.override(self.language):
            return resolve(self.path).view_name

    def signed_in_as(self, user_code: str) -> Self:
        """Be that person, without walking through the sign-in."""
        visitor = Visitor().sign_in(User.objects.get_by_natural_key(user_code))
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": visitor.cookies[name].value, "url": self.address}
        self.context.add_cookies([cookie])  # type: ignore[list-item]
        return self

    # --- reading

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def answer(self, label: str | Said) -> str:
        """The answer that a summary list gives to a question."""
        question = self.main.locator("dt", has_text=re.compile(f"^{re.escape(self.words(label))}$"))
        return " ".join(question.locator("xpath=following-sibling::dd").inner_text().split())

    # --- filling in

    def fills(self, answers: Mapping[str | Said, str]) -> None:
        for label, value in answers.items():
            self.page.get_by_label(self.words(label), exact=True).fill(value)

    def picks(self, *labels: str | Said) -> None:
        """Turn radio buttons on."""
        for label in labels:
            self._choice("radio", label).check()

    def ticks(self, *labels: str | Said) -> None:
        for label in labels:
            self._choice("checkbox", label).check()

    def unticks(self, label: str | Said) -> None:
        self._choice("checkbox", label).uncheck()

    def _choice(self, role: Any, label: str | Said) -> Locator:
        words = self.words(label)
        exactly = self.main.get_by_role(role, name=words, exact=True)
        starting = self.main.get_by_role(role, name=re.compile(f"^{re.escape(words)}"))
        return exactly if exactly.count() else starting

    def presses(self, label: str | Said) -> None:
        """Press a button, or a link made up as one, of the page's own business."""
        words = self.words(label)
        button = self.main.get_by_role("button", name=words, exact=True)
        link = self.main.get_by_role("link", name=words, exact=True)
        self.leaves_by(button.or_(link))

    def leaves_by(self, way: Locator) -> None:
        """Click what leads elsewhere, and be there before anything is looked at."""
        with self.page.expect_navigation(wait_until="load"):
            way.click()

    def follows(self, label: str | Said) -> None:
        self.leaves_by(self.main.get_by_role("link", name=self.words(label), exact=True))

    def uses_the_menu(self, group: str | Said, label: str | Said) -> None:
        """Unfold a group of the menu, and follow a link in it."""
        menu = self.page.locator("nav.menu")
        menu.locator("summary", has_text=self.words(group)).click()
        self.leaves_by(menu.get_by_role("link", name=self.words(label), exact=True))

    def switches_language(self) -> None:
        other = {"fr": "English", "en": "Français"}[self.language]
        self.leaves_by(self.page.locator("header").get_by_role("link", name=other))
        self.language = {"fr": "en", "en": "fr"}[self.language]

    # --- the way in and out

    def signs_in(self, user_code: str, password: str) -> None:
        """User code → password → the code that is read in the simulation's mailbox."""
        self.opens("landing")
        self.presses(ACCESS_MY_ACCOUNT)
        self.fills({USER_CODE: user_code})
        self.presses(CONTINUE)
        self.fills({PASSWORD: password})
        self.presses(CONTINUE)
        self.fills({VERIFICATION_CODE: self.reads_code_in_mailbox()})
        self.presses(CONTINUE)

    def reads_code_in_mailbox(self) -> str:
        """In another tab, from the link of the simulation's banner."""
        here, self.page = self.page, self.context.new_page()
        self.opens("landing")
        self.leaves_by(self.page.get_by_role("link", name=self.words(MAILBOX), exact=True))
        self.leaves_by(self.main.locator("table a").first)
        (code,) = re.findall(r"\b[0-9]{7}\b", self.main.inner_text())
        self.page.close()
        self.page = here
        return code

    def chooses_own_password(self, password: str) -> None:
        self.fills({NEW_PASSWORD: password, NEW_PASSWORD_AGAIN: password})
        self.presses(CONTINUE)

    def signs_out(self) -> None:
        self.leaves_by(self.page.get_by_role("button", name=self.words(SIGN_OUT), exact=True))

    # --- what should never happen

    def _hears(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not self._is_expected(message.text):
            self.complaints.append(f"console: {message.text}")

    @staticmethod
    def _is_expected(text: str) -> bool:
        """Chromium says in the console that a page answered 403, 404 or 409: so it should."""
        return bool(re.search(r"status of (403|404|409)", text))

    def _reads(self, response: Response) -> None:
        if response.request.is_navigation_request() and not 300 <= response.status < 400:
            self.answered = response

    def _watches(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.complaints.append(f"request to {request.url}")
