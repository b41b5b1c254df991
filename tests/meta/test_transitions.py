"""`docs/transitions.md`, cell by cell: the tables are the contract, nothing is repeated here."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.utils import translation

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies, company_scope
from notices.models import Event, Message
from proxies import actions as proxy_actions
from proxies.models import Assignment
from proxies.rules import rights_of
from proxies.terms import last_allowed_day
from registrations import actions as registration_actions
from tests import factories as make
from tests.proxies.conftest import row_set
from users import actions as user_actions
from users.models import User

pytestmark = pytest.mark.django_db

PAGE = (Path(__file__).parents[2] / "docs" / "transitions.md").read_text()
REFUSED = "—"


@dataclass(frozen=True)
class Cell:
    """What one cell of a table says."""

    subject: str
    action: str
    state: str
    new: str
    may: str
    told: frozenset[str]

    def __str__(self) -> str:
        return f"{self.subject}: {self.action}, {self.state}"


def cells() -> Iterator[Cell]:
    for section in PAGE.split("\n## ")[1:]:
        subject = section.partition("\n")[0]
        lines = [line for line in section.splitlines() if line.startswith("|")]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        header = rows[0]
        for action, may, *news, told in rows[2:]:
            people = frozenset() if told == "nobody" else frozenset(re.split(", ", told))
            for state, new in zip(header[2:-1], news, strict=True):
                yield Cell(subject, action, state, new, may, people)


CELLS = list(cells())


@dataclass
class Stage:
    """A row in some state, and the people around it, by what the page calls them."""

    row: Any
    people: dict[str, User]
    state: Callable[[], str]
    do: Mapping[str, Callable[[User], Any]]


# --- registration ---------------------------------------------------------------------------------


def a_registration(state: str) -> Stage:
    row = {
        "In process": make.a_registration,
        "Active": make.an_active_registration,
        "Refused": make.a_refused_registration,
        "Deactivated": make.a_deactivated_registration,
    }[state]()
    esm, agent_esm = make.an_esm(company=row.company), make.an_esm()
    holder = make.a_user(company=agent_esm.company)
    if not row.is_refused:  # who acts by it, at another company
        proxy = make.a_proxy(given_by=esm, agent=agent_esm.company)
        make.an_access_right(proxy=proxy, ministry=row.ministry)
        make.an_assignment(proxy=proxy, user=holder, assigned_by=agent_esm)
    people = {
        "ministry officer": make.an_officer(),
        "ESM of the company": esm,
        "ESM of the agent": agent_esm,
        "holder": holder,
    }

    def now() -> str:
        with translation.override("en"):
            return str(type(row)._base_manager.get(pk=row.pk).get_status_display())

    said = {"reason_fr": "Non.", "reason_en": "No."}
    do = {
        "accept": lambda by: registration_actions.accept(row, by=by),
        "refuse": lambda by: registration_actions.refuse(row, by=by, **said),
        "deactivate": lambda by: registration_actions.deactivate(row, by=by),
        "request reactivation": lambda by: registration_actions.request_reactivation(row, by=by),
    }
    return Stage(row, people, now, do)


# --- user file ------------------------------------------------------------------------------------


def a_file(state: str) -> Stage:
    is_esm, is_active = state.endswith("ESM"), not state.startswith("Suspended")
    said: Any = {"password": "Une phrase à soi", "last_login": clock.now()}  # their own
    row = (make.an_esm if is_esm else make.a_user)(is_active=is_active, **said)
    actor = row if state.startswith("Last") else make.an_esm(company=row.company)
    people = {"ESM of the company": actor, "ESM of another company": make.an_esm()}

    def now() -> str:
        user = User._base_manager.get(pk=row.pk)
        if state.startswith("Last"):
            return state if (user.is_esm, user.is_active) == (True, True) else "changed"
        role = "ESM" if user.is_esm else "user"
        return f"{'Active' if user.is_active else 'Suspended'} {role}"

    # the last ESM edits their own file, but its type
    edit = {"role": "user"} if actor is row else {"first_name": "Autre"}
    do = {
        "edit": lambda by: user_actions.change_user_file(row, by=by, **edit),
        "make an ESM": lambda by: user_actions.change_user_file(row, by=by, role="esm"),
        "suspend": lambda by: user_actions.suspend(row, by=by),
        "reactivate": lambda by: user_actions.reactivate(row, by=by),
        "reset the password": lambda by: user_actions.reset_password(row, by=by),
    }
    return Stage(row, people, now, do)


# --- proxy ----------------------------------------------------------------------------------------

OVER: dict[str, dict[str, Any]] = {
    "In force": {},
    "Expired": {"term_starts_on": date(2020, 1, 1), "ends_on": date(2020, 12, 31)},
    "Revoked": {"revoked_at": clock.now()},
    "Renounced": {"renounced_at": clock.now()},
}


def parties() -> tuple[Any, dict[str, User]]:
    esm, agent_esm = make.an_esm(), make.an_esm()
    holder = make.a_user(company=agent_esm.company)
    row = make.a_proxy(
        given_by=esm, agent=agent_esm.company, ends_on=clock.today() + timedelta(days=30)
    )
    make.an_access_right(proxy=row)
    people = {
        "ESM of the mandator": esm,
        "ESM of the agent": agent_esm,
        "holder": holder,
        "ESM of another company": make.an_esm(),
    }
    return row, people


def a_proxy(state: str) -> Stage:
    row, people = parties()
    agent = people["ESM of the agent"]
    make.an_assignment(proxy=row, user=people["holder"], assigned_by=agent)
    row_set(row, **OVER[state])

    def now() -> str:
        found = type(row)._base_manager.get(pk=row.pk)
        return found.state.name.replace("_", " ").capitalize()

    later = last_allowed_day(clock.today())

    def change(by: User) -> Any:
        asked: Any = {"description": "Autre", "rights": rights_of(row), "ends_on": row.ends_on}
        return proxy_actions.change(row, by=by, **asked)

    def copy(by: User) -> Any:
        asked: Any = {"description": "Copie", "rights": rights_of(row), "ends_on": later}
        return proxy_actions.copy(row, by=by, agent=agent.company, **asked)

    do = {
        "edit": change,
        "extend": lambda by: proxy_actions.extend(row, by=by, ends_on=later),
        "revoke": lambda by: proxy_actions.revoke(row, by=by),
        "renounce": lambda by: proxy_actions.renounce(row, by=by),
        "copy": copy,
    }
    return Stage(row, people, now, do)


# --- assignment -----------------------------------------------------------------------------------


def an_assignment(state: str) -> Stage:
    row, people = parties()
    holder = people["holder"]
    other = make.a_proxy(given_by=people["ESM of the mandator"], agent=row.agent)
    if state != "Not held":
        make.an_assignment(proxy=row, user=holder, assigned_by=people["ESM of the agent"])
    if state == "Held, proxy over":
        row_set(row, **OVER["Expired"])

    def now() -> str:
        standing = Assignment._base_manager.filter(user=holder, proxy=row, ended_at=None)
        if not standing.exists():
            return "Not held"
        found = type(row)._base_manager.get(pk=row.pk)
        return "Held" if found.is_in_force else "Held, proxy over"

    do = {
        "assign": lambda by: proxy_actions.assign(row, to=[holder], by=by),
        "remove": lambda by: proxy_actions.remove(row, from_users=[holder], by=by),
        "move to another proxy": lambda by: proxy_actions.move(
            holder, from_proxy=row, to_proxy=other, by=by
        ),
    }
    return Stage(row, people, now, do)


STAGES = {
    "Registration": a_registration,
    "User file": a_file,
    "Proxy": a_proxy,
    "Assignment": an_assignment,
}


def acts(stage: Stage, cell: Cell, by: User) -> bool:
    """Whether the action was done; what refuses it is a rule, or a row that isn't theirs."""
    scope = (
        across_companies(because="tests play the officer")
        if by.is_officer
        else company_scope(by.company)
    )
    with scope:
        try:
            stage.do[cell.action](by)
        except (ValidationError, ObjectDoesNotExist, PermissionDenied):
            return False
    return True


def left_as_it_was(stage: Stage, state: str, events: int) -> bool:
    unchanged = Event._base_manager.count() == events and not Message._base_manager.exists()
    return unchanged and stage.state() == state


def who_was_told(stage: Stage) -> set[str]:
    names = {person.pk: name for name, person in stage.people.items()}
    told = {names[pk] for pk in Message._base_manager.values_list("user", flat=True)}
    return {name.replace("ESM ", "ESMs ").replace("holder", "holders") for name in told}


def test_the_page_is_read_whole():
    assert {cell.subject for cell in CELLS} == STAGES.keys()
    assert len(CELLS) == 4 * 4 + 5 * 5 + 5 * 4 + 3 * 3


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_who_may_does_what_the_cell_says(cell):
    stage = STAGES[cell.subject](cell.state)
    events = Event._base_manager.count()
    assert acts(stage, cell, stage.people[cell.may]) is (cell.new != REFUSED)
    if cell.new == REFUSED:
        assert left_as_it_was(stage, cell.state, events)
        return
    assert stage.state() == cell.new
    assert who_was_told(stage) == cell.told
    assert Event._base_manager.count() > events


# an officer decides in the admin alone, which is closed to everybody else (tests/sweeps)
OF_COMPANIES = [cell for cell in CELLS if cell.may != "ministry officer"]


@pytest.mark.parametrize("cell", OF_COMPANIES, ids=str)
def test_who_may_not_changes_nothing(cell):
    stage = STAGES[cell.subject](cell.state)
    events = Event._base_manager.count()
    others = stage.people.keys() - {cell.may, "holder", "ministry officer"}
    assert others
    plain_user = make.a_user(company=stage.people[cell.may].company)
    for person in (plain_user, *(stage.people[name] for name in others)):
        assert not acts(stage, cell, person)
        assert left_as_it_was(stage, cell.state, events)
