"""What every test may ask for: a visitor who signs in and walks a procedure as a person does."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any, Self
from urllib.parse import urlsplit

import freezegun
import psycopg
import pytest
from django.db import connection
from django.http import QueryDict
from django.template import Template
from django.test import Client
from django.test.client import ClientHandler
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django_otp import DEVICE_ID_SESSION_KEY
from pytest_django import DjangoDbBlocker

from cse_portal import clock
from cse_portal.web import session_life
from tests import emptying
from tests.extent import walked_languages
from users import lockout, under_way
from users.models import SignInCode, User

# a clock that a test moves by years must not make the database's pool think its connections old
freezegun.configure(extend_ignore_list=["psycopg", "psycopg_pool", "cse_portal.database.pool"])

emptying.install()

# read before any test stops the clock: a compiled query asks what type `date` is
import_module("cse_portal.urls")

#: files of few tests that take long: begun first, so that the two workers end together
LONG = (
    *("tests/browser/", "tests/faults/", "tests/proxies/test_any_sequence.py"),
    *("tests/meta/test_production_settings.py", "tests/sweeps/"),
)

TYPED = "application/x-www-form-urlencoded"

_handlers: dict[bool, ClientHandler] = {}


class Visitor(Client):
    """A browser that is signed in by a test, then fills in pages and presses their buttons.

    All share the loaded middleware: WhiteNoise's looks for every static file when it is loaded.
    """

    #: of the sign-in under way, in the address that the browser was led to last
    sign_in_token = ""

    def __init__(self, enforce_csrf_checks: bool = False, **options: Any) -> None:
        super().__init__(enforce_csrf_checks, **options)
        self.handler = _handlers.setdefault(enforce_csrf_checks, self.handler)

    def sign_in(self, user: User) -> Self:
        """Be signed in as the user, with password and e-mailed code both given."""
        self.force_login(user, backend="users.backends.PortalBackend")
        code = SignInCode.objects.create(
            user=user,
            name="given",
            digest="given",
            confirmed=True,
            expires_at=clock.now() + timedelta(minutes=40),
        )
        session = self.session
        session[DEVICE_ID_SESSION_KEY] = code.persistent_id
        session_life.begin(session)
        session.save()
        return self

    def request(self, **request: Any) -> Any:
        """As a browser, which keeps the address that it is led to."""
        response: Any = super().request(**request)
        if response.status_code == 302:
            query = QueryDict(urlsplit(response.url).query)
            self.sign_in_token = query.get(under_way.TOKEN, self.sign_in_token)
        return response

    def tab(self) -> Self:
        """Another tab of this browser, before the answer to what it sends now has come."""
        tab = type(self)()
        for name, cookie in self.cookies.items():
            tab.cookies[name] = cookie.value
        tab.sign_in_token = self.sign_in_token
        return tab

    def under_way(self, name: str) -> str:
        """The address of a page of the sign-in that this browser has under way."""
        return f"{reverse(name)}?{urlencode({under_way.TOKEN: self.sign_in_token})}"

    def post(  # type: ignore[override]
        self, path: str, data: Any = None, content_type: str = TYPED, **options: Any
    ) -> Any:
        """As the portal's forms are sent: several fields of one name for a list."""
        if content_type == TYPED and not isinstance(data, bytes | str):
            data = urlencode(data or {}, doseq=True)
        return super().post(path, data, content_type=content_type, **options)

    def fill(self, address: str, **answers: Any) -> str:
        """Post one page, and return the address that it leads to."""
        return leads_to(self.post(address, answers))

    def transmit(self, check_address: str) -> str:
        """Press « Transmettre » on the verification page as it is shown."""
        return leads_to(self.post(check_address, {"seal": self.seal(check_address)}))

    def seal(self, check_address: str) -> str:
        """The seal in the HTML of the verification page."""
        html = self.read(check_address)
        found = re.search(r'<input type="hidden" name="seal" value="([0-9a-f]+)">', html)
        assert found, f"no seal on {check_address}"
        return found[1]

    def read(self, address: str) -> str:
        """Open a page that must be there, and return its HTML."""
        response: Any = self.get(address)
        where = f"leads to {response.url}" if response.status_code == 302 else ""
        assert response.status_code == 200, f"{address}: {response.status_code} {where}"
        return response.content.decode()


def leads_to(response: Any) -> str:
    """Where a post leads; it fails with what the page reproaches if it leads nowhere."""
    if response.status_code == 302:
        return response.url
    context = getattr(response, "context_data", None) or {}
    said = [context[name] for name in ("refusal", "reason") if context.get(name)]
    if form := context.get("form"):
        said.append(form.errors.get_json_data())
    pytest.fail(f"code {response.status_code}: {said}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, then those of the most tests; a file's own order stays."""
    files = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[int, int, str]:
        name = item.nodeid.partition("::")[0]
        first = next((n for n, one in enumerate(LONG) if name.startswith(one)), len(LONG))
        return (first, -files[item.path], name)

    items.sort(key=place)


def pytest_report_header() -> str:
    languages = " and ".join(walked_languages())
    return f"every page is walked in: {languages} (CSE_LANGUAGE, or `make test-all` for both)"


@pytest.fixture
def visitor(db: None) -> Visitor:
    return Visitor()


@pytest.fixture(autouse=True)
def _nothing_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the portal does in a thread of its own is done at once: tests look at it."""
    monkeypatch.setattr(lockout, "warn_in_background", lockout.queue_warning)


@pytest.fixture(autouse=True)
def _in_french() -> Iterator[None]:
    """A request leaves its language behind; each test starts in French."""
    with translation.override("fr"):
        yield


@pytest.fixture(scope="session", autouse=True)
def _contexts_are_not_copied(django_test_environment: None) -> Iterator[None]:
    """Templates are rendered as in production: Django's tests copy the context of each one."""
    template: Any = Template
    copying = template._render
    template._render = lambda self, context: self.nodelist.render(context)
    yield
    template._render = copying


@pytest.fixture(scope="session", autouse=True)
def _nobody_stays_in_the_database(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Whoever is still connected at the end (a browser's last request) lets the database go."""
    yield
    database: Any = connection
    with django_db_blocker.unblock():
        parameters = database.get_connection_params()
        database.close()
        database.close_pool()
        # a connection of its own: a test may have cut those of the pool
        with psycopg.connect(**parameters, autocommit=True) as own:
            own.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
