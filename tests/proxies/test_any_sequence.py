"""Whatever all parties do, in any order, over years: the rules that hold after every step."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import connection, transaction
from django.http import Http404
from freezegun import freeze_time
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.flows.flow import DraftIncomplete, Flow
from cse_portal.flows.transmission import save_page, summarize, transmit
from cse_portal.models import Draft, Receipt
from notices.models import Event, Message
from proxies import access, actions
from proxies.flows import AssignProxy, RevokeProxy
from proxies.models import AccessRight, Assignment, Proxy, TickedService
from registrations.actions import accept, deactivate, refuse, register, request_reactivation
from registrations.models import Registration, Service
from tests import factories as make
from tests.extent import EVERYTHING
from tests.keys import numbers_in_turn
from tests.proxies.conftest import FULL, ticked
from users.actions import change_user_file, reactivate, reset_password, suspend
from users.flows import CreateUserFile
from users.models import User

REFUSALS = (ValidationError, ObjectDoesNotExist, Http404, DraftIncomplete)
OWNED = (Proxy, AccessRight, Assignment, Registration, User, Event, Message, Receipt, Draft)
NAMES = ("Emetteur", "Mandataire", "Verificateur")  # every person bears their company's

some = st.integers(0, 10_000)
few = st.lists(some, min_size=1, max_size=2)
DAYS = [400, 20, 90, 1000, 1, 0, 1500]

#: `make test` takes a quarter of what `make test-all` takes, where each verb succeeds at least once
EXAMPLES, STEP_COUNT = (2, 260) if EVERYTHING else (1, 130)
FLOWS: list[type[Flow]] = [CreateUserFile, AssignProxy, RevokeProxy]

STEPS: list[tuple[str, Any]] = []
DONE: Counter[str] = Counter()


def step(**drawn):
    """One thing that a party may do. They are drawn by a single rule: hypothesis switches rules
    off for a whole run, and most of the verbs would then never be tried.
    """

    def add(method):
        STEPS.append((method.__name__, st.fixed_dictionaries(drawn)))
        return method

    return add


def rows(model, **fields):
    return list(model._base_manager.filter(**fields).order_by("pk"))


def snapshot():
    """All that an action could change."""
    tables = (model._meta.db_table for model in OWNED)
    whole = (
        f"(SELECT md5(string_agg(one::text, ' ' ORDER BY one.id)) FROM {table} one)"
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(whole)}")
        return cursor.fetchone()


def occurrences():
    return Event._base_manager.values("occurrence").distinct().count()


class Parties(RuleBasedStateMachine):
    """An emitter, an agent and a verifier, their ESMs and users, and the ministries' officer."""

    def __init__(self):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.time = freeze_time(datetime(2026, 11, 23, 15, tzinfo=UTC))
        self.frozen = self.time.start()
        self.turn, self.transmitted, self.serial = 0, 0, count()
        self.to_do: list[tuple[str, Any]] = []
        self.companies = [make.a_company() for _name in NAMES]
        for company, name in zip(self.companies, NAMES, strict=True):
            for n in range(4):
                role = User.Role.ESM if n < 2 else User.Role.USER
                make.a_user(company=company, family_name=name, role=role)
        self.officer = make.an_officer()
        self.ministries = [make.a_ministry(), make.a_ministry(takes_external_proxies=False)]
        for ministry in self.ministries:
            make.a_service(ministry=ministry)
        first = self.ministries[0]
        self.iqea = [
            make.an_operator_service(ministry=first),
            make.a_verifier_service(ministry=first),
        ]
        make.an_active_registration(company=self.companies[0], ministry=first)
        make.an_active_registration(company=self.companies[0], ministry=self.ministries[1])
        make.an_active_registration(company=self.companies[1], ministry=first)

    def teardown(self):
        self.time.stop()
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    # --- drawing ---------------------------------------------------------------------------------

    def one(self, model, n, **fields):
        """A row of any company; mostly the late ones, or the machine plays with old proxies."""
        found = rows(model, **fields)
        return found[-1 - n % min(len(found), 12)] if found else None

    def an_esm(self, n, company=None):
        """Of the company concerned, mostly; of any other, who must be refused, now and then."""
        own = {"company": company} if company and n % 6 != 5 else {}
        return self.one(User, n, role=User.Role.ESM, is_active=True, **own)

    def a_proxy(self, n, **fields):
        """In force, mostly: nothing is done to the others."""
        lives = {"revoked_at": None, "renounced_at": None, "ends_on__gte": clock.today()}
        in_force = self.one(Proxy, n, **lives, **fields) if n % 5 else None
        return in_force or self.one(Proxy, n, **fields)

    def people(self, numbers):
        return [self.one(User, n, role__in=["user", "esm"]) for n in numbers]

    def rights(self, n, by):
        """At the ministries where the company is « Actif », mostly."""
        active = rows(Registration, status="active", company=by.company_id)
        if n % 3 and active:
            return {active[n % len(active)].ministry: FULL}
        first, second = self.ministries
        operator, verifier = self.iqea
        return [
            {first: FULL},
            {second: FULL},
            {first: FULL, second: FULL},
            {first: ticked(operator)},
            {first: ticked(verifier)},
        ][n % 5]

    def terms(self, n, days, by):
        ends_on = clock.today() + timedelta(days=DAYS[days % len(DAYS)])
        return {
            "ends_on": ends_on,
            "description": f"P{next(self.serial)}",
            "rights": self.rights(n, by),
        }

    def attempt(self, verb, *args, by, times=1, **asked):
        """Do it: so many occurrences are written; or it is refused, and nothing has changed."""
        if any(one is None for one in (*args, by)):
            return None
        before, written = snapshot(), occurrences()
        try:
            with company_scope(by.company) if by.company_id else across_companies(because="admin"):
                done = verb(*args, by=by, **asked)
        except REFUSALS:
            assert snapshot() == before, f"{verb.__name__} was refused, and yet changed something"
            return None
        DONE[verb.__name__] += 1
        expected = times(done) if callable(times) else times
        assert occurrences() == written + expected, verb.__name__
        return done

    # --- what the parties do ---------------------------------------------------------------------

    @step(by=some, n=some, days=some, agent=some)
    def give(self, by, n, days, agent):
        to = [None, *self.companies][agent % 4]
        by = self.an_esm(by)
        self.attempt(actions.create, by=by, agent=to, **self.terms(n, days, by))

    @step(by=some, proxy=some, n=some, days=some)
    def change(self, by, proxy, n, days):
        if found := self.a_proxy(proxy):
            by = self.an_esm(by, found.mandator)
            self.attempt(actions.change, found, by=by, **self.terms(n, days, by))

    @step(by=some, proxy=some, days=some)
    def extend(self, by, proxy, days):
        ends_on = clock.today() + timedelta(days=DAYS[days % len(DAYS)])
        if found := self.a_proxy(proxy):
            by = self.an_esm(by, found.mandator)
            self.attempt(actions.extend, found, by=by, ends_on=ends_on)

    @step(by=some, chosen=few, days=some)
    def extend_each(self, by, chosen, days):
        by = self.an_esm(by)
        own = {self.a_proxy(n, mandator=by.company_id) for n in chosen} - {None}
        ends_on = clock.today() + timedelta(days=DAYS[days % len(DAYS)])
        self.attempt(
            actions.extend_each, own, by=by, ends_on=ends_on, times=lambda done: len(done[0])
        )

    @step(by=some, proxy=some)
    def revoke(self, by, proxy):
        if found := self.a_proxy(proxy):
            self.attempt(actions.revoke, found, by=self.an_esm(by, found.mandator))

    @step(by=some, proxy=some)
    def renounce(self, by, proxy):
        if found := self.a_proxy(proxy, agent__isnull=False):
            self.attempt(actions.renounce, found, by=self.an_esm(by, found.agent))

    @step(proxy=some, n=some)
    def assign(self, proxy, n):
        """By the company that holds it, mostly: others are refused."""
        found = self.a_proxy(proxy)
        holder = found.holder if found and n % 5 else self.companies[n % 3].pk
        by = self.one(User, n, role="esm", is_active=True, company=holder)
        users = rows(User, company=holder)
        self.attempt(actions.assign, found, to=[users[n % len(users)]], by=by)

    @step(by=some, assignment=some, users=few)
    def remove(self, by, assignment, users):
        held = self.one(Assignment, assignment, ended_at=None)
        if held:
            self.attempt(
                actions.remove, held.proxy, from_users=[held.user], by=self.an_esm(by, held.company)
            )
            self.attempt(
                actions.remove,
                held.proxy,
                from_users=self.people(users),
                by=self.an_esm(by, held.company),
            )

    @step(assignment=some, to=some, n=some)
    def move(self, assignment, to, n):
        held = self.one(Assignment, assignment, **({"ended_at": None} if n % 5 else {}))
        mandator = {"mandator": held.mandator_id, "holder": held.company_id} if held else {}
        if held and (target := self.a_proxy(to, **(mandator if n % 4 else {}))):
            by = self.one(User, n, role="esm", is_active=True, company=held.company_id)
            both = {"from_proxy": held.proxy, "to_proxy": target}
            self.attempt(actions.move, held.user, by=by, times=2, **both)

    @step(by=some, proxy=some, n=some, days=some, users=few, agent=some)
    def copy(self, by, proxy, n, days, users, agent):
        source = self.one(Proxy, proxy)
        if source is None:
            return
        by = self.an_esm(by, source.mandator)
        to = [None, None, None, *self.companies][agent % 6]
        wanted = [] if to else [one.user for one in rows(Assignment, proxy=source, ended_at=None)]
        wanted = wanted or ([] if n % 2 else self.people(users))
        moving = Assignment._base_manager.filter(proxy=source, ended_at=None, user__in=wanted)
        removed = source.is_in_force and moving.exists()
        self.attempt(
            actions.copy,
            source,
            by=by,
            agent=to,
            users=wanted,
            times=1 + bool(wanted) + removed,
            **self.terms(n, days, by),
        )

    @step(by=some, user=some, n=some, days=some)
    def grant_to(self, by, user, n, days):
        by = self.an_esm(by)
        user = self.one(User, user, company=by.company_id)
        with company_scope(by.company):
            held = actions.standing_assignment(user)
        times = 2 + bool(held and held.proxy.is_in_force)
        replaces = held if n % 4 else None
        terms = self.terms(n, days, by)
        self.attempt(actions.grant_to, user, by=by, replaces=replaces, times=times, **terms)

    @step(by=some, user=some, verb=some)
    def user_file(self, by, user, verb):
        verb = [suspend, reactivate, reset_password][verb % 3]
        state = {"is_active": verb is not reactivate} if user % 5 else {}
        found = self.one(User, user, company__isnull=False, **state) or self.one(User, user)
        self.attempt(verb, found, by=self.an_esm(by, found.company))

    @step(by=some, user=some, role=some)
    def change_type(self, by, user, role):
        role = ["user", "esm"][role % 2]
        found = self.one(User, user, company__isnull=False)
        self.attempt(change_user_file, found, by=self.an_esm(by, found.company), role=role)

    @step(by=some, n=some)
    def register(self, by, n):
        self.attempt(register, self.ministries[n % 2], by=self.an_esm(by), answers=[])

    @step(by=some, n=some, verb=some)
    def registration(self, by, n, verb):
        verb = [deactivate, request_reactivation, request_reactivation][verb % 3]
        usual = "active" if verb is deactivate else "deactivated"
        found = self.one(Registration, n, status=usual) or self.one(Registration, n)
        self.attempt(verb, found, by=self.an_esm(by, found.company))

    @step(n=some)
    def decide(self, n):
        says_yes = n % 4 > 0
        asked = self.one(Registration, n, status="in_process") or self.one(Registration, n)
        reason = {} if says_yes else {"reason_fr": "Non.", "reason_en": "No."}
        self.attempt(accept if says_yes else refuse, asked, by=self.officer, **reason)

    @step(days=some)
    def days_pass(self, days):
        self.frozen.tick(timedelta(days=[1, 1, 1, 5, 30, 200][days % 6]))

    @step(by=some, n=some, flow=some)
    def transmit(self, by, n, flow):
        """The same verbs by a procedure: its receipt is there if, and only if, it was done."""
        flow = FLOWS[flow % len(FLOWS)]
        by = self.an_esm(by)
        person = {"family_name": [by.family_name], "first_name": ["Alex"]} | {
            "email": ["alex@entreprise.example"],
            "telephone": ["418 555-0142"],
            "language": ["fr"],
            "role": ["user"],
        }
        held = self.a_proxy(n, holder=by.company_id)
        if held is None and flow is not CreateUserFile:
            return
        someone = self.one(User, n, company=by.company_id, role="user", is_active=True)
        filled: dict[Any, dict[str, Any]] = {
            CreateUserFile: {"user": person},
            AssignProxy: {"proxy": {}, "users": {"users": [str(someone and someone.pk)]}},
            RevokeProxy: {"proxy": {}},
        }
        pages = filled[flow]
        key = "" if flow is CreateUserFile else str(held.pk)

        def walk(*, by):
            with transaction.atomic():
                subject = flow.find_subject(key, by=by) if key else None
                if subject and (obstacle := flow.obstacle(subject, by=by)):
                    raise ValidationError(obstacle)
                draft: Draft | None = None
                asked = {"by": by, "subject": subject}
                for slot, lists in pages.items():
                    known = draft.pk if draft else None
                    draft = save_page(flow, slot, lists, subject_key=key, draft_id=known, **asked)
                assert draft
                seal = summarize(flow, draft, **asked).seal
                return transmit(flow, draft.pk, seal=seal, **asked)

        if receipt := self.attempt(walk, by=by):
            self.transmitted += 1
            DONE[flow.slug] += 1
            assert Event._base_manager.filter(receipt=receipt).count() == 1

    @rule(which=some, data=st.data())
    def somebody_does_something(self, which, data):
        """What is drawn is stirred with the turn: even the example of which every number is
        nought, which hypothesis tries first, goes through all the steps. Each is tried once before
        any is tried again, in an order that changes each time.
        """
        if not self.to_do:
            self.to_do = Random(f"{self.turn} {which}").sample(STEPS, len(STEPS))
        name, drawn = self.to_do.pop()
        asked = {key: self.stirred(key, one) for key, one in data.draw(drawn).items()}
        note(f"{name} {asked}")
        getattr(self, name)(**asked)

    def stirred(self, key, drawn):
        if isinstance(drawn, list):
            return [self.stirred(f"{key}{n}", one) for n, one in enumerate(drawn)]
        return Random(f"{self.turn} {key} {drawn}").randrange(10_000)

    # --- what holds after each step --------------------------------------------------------------

    @invariant()
    def one_proxy_per_user_and_mandator(self):
        held = [(one.user_id, one.mandator_id) for one in rows(Assignment, ended_at=None)]
        assert len(held) == len(set(held))

    @invariant()
    def a_company_keeps_an_esm(self):
        companies = {one.company_id for one in rows(User, role="esm", is_active=True)}
        assert companies == {one.pk for one in self.companies}

    @invariant()
    def receipts_are_what_was_transmitted(self):
        assert Receipt._base_manager.count() == self.transmitted
        assert Draft._base_manager.count() == 0

    @invariant()
    def no_right_without_every_link(self):
        """For a few people in turn: the portal's answers, and those of the rules read naively."""
        self.turn += 1
        people = rows(User, role__in=["user", "esm"])
        told = Chain()
        for n in range(2):
            person = people[(self.turn * 2 + n) % len(people)]
            shown = {(one.service.pk, one.mandator.pk) for one in access.openable(person)}
            assert shown == {
                (service.pk, mandator.pk)
                for service in told.services
                for mandator in self.companies
                if told.is_whole(person, service, mandator)
            }
            service = told.services[self.turn % len(told.services)]
            mandator = self.companies[(self.turn + n) % len(self.companies)]
            decision = access.decide(person, service, mandator)
            assert decision.is_allowed == told.is_whole(person, service, mandator)

    @invariant()
    def both_histories_agree(self):
        by_row: dict[str, dict[int, set[Any]]] = {}
        names = dict(zip((one.pk for one in self.companies), NAMES, strict=True))
        companies = dict(User._base_manager.values_list("pk", "company"))
        for event in rows(Event):
            kept = by_row.setdefault(event.about, {}).setdefault(event.company_id, set())
            kept.add(event.occurrence)
            said = json.dumps(event.facts)
            assert not any(
                name in said for company, name in names.items() if company != event.company_id
            )
            assert event.by_id is None or companies[event.by_id] == event.company_id
        for proxy in rows(Proxy):
            parties = {proxy.mandator_id, proxy.agent_id} - {None}
            histories = by_row[f"proxy:{proxy.pk}"]
            assert set(histories) == parties
            assert len({frozenset(kept) for kept in histories.values()}) == 1

    @invariant()
    def nobody_sees_another_companys_row(self):
        company = self.companies[self.turn % len(self.companies)]
        with company_scope(company):
            for model in (Registration, User, Event, Message, Receipt, Draft, Assignment):
                column = model.company_columns[0]
                seen = set(model.objects.order_by().values_list(column, flat=True))
                assert seen <= {company.pk}
            for proxy in Proxy.objects.all():
                assert company.pk in {proxy.mandator_id, proxy.agent_id}
            for right in AccessRight.objects.select_related("proxy"):
                assert company.pk in {right.mandator_id, right.proxy.agent_id}


class Chain:
    """Section 6 of the domain, said again as naively as can be, from the bare rows."""

    def __init__(self):
        self.services = list(Service.objects.select_related("ministry").order_by("pk"))
        self.active = {
            (one.company_id, one.ministry_id) for one in rows(Registration, status="active")
        }
        self.held = {(one.user_id, one.mandator_id): one for one in rows(Assignment, ended_at=None)}
        self.proxies = {one.pk: one for one in rows(Proxy)}
        self.rights = {
            (one.proxy_id, one.ministry_id): one for one in rows(AccessRight, ended_at=None)
        }
        self.ticked = {(one.access_right_id, one.service_id) for one in TickedService.objects.all()}

    def is_whole(self, person, service, mandator):
        if not (person.is_active and person.company.is_active and mandator.is_active):
            return False
        if (mandator.pk, service.ministry_id) not in self.active or not service.is_offered:
            return False
        if person.company_id == mandator.pk and service.is_external_only:
            return False
        if person.company_id == mandator.pk and person.role == "esm":
            return True
        return self.proxy_opens(self.held.get((person.pk, mandator.pk)), service)

    def proxy_opens(self, assignment, service):
        if assignment is None:
            return False
        proxy = self.proxies[assignment.proxy_id]
        if proxy.revoked_at or proxy.renounced_at or clock.today() > proxy.ends_on:
            return False
        if proxy.agent_id and not service.ministry.takes_external_proxies:
            return False
        right = self.rights.get((proxy.pk, service.ministry_id))
        if right is None:
            return False
        if right.scope == "restricted":
            return (right.pk, service.pk) in self.ticked
        return not service.needs_tick


VERBS = {
    *(actions.create, actions.change, actions.extend, actions.extend_each, actions.revoke),
    *(actions.renounce, actions.assign, actions.remove, actions.move, actions.copy),
    *(actions.grant_to, suspend, reactivate, reset_password, change_user_file),
    *(register, deactivate, request_reactivation, accept, refuse),
}


@pytest.mark.django_db
def test_any_sequence_keeps_the_rules(monkeypatch):
    monkeypatch.setattr("cse_portal.keys.randbelow", numbers_in_turn())  # the same each time
    DONE.clear()
    run_state_machine_as_test(
        Parties,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEP_COUNT,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # else it would be green for having been refused everything
    done = {*(verb.__name__ for verb in VERBS)} | {flow.slug for flow in FLOWS}
    never = done - DONE.keys()
    assert len(never) <= (0 if EVERYTHING else len(done) // 3), never
