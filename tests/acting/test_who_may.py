"""Every verb, tried as every kind of person: the table says who may, and the door holds it.

The verbs are read from the code (`door.ACTIONS`): a new action without a way to try it fails here,
and so does a function that acts for a person without being an action.
"""

import ast
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import transaction
from django.template import engines
from django.utils.module_loading import import_string
from pytest_django import DjangoDbBlocker

from cse_portal import clock
from cse_portal.acting.door import ACTIONS
from cse_portal.acting.permissions import WHO_MAY, Role, Rule, Verb, Whose, may
from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.flows.registry import all_flows
from cse_portal.models import Company
from cse_portal.pages.views import SignedInView
from proxies.models import AccessRight, Proxy
from proxies.rules import Rights, rights_of
from proxies.terms import last_allowed_day
from tests import factories as make
from tests.shared_rows import shared_rows
from tests.sweeps.tables import rows, undone
from users.models import EmailChange, SignInCode, User

pytestmark = pytest.mark.django_db

PROJECT = Path(__file__).parents[2]
import_module("cse_portal.urls")  # which names every view, hence every action
import_module("cse_portal.actions")
PASSWORD = "Une phrase dont je me souviens"
#: what its own code says of each: which part of it is an action
NO_ACTIONS = {
    "users.actions.confirm_email_change": "counts a try, then `set_new_email`",
    "users.actions.send_email_change_code": "`begin_email_change`, then the letter leaves",
    "proxies.actions.combined.extend_each": "`extend`, each by itself",
    "proxies.actions.assigning.attach": "part of `assign`, `move`, `grant_to`",
    "proxies.actions.locks.lock_given": "part of each action",
    "proxies.actions.locks.lock_held": "part of each action",
    "proxies.actions.locks.lock_users": "part of each action",
    "notices.actions.record": "part of each action",
    "users.actions.why_not_edited": "changes nothing",
    "users.actions.why_email_not_changed": "changes nothing",
    "users.actions.why_not_reset": "changes nothing",
    "users.actions.why_no_temporary_password": "changes nothing",
}


@dataclass(frozen=True)
class World:
    """A mandator and its agent, who hold a proxy; a department or agency, and its officers."""

    mandator: Company
    agent: Company
    people: dict[str, User]
    proxy: Proxy
    other_proxy: Proxy
    ministry: Any

    @property
    def user(self) -> User:
        return self.people["user"]


@pytest.fixture(scope="module")
def rows_of_all(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made once: what a test does to its rows is undone after it."""
    with shared_rows(a_world, django_db_blocker) as made:
        yield made


@pytest.fixture
def world(rows_of_all: World) -> World:
    return deepcopy(rows_of_all)


def a_world() -> World:
    esm, agent_esm = make.an_esm(password=PASSWORD), make.an_esm()
    colleague = make.an_esm(company=esm.company)
    holder = make.a_user(company=agent_esm.company)
    ministry = make.a_ministry()
    of_this, of_another = make.an_officer(), make.an_officer()
    ministry.officers.add(of_this)
    make.a_ministry().officers.add(of_another)
    given: Any = {"given_by": esm, "ends_on": clock.today() + timedelta(days=30)}
    proxy = make.a_proxy(agent=agent_esm.company, **given)
    make.an_access_right(proxy=proxy, ministry=make.a_ministry())
    other = make.a_proxy(agent=agent_esm.company, **given)
    make.an_assignment(proxy=proxy, user=holder, assigned_by=agent_esm)
    people = {
        "ESM": esm,
        "another ESM of the company": colleague,
        "ESM of another company": make.an_esm(),
        "user": make.a_user(company=esm.company),
        "agent's ESM": agent_esm,
        "user of the agent who holds the proxy": holder,
        "another user of the agent": make.a_user(company=agent_esm.company),
        "officer of this ministry": of_this,
        "officer of another ministry": of_another,
        "officer without a permission": make.an_officer(is_superuser=False),
    }
    return World(esm.company, agent_esm.company, people, proxy, other, ministry)


# --- those who may no longer: as the request still knows them ------------------------------------


def suspended(person: User) -> User:
    User._base_manager.filter(pk=person.pk).update(is_active=False)
    return person


def of_a_closed_company(person: User) -> User:
    if not person.company_id:
        return suspended(person)
    Company.objects.filter(pk=person.company_id).update(is_active=False)
    return person


def signed_out(person: User) -> User:
    code, _digits = SignInCode.issue(person, until=clock.now())
    person.otp_device, person.is_verified = code, lambda: True
    SignInCode.objects.filter(pk=code.pk).delete()
    return person


def demoted(person: User) -> User:
    """An ESM who became a user; an officer who lost every permission."""
    changed = {"is_superuser": False} if person.is_officer else {"role": User.Role.USER}
    User._base_manager.filter(pk=person.pk).update(**changed)
    return person


OUT = {one.__name__: one for one in (suspended, of_a_closed_company, signed_out)}


# --- each action, as it is called ----------------------------------------------------------------

Act = Callable[[User], Any]


def about(world: World) -> dict[str, Callable[[], Act]]:
    """By the name of the action: what makes its row, and gives the act upon it."""

    def of(name: str, prepare: Callable[[], tuple[Any, ...]] = tuple, **given: Any) -> None:
        action = import_string(name)

        def ready() -> Act:
            rows_of_it = prepare()
            return lambda by: action(*rows_of_it, by=by, **given)

        found[name] = ready

    def registration(status: str) -> Callable[[], tuple[Any, ...]]:
        def prepare() -> tuple[Any, ...]:
            made = getattr(make, status)
            return (made(company=world.mandator, ministry=world.ministry),)

        return prepare

    found: dict[str, Callable[[], Act]] = {}
    later = last_allowed_day(clock.today())
    names: Any = {"family_name": "Roy", "first_name": "Zoé", "email": "zoe@entreprise.example"}
    with across_companies(because="tests arrange every company"):
        rights = rights_of(world.proxy)
    terms: Any = {"ends_on": later, "description": "Autre", "rights": rights}
    proxy, holder = world.proxy, world.people["user of the agent who holds the proxy"]
    free = world.people["another user of the agent"]
    user = lambda: (world.user,)  # noqa: E731
    of("registrations.actions.register", lambda: (make.a_ministry(),), answers=[])
    of("registrations.actions.deactivate", registration("an_active_registration"))
    of("registrations.actions.request_reactivation", registration("a_deactivated_registration"))
    of("registrations.actions.accept", registration("a_registration"))
    reasons: Any = {"reason_fr": "Non.", "reason_en": "No."}
    of("registrations.actions.refuse", registration("a_registration"), **reasons)
    of("sandbox.actions.answer_for_ministry", registration("a_registration"), accepts=True)
    of("users.actions.create_user_file", **names)
    of("users.actions.change_user_file", user, first_name="Zoé")
    of("users.actions.suspend", user)
    of("users.actions.reactivate", lambda: (suspended(world.user),))
    of("users.actions.reset_password", user)
    of("users.actions.issue_temporary_password", user)
    profile: Any = {"language": "en", "telephone": "418 555-0142", "extension": ""}
    of("users.actions.change_profile", **profile)
    of("users.actions.choose_password", lambda: (PASSWORD,))
    of("users.actions.change_own_password", lambda: (PASSWORD,))
    of("users.actions.begin_email_change", lambda: ("neuve@entreprise.example",))
    of("users.actions.end_other_sessions")
    of("users.actions.end_session", lambda: (0,))
    new = User(company=world.mandator, user_code="", **names)
    of("users.actions.open_file", lambda: (new,))
    of("users.actions.correct_file", user, corrected=["first_name"])
    of("users.actions.give_temporary_password", user)
    company: Any = Company(identification_number="1999999999", neq="1199999999", name="Neuve")
    of("cse_portal.actions.open_company", lambda: (company,))
    of("cse_portal.actions.change_company", lambda: (world.mandator,), corrected=["name"])
    of("notices.actions.mark_read")
    of("notices.actions.send_again", lambda: (make.a_message(not_sent="refused"),))
    full = {make.a_service().ministry: Rights(AccessRight.Scope.FULL)}
    actions = "proxies.actions"
    internal: Any = {"ends_on": later, "description": "Neuve", "rights": full}

    def registered() -> tuple[Any, ...]:
        (ministry,) = full
        for one in Company.objects.all():
            make.an_active_registration(company=one, ministry=ministry)
        return ()

    of(f"{actions}.giving.create", registered, **internal)
    of(f"{actions}.giving.change", lambda: (proxy,), **terms)
    of(f"{actions}.giving.extend", lambda: (proxy,), ends_on=later)
    of(f"{actions}.combined.copy", lambda: (proxy,), **terms, agent=world.agent)
    of(f"{actions}.combined.grant_to", lambda: (*registered(), world.user), **internal)
    of(f"{actions}.ending.revoke", lambda: (proxy,))
    of(f"{actions}.ending.renounce", lambda: (proxy,))
    of(f"{actions}.assigning.assign", lambda: (proxy,), to=[free])
    of(f"{actions}.assigning.remove", lambda: (proxy,), from_users=[holder])
    moved: Any = {"from_proxy": proxy, "to_proxy": world.other_proxy}
    of(f"{actions}.assigning.move", lambda: (holder,), **moved)

    def change() -> Act:
        """Of each person, the address that waits, its code given."""
        waiting = {}
        for person in world.people.values():
            one = EmailChange(user=person, new_email="neuve@x.example", expires_at=clock.now())
            one.set_digits("1234567")
            one.confirmed = True
            one.save()
            waiting[person.pk] = one
        action = import_string("users.actions.set_new_email")
        return lambda by: action(waiting[by.pk], by=by)

    found["users.actions.set_new_email"] = change
    return found


def scope_of(person: User) -> AbstractContextManager[None]:
    if person.company_id:
        return company_scope(person.company)
    return across_companies(because="tests play the officer")


def should(person: User, rule: Rule, name: str, world: World) -> bool:
    """What the table says of that person, on the rows of this world."""
    if person.role not in rule.roles:
        return False
    if rule.permission and not person.is_superuser:
        return False
    return {
        Whose.OWN_COMPANYS: person.company_id == world.mandator.pk or name in MAKES_ITS_OWN,
        Whose.GIVEN: person.company_id == world.mandator.pk,
        Whose.RECEIVED: person.company_id == world.agent.pk,
        Whose.HELD: person.company_id == world.agent.pk,
        Whose.OF_MINISTRY: person.pk != world.people["officer of another ministry"].pk,
        Whose.OWN: True,
        Whose.ANYBODYS: True,
    }[rule.whose]


#: what an ESM of any company does, for a row of that company is made
MAKES_ITS_OWN = {
    "registrations.actions.register",
    "users.actions.create_user_file",
    "proxies.actions.giving.create",
}


def is_done(act: Act, person: User) -> bool:
    """Whether the act is done; a refusal leaves everything as it was."""
    before, done = rows(), True
    with scope_of(person):
        try:
            with transaction.atomic():
                act(person)
        except (PermissionDenied, ObjectDoesNotExist, ValidationError):
            done = False
    assert done or rows() == before
    return done


NAMES = sorted(ACTIONS)


def test_every_action_can_be_tried(world):
    assert sorted(about(world)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_who_may_does_it_and_nobody_else(world, name):
    rule, ready = WHO_MAY[ACTIONS[name]], about(world)[name]
    done, expected = {}, {}
    for kind, person in world.people.items():
        expected[kind] = should(person, rule, name, world)
        with undone():
            done[kind] = is_done(ready(), person)
    assert done == expected
    assert True in done.values()


@pytest.mark.parametrize("out", OUT)
@pytest.mark.parametrize("name", NAMES)
def test_who_is_put_out_meanwhile_does_nothing(world, name, out):
    rule, ready = WHO_MAY[ACTIONS[name]], about(world)[name]
    tried = 0
    for person in world.people.values():
        if should(person, rule, name, world):
            with undone():
                act = ready()
                assert not is_done(act, OUT[out](person))
            tried += 1
    assert tried


@pytest.mark.parametrize("name", [one for one in NAMES if WHO_MAY[ACTIONS[one]].whose != Whose.OWN])
def test_who_loses_the_role_meanwhile_does_nothing(world, name):
    rule, ready = WHO_MAY[ACTIONS[name]], about(world)[name]
    for person in world.people.values():
        if should(person, rule, name, world):
            with undone():
                assert not is_done(ready(), demoted(person))


# --- the table and the code ----------------------------------------------------------------------


def test_every_verb_has_its_row():
    assert WHO_MAY.keys() == set(Verb)


def every(kind: Any) -> Iterator[Any]:
    for one in kind.__subclasses__():
        yield one
        yield from every(one)


def test_every_verb_is_asked_for_somewhere():
    code = "".join(path.read_text() for path in sources())
    templates = "".join(path.read_text() for path in (PROJECT / "templates").rglob("*.html"))
    unused = [str(one) for one in list(Verb) if f"Verb.{one.name}" not in code]
    assert [one for one in unused if f'may:"{one}"' not in templates] == []


def test_every_procedure_and_every_screen_names_its_verb():
    assert all_flows()
    assert [one for one in all_flows() if not isinstance(getattr(one, "verb", None), Verb)] == []
    without = [one.__name__ for one in every(SignedInView) if one.verb is None]
    assert set(without) == {"FlowView", "PageView", "CheckView", "ReceiptView"}


def sources() -> Iterator[Path]:
    for app in ("cse_portal", "notices", "users", "registrations", "proxies", "home", "sandbox"):
        for path in sorted((PROJECT / app).rglob("*.py")):
            if "permissions.py" not in path.name:
                yield path
    yield from sorted((PROJECT / "eservices").rglob("*.py"))


def acting_functions() -> Iterator[str]:
    """Public functions of the actions' modules to which somebody is given who acts."""
    for path in sources():
        if path.name != "actions.py" and path.parent.name != "actions":
            continue
        module = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                arguments = [*node.args.args, *node.args.kwonlyargs]
                if any(argument.arg == "by" for argument in arguments):
                    yield f"{module}.{node.name}"


def test_every_function_that_acts_for_somebody_is_an_action():
    assert set(acting_functions()) - ACTIONS.keys() == NO_ACTIONS.keys()


def test_actions_name_what_they_change():
    for name in NAMES:
        action: Any = import_string(name)
        kinds = {one.kind for one in inspect.signature(action).parameters.values()}
        assert inspect.Parameter.VAR_KEYWORD not in kinds, name


def test_a_template_asks_the_same_table():
    template = engines["django"].from_string('{% if person|may:"see_files" %}yes{% endif %}')
    for person in (make.an_esm(), make.a_user(), make.an_officer()):
        assert template.render({"person": person}) == "yes" * may(person, Verb.SEE_FILES)


def test_a_user_who_is_not_an_esm_acts_for_themselves_only():
    """The procedure: its four steps are carried out by the ESM."""
    assert {verb for verb, rule in WHO_MAY.items() if Role.USER in rule.roles} == {
        Verb.SEE_OWN_PAGES,
        Verb.EDIT_PROFILE,
        Verb.CHANGE_EMAIL,
        Verb.READ_MESSAGES,
        Verb.CHANGE_PASSWORD,
        Verb.END_SESSIONS,
    }
