"""A browser that is signed in without loading the middleware anew for every test."""

from typing import Any

from django.test.client import ClientHandler

from tests.conftest import Visitor

_handlers: dict[bool, ClientHandler] = {}


class Sweeper(Visitor):
    """A visitor who shares the loaded middleware with the others: WhiteNoise's takes its time."""

    def __init__(self, enforce_csrf_checks: bool = False, **options: Any) -> None:
        super().__init__(enforce_csrf_checks, **options)
        self.handler = _handlers.setdefault(enforce_csrf_checks, self.handler)

    def with_session(self, key: str) -> "Sweeper":
        """Go on with a session that is open already."""
        self.cookies["sessionid"] = key
        return self


def leads(visitor: Visitor, answer: Any) -> str:
    """Where an answer sends a browser, without its query; the admin's own sign-in leads on."""
    for _twice in range(2):
        if answer.status_code != 302:
            return str(answer.status_code)
        path = answer.url.partition("?")[0]
        if not path.endswith("/admin/login/"):
            break
        answer = visitor.get(answer.url)
    return path
