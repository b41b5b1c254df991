"""Everybody has one name, and so has every company: each page and each letter tells them apart."""

import re
from html import unescape
from typing import Any

import pytest
from django.core import mail

from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company
from notices.models import Event, Message
from tests.letters import letters_sent
from tests.samples import SAMPLES
from tests.sweeps.addresses import KNOWN, Known, Who, address, cases, has_code_of_its_own, shows
from tests.sweeps.together import told_together
from tests.sweeps.world import Worlds
from users.models import User

pytestmark = pytest.mark.django_db

PERSON, COMPANY = r"Anne Homonyme(?! inc\.)|Homonyme, Anne", r"Homonyme inc\."
#: between a name and what tells it apart: a bracket, the name of the next line of a list, the end
#: of a letter's greeting
BESIDE_PERSON = r"[\s(,;]*(?:Cette lettre concerne le )?(?:code d’utilisateur )?"
BESIDE_COMPANY = r"[\s(,;]*(?:numéro d’identification )?"


def is_looked_at(known: Known) -> bool:
    return not known.only_posted and known.to is not Who.ALL


def is_read(name: str, known: Known) -> bool:
    return is_looked_at(known) and has_code_of_its_own(name, known)


PAGES = [one for one in cases(is_read) if shows(*one)]


@pytest.fixture(autouse=True)
def _all_alike(worlds: Worlds) -> None:
    User._base_manager.update(first_name="Anne", family_name="Homonyme")
    Company.objects.update(name="Homonyme inc.")
    for world in (worlds.mine, worlds.theirs):
        for row in vars(world).values():
            if isinstance(row, User | Company):
                row.refresh_from_db()


def text_of(html: str) -> str:
    without_code = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without_code)).split())


def alone(text: str) -> list[str]:
    """Where a name stands without what tells it apart from another of the same name."""
    codes = "|".join(User._base_manager.values_list("user_code", flat=True))
    numbers = "|".join(Company.objects.values_list("identification_number", flat=True))
    beside = {
        PERSON: re.compile(rf"{BESIDE_PERSON}(?:{codes})\b", re.IGNORECASE),
        COMPANY: re.compile(rf"{BESIDE_COMPANY}(?:{numbers})\b", re.IGNORECASE),
    }
    return [
        text[max(found.start() - 60, 0) : found.end() + 60]
        for name, what_follows in beside.items()
        for found in re.finditer(name, text)
        if not what_follows.match(text, found.end())
    ]


def test_a_name_alone_is_noticed_here(worlds):
    esm = worlds.mine.esm
    assert alone("Anne Homonyme, responsable")
    assert alone("Homonyme, Anne")
    assert alone("Pour Homonyme inc. jusqu’au 3 mai")
    assert not alone(f"{esm.name_and_code} et {esm.company.name_and_number}")


def read(worlds: Worlds, who: User, name: str, case: str) -> str:
    answer: Any = worlds.visitor(who).get(address(name, case, worlds.mine))
    assert answer.status_code in {200, 302, 403, 404}, answer.status_code
    return text_of(answer.content.decode())


def test_no_page_shows_a_name_alone(worlds):
    mine = worlds.mine
    readers = {
        Who.PEOPLE: [mine.esm, mine.user],
        Who.ESM: [mine.esm],
        Who.OFFICER: [worlds.officer],
    }
    with told_together() as at:
        for name, case in PAGES:
            for reader in readers[KNOWN[name].to]:
                with at(name, case, reader.user_code):
                    assert alone(read(worlds, reader, name, case)) == []


@pytest.mark.parametrize("name", ["home", "proxies:list", "proxies:proxy", "notices:history"])
def test_no_page_of_the_agent_shows_a_name_alone(worlds, name):
    case = "external" if name == "proxies:proxy" else ""
    assert alone(read(worlds, worlds.mine.agent_esm, name, case)) == []


@pytest.mark.parametrize("slug", SAMPLES)
def test_nothing_that_a_procedure_says_names_anybody_alone(worlds, slug):
    """Its summary, its acknowledgment, what both histories tell, the messages and the letters."""
    mine = worlds.mine
    Message._base_manager.all().delete()
    events = set(Event._base_manager.values_list("pk", flat=True))
    visitor = worlds.visitor(mine.esm)
    check = address(f"{slug}-check", "draft", mine)
    said = [visitor.read(check), visitor.read(visitor.transmit(check))]
    assert mail.outbox == []  # no procedure waits for the mail server: its letters are queued
    if SAMPLES[slug].flow.lands_on:  # on a list; the acknowledgment has its own page
        said.append(visitor.read(address(f"{slug}-receipt", "draft", mine)))
    with across_companies(because="this test reads what every company was told"):
        recorded = Event.objects.exclude(pk__in=events).select_related("by")
        assert recorded
        said += [f"{event.sentence} {event.done_by}." for event in recorded]
        messages = list(Message.objects.all())
        said += [f"{one.subject} {one.text} {one.advice}" for one in messages]
    said += [f"{letter.subject} {letter.body}" for letter in letters_sent()]
    assert [alone(text_of(text)) for text in said] == [[]] * len(said)
