"""A crowd does the main job over real HTTP while the database restarts and workers are killed.

    .venv/bin/python -m bench.crowd --people 200 --seconds 120

It starts its own PostgreSQL and gunicorn on 127.0.0.1, with the sandbox's settings, and stops
them. Each person signs in with an e-mailed code, then creates user files one after the other,
trying again whatever was answered by 503 or not at all, as a person would. At the end, what each
one received is compared with what the database holds:

- lost: an acknowledgment was shown, and its receipt or its person is not there;
- doubled: a person was created twice for one draft;
- foreign: a page showed another company's mark;
- dead ends: an answer without a page of the portal, that trying again did not mend.

It fails (exit code 1) unless all four are 0. Not a test: it takes minutes, and both cores.
"""

import argparse
import http.cookiejar
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
PASSWORD = "Une phrase de toute une foule"  # noqa: S105 - of this run's own people
PORT = 8199
ADDRESS = f"http://127.0.0.1:{PORT}"
PATIENCE = 60.0  # seconds that a person keeps trying


@dataclass
class Observations:
    """What one person received."""

    mark: str
    receipts: list[tuple[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Person(threading.Thread):
    """Signs in, creates user files until the end; tries again what failed."""

    address, headers, csrf_cookie = ADDRESS, dict[str, str](), "csrftoken"
    #: statuses by which one is told to come back
    come_back = frozenset({503})

    def __init__(self, number: int, user_code: str, mark: str, until: float) -> None:
        super().__init__(daemon=True)
        self.user_code, self.until, self.observed = user_code, until, Observations(mark)
        self.number = number
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar), *self.handlers()
        )

    def handlers(self) -> list[urllib.request.BaseHandler]:
        """What else opens an address."""
        return []

    def run(self) -> None:
        try:
            self.sign_in()
            nth = 0
            while time.monotonic() < self.until:
                nth += 1
                self.create_file(f"{self.observed.mark}{letters(nth)}")
        except GaveUp as reason:
            self.observed.wrong.append(str(reason))

    def sign_in(self) -> None:
        there, _page = self.post("/fr/connexion/", user_code=self.user_code)
        there, _page = self.post(there, password=PASSWORD)
        where, _page = self.post(there, code=self.digits())
        if "/fr/accueil/" not in where:
            raise GaveUp(f"not signed in: {where}")

    def digits(self) -> str:
        with CODES.lock:
            return CODES.latest(self.user_code)

    def create_file(self, name: str) -> None:
        where, _page = self.post(
            "/fr/dossiers/creation/",
            family_name=name,
            first_name="Foule",
            email="foule@entreprise.example",
            telephone="418 555-0142",
            language="fr",
            role="user",
        )
        _where, page = self.get(where)
        seal = re.search(r'name="seal" value="([0-9a-f]+)"', page)
        if not seal:
            raise GaveUp(f"no verification page at {where}")
        where, page = self.post(where, seal=seal[1])
        number = re.search(r"CSE-[0-9]{4}-[A-Z2-7]{8}", page)
        if not number:
            raise GaveUp(f"no acknowledgment at {where}")
        self.observed.receipts.append((number[0], name))

    def post(self, where: str, **answers: str) -> tuple[str, str]:
        token = self.token(where)
        return self.ask(where, urllib.parse.urlencode({"csrfmiddlewaretoken": token, **answers}))

    def token(self, where: str) -> str:
        found = [cookie.value for cookie in self.jar if cookie.name == self.csrf_cookie]
        if not found:
            self.get(where)
            found = [cookie.value for cookie in self.jar if cookie.name == self.csrf_cookie]
        return found[0] or ""

    def get(self, where: str) -> tuple[str, str]:
        return self.ask(where, None)

    def ask(self, where: str, body: str | None) -> tuple[str, str]:
        """The page that follows, tried again while the portal says to come back."""
        give_up, url = time.monotonic() + PATIENCE, urllib.parse.urljoin(self.address, where)
        while True:
            started = time.monotonic()
            try:
                with self.opener.open(self.request(url, body), timeout=40) as answer:
                    page = answer.read().decode()
                    self.observed.codes[str(answer.status)] += 1
                    self.observed.times.append(time.monotonic() - started)
                    self.look_for_others(page)
                    return answer.url, page
            except urllib.error.HTTPError as refused:
                self.observed.codes[str(refused.code)] += 1
                page = refused.read().decode()
                if refused.code not in self.come_back:
                    raise GaveUp(f"{refused.code} at {url}") from None
                if refused.code == 503 and "réessayez" not in page.lower():
                    self.observed.wrong.append(f"503 without a way on at {url}")
            except (OSError, http.client.HTTPException) as gone:
                self.observed.codes[type(gone).__name__] += 1
            if time.monotonic() > give_up:
                raise GaveUp(f"nothing more from {url}")
            time.sleep(random.uniform(0.2, 1.0))  # noqa: S311 - a person's patience

    def request(self, url: str, body: str | None = None) -> urllib.request.Request:
        """Another one each time: one that was sent keeps its cookies."""
        sent = body.encode() if body else None
        return urllib.request.Request(url, sent, self.headers)  # noqa: S310 - of this run

    def look_for_others(self, page: str) -> None:
        # in a name, of a company or of a person: a token may hold any letters
        seen = re.findall(r"\bFoule (QQ[A-Z]{4})\b|\b(QQ[A-Z]{4})[a-z]{4}\b", page)
        foreign = {company or person for company, person in seen} - {self.observed.mark}
        if foreign:
            self.observed.wrong.append(f"foreign: {foreign}")


class GaveUp(Exception):
    """A way without a way on."""


def letters(number: int) -> str:
    """A number in letters: names have no digits."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:04d}")


class Codes:
    """The digits that were e-mailed, read where the sandbox keeps its letters."""

    lock = threading.Lock()

    def latest(self, user_code: str) -> str:
        from django.db import connection

        from sandbox.models import SimulatedEmail

        address = f"{user_code.lower()}@foule.example"
        for _try in range(50):
            found = SimulatedEmail.objects.filter(to__icontains=address).order_by("-pk")
            body = found.values_list("body", flat=True).first()
            connection.close()
            if body and (digits := re.search(r"\b[0-9]{7}\b", body)):
                return digits[0]
            time.sleep(0.2)
        raise GaveUp(f"no letter for {user_code}")


CODES = Codes()


def prepare(people: int) -> list[tuple[str, str]]:
    """One company and one ESM for each person: user code and mark."""
    from django.contrib.auth.hashers import make_password

    from cse_portal.companies.tenancy import across_companies
    from cse_portal.models import Company
    from users.models import User

    hashed, made = make_password(PASSWORD), []
    with across_companies(because="a benchmark arranges every company"):
        for number in range(people):
            mark = "QQ" + letters(number).upper()
            company = Company.objects.create(
                identification_number=f"{7_000_000_000 + number}",
                neq=f"{1_170_000_000 + number}",
                name=f"Foule {mark}",
            )
            code = f"FOUL{1000 + number}"
            User.objects.create(
                user_code=code,
                company=company,
                role=User.Role.ESM,
                family_name=mark,
                first_name="Foule",
                email=f"{code.lower()}@foule.example",
                password=hashed,
            )
            made.append((code, mark))
    return made


def trouble(server: Any, gunicorn: subprocess.Popen[bytes], seconds: float) -> None:
    """A worker killed at a third of the time, the database restarted at a half, once more after."""
    time.sleep(seconds / 3)
    kill_a_worker(gunicorn)
    time.sleep(seconds / 6)
    print("the database restarts", flush=True)  # noqa: T201
    server.stop()
    time.sleep(1)
    server.start()
    time.sleep(seconds / 6)
    kill_a_worker(gunicorn)


def kill_a_worker(gunicorn: subprocess.Popen[bytes]) -> None:
    children = Path(f"/proc/{gunicorn.pid}/task/{gunicorn.pid}/children").read_text().split()
    print("a worker is killed", flush=True)  # noqa: T201
    os.kill(int(children[0]), signal.SIGKILL)


def report(people: list[Person]) -> int:
    """What was lost, doubled, foreign or without a way on."""
    from django.db import connections

    from cse_portal.companies.tenancy import across_companies
    from cse_portal.models import Receipt
    from users.models import User

    connections.close_all()  # of before the restart
    with across_companies(because="a benchmark counts every company"):
        stored = set(Receipt.objects.values_list("number", flat=True))
        names = Counter(
            User.objects.filter(first_name="Foule", role="user").values_list(
                "family_name", flat=True
            )
        )
    return judge(people, stored, names)


def judge(people: Sequence[Person], stored: set[str], names: Counter[str]) -> int:
    """Compare what they received with the numbers and the names that are stored; 1 for a fault."""
    received = [pair for person in people for pair in person.observed.receipts]
    lost = [pair for pair in received if pair[0] not in stored or not names[pair[1]]]
    doubled = [name for name, count in names.items() if count > 1]
    wrong = [problem for person in people for problem in person.observed.wrong]
    foreign = [problem for problem in wrong if problem.startswith("foreign")]
    dead_ends = [problem for problem in wrong if problem not in foreign]
    times = sorted(seconds for person in people for seconds in person.observed.times)
    codes: Counter[str] = sum((person.observed.codes for person in people), Counter())
    print(f"answers: {dict(codes)}")  # noqa: T201
    print(f"transmissions: {len(received)} received, {len(stored)} stored, {len(names)} people")  # noqa: T201
    if times:
        at = {share: times[int(len(times) * share) - 1] for share in (0.5, 0.95, 0.99)}
        print({f"p{int(share * 100)}": f"{value:.2f} s" for share, value in at.items()})  # noqa: T201
    print(  # noqa: T201
        f"lost {len(lost)}, doubled {len(doubled)}, foreign {len(foreign)},"
        f" dead ends {len(dead_ends)} {Counter(dead_ends + foreign).most_common(5)}"
    )
    return 1 if lost or doubled or wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()

    from cse_portal.embedded.server import EmbeddedServer

    with tempfile.TemporaryDirectory(prefix="cse-crowd-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServer(Path(folder) / "postgres") as server:
            return measure(server, options)


def measure(server: Any, options: argparse.Namespace) -> int:
    """Run the whole crowd against that server."""
    environment = {
        "DATABASE_URL": server.url,
        "CSE_SANDBOX": "true",
        "CSE_TRIES_PER_ADDRESS": "100000",
        "CSE_BIND": f"127.0.0.1:{PORT}",
        "CSE_WORKERS": str(options.workers),
        "DJANGO_SETTINGS_MODULE": "cse_portal.settings",
    }
    os.environ.update(environment)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("compile_catalogs")
    call_command("collectstatic", verbosity=0, interactive=False)
    accounts = prepare(options.people)
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"]
    gunicorn = subprocess.Popen([*command, "cse_portal.wsgi"], cwd=PROJECT)
    try:
        time.sleep(4)
        until = time.monotonic() + options.seconds
        people = [Person(n, *who, until) for n, who in enumerate(accounts)]
        for person in people:
            person.start()
            time.sleep(0.02)
        trouble(server, gunicorn, options.seconds)
        for person in people:
            person.join(options.seconds + 2 * PATIENCE)
        return report(people)
    finally:
        gunicorn.terminate()
        gunicorn.wait(40)


if __name__ == "__main__":
    sys.exit(main())
