"""No address, form or file of the portal gives a key by which rows of others could be counted."""

import csv
import io
import re

import pytest
from django.urls import reverse

from cse_portal.keys import FIRST
from tests.sweeps.addresses import KNOWN, Who, address, cases, shows
from tests.sweeps.html import SEEN_AS_TYPED, Page
from tests.sweeps.together import told_together
from tests.sweeps.visits import Sweeper

pytestmark = pytest.mark.django_db

#: what a button posts
PRESSED = "1"
OFFICERS_LIST_THEM = "officers alone open it, from a list of all of them"
PUBLIC = "departments, agencies and their e-services are public"
#: addresses that hold a number that is given out in turn, or is no key, and why they may
IN_TURN = {
    "sandbox:email": "a simulation's mailbox lists every letter; none in production",
    "sandbox:email_html": "a simulation's mailbox lists every letter; none in production",
    "sandbox:error_example": "the number of an error",
    **{
        name: because
        for model, because in {
            "cse_portal_company": OFFICERS_LIST_THEM,
            "notices_event": OFFICERS_LIST_THEM,
            "auth_group": OFFICERS_LIST_THEM,
            "home_restore": OFFICERS_LIST_THEM,
            "registrations_ministry": PUBLIC,
            "registrations_service": PUBLIC,
        }.items()
        for name in (
            *(f"admin:{model}_{screen}" for screen in ("history", "delete", "change")),
            f"fr/admin/{'/'.join(model.rsplit('_', 1))}/<path:object_id>/",
        )
    },
}


def in_turn(number: str) -> bool:
    """Whether the number was given out in turn: neither drawn, nor an identification number."""
    return number.isdecimal() and int(number) < FIRST and len(number) != 10


def test_a_key_in_an_address_is_drawn(theirs):
    with told_together() as at:
        for name, case in cases():
            arguments = KNOWN[name].cases[case](theirs)
            found = {argument for argument, value in arguments.items() if in_turn(str(value))}
            with at(name, case):
                assert bool(found) == (name in IN_TURN), found


def test_the_list_of_exceptions_names_addresses_that_are_there():
    assert set(IN_TURN) <= set(KNOWN)


SHOWN = cases(lambda name, known: known.is_a_page and known.to in {Who.ESM, Who.PEOPLE})


def test_a_page_gives_no_key_in_turn(worlds, theirs):
    """In what it posts, and in what it links to."""
    visitor = worlds.visitor(theirs.esm)
    with told_together() as at:
        for name, case in SHOWN:
            if shows(name, case):
                with at(name, case):
                    gives_no_key_in_turn(visitor, address(name, case, theirs))


def gives_no_key_in_turn(visitor: Sweeper, where: str) -> None:
    answer = visitor.get(where)
    if answer.status_code == 302:
        return
    page = Page(answer.content.decode())
    posted = [
        (element.attributes.get("name", element.tag), element.attributes.get("value", ""))
        for element in page.elements
        if element.tag in {"input", "option", "button"}
        and element.attributes.get("type", "text") not in SEEN_AS_TYPED
        and element.attributes.get("value") != PRESSED
    ]
    assert [one for one in posted if in_turn(one[1])] == []
    links = [element.attributes.get("href", "") for element in page.elements]
    numbers = [number for link in links for number in re.findall(r"/([0-9]+)/", link)]
    assert [number for number in numbers if in_turn(number)] == []


def test_the_file_of_the_history_gives_no_key(worlds, theirs):
    answer = worlds.visitor(theirs.esm).get(reverse("notices:history_file"))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) > 1
    assert not [cell for row in rows for cell in row if cell.isdecimal()]
