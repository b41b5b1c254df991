"""A version goes on serving while and after the next one migrates (docs/operations.md)."""

import io
import os
import subprocess
import sys
import tarfile
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.urls import reverse

from cse_portal.companies.tenancy import across_companies
from cse_portal.embedded.server import EmbeddedServer
from cse_portal.keys import FIRST
from cse_portal.speed import prepared
from tests import factories as make
from tests.conftest import Visitor
from tests.together import at_once
from users.models import User

PROJECT = Path(__file__).parents[2]
#: the version that serves before this one: moved at each release, with the changelog
BEFORE = "6515b9b6fc8ea5d479bb2783970af63e87496586"
#: what a person does, over the version's own addresses; each line tells what was answered
WALK = """
import re
import django
django.setup()
from django.conf import settings
from django.test import Client
from sandbox.demo_companies import PASSWORD
from sandbox.models import SimulatedEmail

# a page names its static files as they stand: to collect and compress them proves nothing here
settings.STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
person, stranger = Client(HTTP_HOST="localhost"), Client(HTTP_HOST="localhost")
there = stranger.post("/fr/connexion/", {"user_code": "OBRI1004"}).url
print("wrong password", stranger.post(there, {"password": "x"}).status_code)
here = person.post("/fr/connexion/", {"user_code": "TREM1001"}).url
answer = person.post(here, {"password": PASSWORD})
print("password", answer.status_code)
code = re.search(r"\\b[0-9]{7}\\b", SimulatedEmail.objects.latest("pk").body)[0]
print("code", person.post(answer.url, {"code": code}).url)
form = person.post("/fr/dossiers/creation/", {
    "family_name": "Roy", "first_name": "Zo\\u00e9", "email": "z@y.example", "role": "user",
    "telephone": "418 555-0142", "language": "fr",
})
seal = re.search(r'name="seal" value="([0-9a-f]+)"', person.get(form.url).content.decode())[1]
receipt = person.post(form.url, {"seal": seal}).url
shown = person.get(receipt)
print("receipt", shown.status_code)
paper = re.sub(r"<[^>]+>", " ", shown.content.decode())
number = re.search(r"CSE-[0-9]{4}-[A-Z2-7]{8}", paper)[0]
if code := re.search(r"\\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}\\b", paper):
    print("paper", number, code[0])
for page in ("accueil", "procurations", "dossiers", "historique", "profil"):
    print(page, person.get(f"/fr/{page}/").status_code)
print("signed out", person.post("/fr/quitter/").status_code)
"""
#: one process for all the commands of a version: each begins with a second of imports
COMMANDS = """
import django
django.setup()
from django.core.management import call_command

for name, *arguments in {commands}:
    call_command(name, *arguments, verbosity=0)
"""
#: of the last person, and what each receipt says of its company and person
WHAT_CAME_OF_IT = """
import django
django.setup()
from cse_portal.models import Receipt
from users.models import User

print("latest person", User._base_manager.latest("created_at").pk)
for one in Receipt._base_manager.order_by("transmitted_at"):
    print("receipt", one.person_name, one.user_code, one.company_name, one.code_covers_names)
"""
#: whether each paper is good, and is the one that is shown again
PAPERS = """
from cse_portal.flows.authenticity import code_of, is_code_of

for number, code in {papers}:
    receipt = Receipt._base_manager.get(number=number)
    print("paper", is_code_of(receipt, code), code_of(receipt) == code)
"""
ALL_WENT_WELL = [
    "wrong password 200",
    "password 302",
    "code /fr/accueil/",
    "receipt 200",
    *(f"{page} 200" for page in ("accueil", "procurations", "dossiers", "historique", "profil")),
    "signed out 302",
]
OF_BEFORE = "receipt Marie Tremblay TREM1001 Aciérie Boréale inc. False"


@pytest.fixture(scope="module")
def version_before(tmp_path_factory):
    found = subprocess.run(
        ["git", "archive", BEFORE], cwd=PROJECT, capture_output=True, check=False
    )
    if found.returncode:
        pytest.skip(f"waits for the project's history: `git fetch --unshallow` brings {BEFORE[:7]}")
    folder = tmp_path_factory.mktemp("version-before")
    with tarfile.open(fileobj=io.BytesIO(found.stdout)) as files:
        files.extractall(folder, filter="data")
    (folder / "var").mkdir()  # where its log is
    return folder


def commands(*each):
    """A script that runs commands of `manage.py`, each with its arguments."""
    return COMMANDS.format(commands=each)


def test_the_version_before_serves_on_the_schema_of_this_one(version_before):
    with EmbeddedServer.throw_away() as server:

        def run(version, *scripts):
            done = subprocess.run(
                [sys.executable, "-c", "".join(scripts)],
                cwd=version,
                env={
                    "PATH": os.environ["PATH"],
                    "DATABASE_URL": server.url,
                    "CSE_SANDBOX": "true",
                    "SECRET_KEY": "s" * 50,
                    "CSE_RECEIPT_KEYS": f"1:{'r' * 50},0:{'s' * 50}",
                    "DJANGO_SETTINGS_MODULE": "cse_portal.settings",
                },
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{version} {scripts[0]}: {done.stderr[-3000:]}"
            return done.stdout.splitlines()

        papers: list[list[str]] = []  # of a version that has codes

        def walk(*scripts):
            said = run(version_before, *scripts, WALK)
            papers.extend(one.split()[1:] for one in said if one.startswith("paper "))
            assert [one for one in said if not one.startswith("paper ")][-10:] == ALL_WENT_WELL

        run(version_before, commands(["compile_catalogs"]))  # read once by each process
        walk(commands(["migrate"], ["load_demo"]))
        run(PROJECT, commands(["migrate"]))
        walk()
        told = run(
            PROJECT,
            WHAT_CAME_OF_IT,
            PAPERS.format(papers=papers),
            commands(["list_keys"]),
            commands(
                ["verify_trail"],
                ["migrate", "cse_portal", "0004"],
                ["migrate"],
                ["verify_trail"],
            ),
        )
        key, *others = told
        assert int(key.removeprefix("latest person ")) >= FIRST  # PostgreSQL drew it
        # of before the migration, and of the version before after it
        receipts = [one for one in others if one.startswith("receipt ")]
        assert receipts[-2:] == [OF_BEFORE] * 2
        assert [one for one in others if one.startswith("paper ")] == (
            ["paper True True"] * len(papers)
        )


# what a later version's migrations may do while this one serves, and how it is undone
LATER = {
    "ALTER TABLE cse_portal_company ALTER name TYPE varchar(200)": (
        "ALTER TABLE cse_portal_company ALTER name TYPE varchar(120)"
    ),
    "ALTER TABLE cse_portal_company ADD nickname varchar(20) NOT NULL DEFAULT ''": (
        "ALTER TABLE cse_portal_company DROP nickname"
    ),
    "ALTER TABLE cse_portal_draft ALTER flow TYPE varchar(80)": (
        "ALTER TABLE cse_portal_draft ALTER flow TYPE varchar(50)"
    ),
    "ALTER TABLE users_user ALTER telephone TYPE varchar(40)": (
        "ALTER TABLE users_user ALTER telephone TYPE varchar(20)"
    ),
    "ALTER TABLE proxies_proxy ALTER description TYPE varchar(300)": (
        "ALTER TABLE proxies_proxy ALTER description TYPE varchar(200)"
    ),
}
PAGES = ("home", "users:files", "proxies:list", "users:profile")


@pytest.mark.django_db(transaction=True)
def test_this_version_serves_while_a_later_one_migrates():
    """Pages are always there; a transmission may be asked for again (503), and is done once."""
    esms = [make.an_esm() for _one in range(3)]
    seen: Counter[int] = Counter()

    def post(visitor: Visitor, address: str, answers: dict[str, str]) -> str:
        for _again in range(10):
            answer: Any = visitor.post(address, answers)
            seen[answer.status_code] += 1
            if answer.status_code != 503:
                break
        assert answer.status_code == 302, answer.content.decode()
        return answer.url

    def work(esm: User) -> None:
        visitor = Visitor(raise_request_exception=False).sign_in(esm)
        for _change in LATER:
            for page in PAGES:
                assert visitor.get(reverse(page)).status_code == 200, page
            at.wait(30)
            check = post(visitor, reverse("create-user-file-start"), make.A_PERSON)
            assert "/accuse" in post(visitor, check, {"seal": visitor.seal(check)})

    def migrate(execute: Callable[[str], Any]) -> None:
        for change in LATER:
            at.wait(30)
            execute(change)

    at = threading.Barrier(len(esms) + 1)
    wrapper: Any = connection
    with psycopg.connect(**wrapper.get_connection_params(), autocommit=True) as other:
        try:
            tasks = [lambda esm=esm: work(esm) for esm in esms]
            found = at_once(lambda: migrate(other.execute), *tasks)
        finally:
            for undo in LATER.values():
                other.execute(undo)
            prepared.Statements.found_stale += 1  # for the tests that follow
    assert found == [None] * 4
    assert seen.keys() <= {302, 503}
    with across_companies(because="a test counts what a company has"):
        assert User.objects.count() == len(esms) * (1 + len(LATER))
