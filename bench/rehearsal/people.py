"""The people of the rehearsal: those of `bench.crowd`, through nginx and TLS.

python -m bench.rehearsal.people 200    # as the owner of the tables: one company and ESM each
"""

import http.client
import http.cookiejar
import json
import ssl
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from bench import crowd
from bench.mail_sink import MailSink
from bench.place import HOST


class FromAddress(urllib.request.HTTPSHandler):
    """Opens connections from an address of its own: nginx counts tries by address."""

    def __init__(self, address: str) -> None:
        # the certificate is of this run
        context = ssl._create_unverified_context()  # noqa: S323
        super().__init__(context=context)
        self.open_one = partial(
            http.client.HTTPSConnection, source_address=(address, 0), context=context
        )

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self.open_one, req)


class Visitor(crowd.Person):
    """A person with a browser at an address of their own, who reads their letters in the sink."""

    csrf_cookie = "__Host-csrf"
    #: nginx's own pages say so too
    come_back = frozenset({502, 503, 504})
    mail: MailSink
    #: the key of an open session; else one signs in
    session = ""

    def __init__(self, number: int, user_code: str, mark: str, until: float, *, port: int) -> None:
        self.address = f"https://127.0.0.1:{port}"
        self.headers = {"Host": HOST, "Origin": f"https://{HOST}"}
        self.from_address = f"127.1.{number // 250}.{number % 250 + 1}"
        super().__init__(number, user_code, mark, until)

    def handlers(self) -> list[urllib.request.BaseHandler]:
        return [FromAddress(self.from_address)]

    def sign_in(self) -> None:
        """Unless the night finds them at work."""
        if not self.session:
            super().sign_in()
            return
        self.jar.set_cookie(kept_by_the_browser("__Host-session", self.session))

    def digits(self) -> str:
        return self.mail.code_for(f"{self.user_code.lower()}@foule.example", patience=20)


def kept_by_the_browser(name: str, value: str) -> http.cookiejar.Cookie:
    """A cookie of 127.0.0.1."""
    return http.cookiejar.Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain="127.0.0.1",
        domain_specified=False,
        domain_initial_dot=False,
        path="/",
        path_specified=True,
        secure=True,
        expires=None,
        discard=True,
        comment=None,
        comment_url=None,
        rest={},
    )


class Watch(threading.Thread):
    """Asks for a page of somebody signed in, twice a second, whether or not the former one came."""

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(daemon=True)
        self.visitor, self.is_over = visitor, threading.Event()
        #: when it was asked for and when it came, of each page that was right
        self.right: list[tuple[float, float]] = []

    def run(self) -> None:
        self.visitor.sign_in()
        while not self.is_over.wait(0.5):
            threading.Thread(target=self.ask, daemon=True).start()

    def ask(self) -> None:
        began, url = time.monotonic(), f"{self.visitor.address}/fr/accueil/"
        asked = self.visitor.request(url)
        with (
            suppress(OSError, http.client.HTTPException),
            self.visitor.opener.open(asked, timeout=20) as answer,
        ):
            if f"Foule {self.visitor.observed.mark}" in answer.read().decode():
                self.right.append((began, time.monotonic()))

    def first_right_after(self, instant: float, patience: float = 60) -> float:
        """Seconds from then to the first right page that was asked for since; infinite if none."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            since = [came for began, came in list(self.right) if began >= instant]
            if since:
                return min(since) - instant
            time.sleep(0.05)
        return float("inf")


def main() -> None:
    import django

    django.setup()
    accounts = crowd.prepare(int(sys.argv[1]))
    give_proxies_that_end()
    print(json.dumps([[code, mark, session_for(code)] for code, mark in accounts]))  # noqa: T201


def session_for(user_code: str) -> str:
    from bench.people import session_of
    from cse_portal.companies.tenancy import across_companies
    from users.models import User

    with across_companies(because="a rehearsal signs everybody in"):
        return session_of(User.objects.get_by_natural_key(user_code))


def give_proxies_that_end() -> None:
    """Each company has one that ends in a month: `send_notices` writes each ESM a reminder."""
    from cse_portal import clock
    from cse_portal.companies.tenancy import across_companies
    from proxies.models import Proxy
    from users.models import User

    with across_companies(because="a rehearsal arranges every company"):
        for esm in User.objects.filter(first_name="Foule"):
            Proxy.objects.create(
                mandator=esm.company,
                given_by=esm,
                description="Répétition",
                term_starts_on=clock.today(),
                ends_on=clock.today() + timedelta(days=29),
            )


def made(printed: str) -> list[Any]:
    """What `main` printed: of each, the user code, the company's mark, and an open session."""
    accounts: list[Any] = json.loads(printed)
    return accounts


if __name__ == "__main__":
    main()
