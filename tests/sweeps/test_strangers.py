"""The stranger's sweep: no address shows, tells of or changes a row of another company."""

import re
import uuid

import pytest

from tests.sweeps.addresses import KNOWN, LANGUAGES, Who, address, address_with, addresses, cases
from tests.sweeps.posts import everything
from tests.sweeps.tables import rows_of, undone
from tests.sweeps.together import nothing_written, told_together
from tests.sweeps.visits import Sweeper
from tests.sweeps.world import World, Worlds

pytestmark = pytest.mark.django_db

A_COMPANYS = cases(lambda name, known: known.is_a_companys)
NOBODYS = cases(lambda name, known: not known.is_a_companys and known.to is not Who.OFFICER)
CHECKS = [(name, case) for name, case in A_COMPANYS if (name[-6:], case) == ("-check", "draft")]
# it is there for everybody to read, by its purpose
MAILBOX = {"sandbox:mailbox", "sandbox:email"}


BUTTONS = ["", "remove", "detour", "again"]


@pytest.fixture
def stranger(worlds: Worlds) -> Sweeper:
    return worlds.visitor(worlds.mine.esm)


def text_of(response) -> str:
    """What an answer says, headers included."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    return f"{headers}\n{response.content.decode()}".casefold()


def without_tokens(html: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", html)


def assert_absent(answer, theirs: World) -> None:
    assert answer.status_code in {404, 405}
    assert theirs.mark.casefold() not in text_of(answer)


def test_a_stranger_finds_and_changes_nothing(stranger, theirs):
    with nothing_written(), told_together() as at:
        for name, case in A_COMPANYS:
            where = address(name, case, theirs)
            with at(name, case):
                assert_absent(stranger.get(where, follow=True), theirs)
            for button in BUTTONS:
                pressed = {button: "1"} if button else {}
                with at(name, case, button):
                    assert_absent(stranger.post(where, {**everything(theirs), **pressed}), theirs)


def test_a_stranger_who_knows_the_very_seal_transmits_nothing(worlds, stranger, theirs):
    with nothing_written(), told_together() as at:
        for name, case in CHECKS:
            with at(name, case):
                where = address(name, case, theirs)
                seal = worlds.visitor(theirs.esm).seal(where)
                assert_absent(stranger.post(where, {"seal": seal}), theirs)


def test_another_companys_row_is_answered_like_one_that_does_not_exist(stranger, theirs):
    with told_together() as at:
        for name, case in A_COMPANYS:
            with at(name, case):
                answers_alike(stranger, theirs, name, case)


def answers_alike(stranger: Sweeper, theirs: World, name: str, case: str) -> None:
    of_theirs = KNOWN[name].cases[case](theirs)
    of_nobody = of_theirs | {
        argument: nothing
        for argument, nothing in {
            "draft": uuid.uuid4(),
            "registration": 10**9,
            "mandator": "9999999999",
            "person": 10**9,
        }.items()
        if argument in of_theirs
    }
    if str(of_theirs.get("subject", "")).isdigit():
        of_nobody["subject"] = str(10**9)
    answers = []
    for arguments in (of_theirs, of_nobody):
        answer = stranger.get(address_with(name, arguments), follow=True)
        said = without_tokens(answer.content)
        for language in LANGUAGES:
            here = address_with(name, arguments, language=language)
            said = said.replace(here.encode(), b"-")
        for argument in {"mandator", "draft"} & set(arguments):
            said = said.replace(str(arguments[argument]).encode(), b"-")
        answers.append((answer.status_code, said))
    assert answers[0] == answers[1]


def test_an_address_of_nobody_tells_a_stranger_nothing(worlds, theirs, mine):
    before = rows_of(theirs.company)
    with told_together() as at:
        for name, case in NOBODYS:
            stranger, where = worlds.visitor(mine.esm), address(name, case, mine)
            with at(name, case), undone():
                for answer in (stranger.get(where), stranger.post(where, everything(theirs))):
                    assert name in MAILBOX or theirs.mark.casefold() not in text_of(answer)
                assert rows_of(theirs.company) == before


def test_a_user_and_an_agent_of_others_are_strangers_too(worlds, mine, theirs):
    # the agent of the one company has nothing to do with the other
    with told_together() as at:
        for person, forbidden in ((mine.user, {403, 404, 405}), (mine.agent_esm, {404, 405})):
            stranger = worlds.visitor(person)
            for name, case in A_COMPANYS:
                with at(person.user_code, name, case):
                    answer = stranger.get(address(name, case, theirs), follow=True)
                    assert answer.status_code in forbidden
                    assert theirs.mark.casefold() not in text_of(answer)


def test_the_agent_finds_nothing_of_the_mandator_but_the_proxy(worlds, theirs):
    agent = worlds.visitor(theirs.agent_esm)
    mandators = {
        "own",  # the mandator's e-service is not the agent's ESM's: no proxy is assigned to them
        "draft",
        "receipt",
        "pending",
        "decided",
    }
    for name, case in A_COMPANYS:
        if case not in mandators:
            continue
        answer = agent.get(address(name, case, theirs), follow=True)
        expected = {403} if name == "open_service" else {404}
        assert answer.status_code in expected, (name, case)


def test_every_address_is_swept():
    swept = {name for name, _case in (*A_COMPANYS, *NOBODYS)}
    officers = set(addresses(lambda name, known: known.to is Who.OFFICER))
    assert swept | officers == set(addresses())
