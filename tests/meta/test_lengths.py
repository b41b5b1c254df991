"""Each column of a bounded text: somebody types it in a field, or its longest composition fits."""

import uuid
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.apps import apps
from django.core.management import get_commands
from django.db import models

from cse_portal.flows.registry import all_flows
from cse_portal.models import Company, Receipt
from cse_portal.numbered_keys import NumberedKey
from cse_portal.web.visitor import BROWSERS, SYSTEMS
from notices.happenings import HAPPENINGS, NOTICES
from notices.models import AccountLetter
from proxies.reminders import BEFORE
from registrations.models import Ministry, Service
from tests.meta.test_models import OURS
from users.actions import PORTAL

LANGUAGES = ("fr", "en")
KEY = models.BigIntegerField.MAX_BIGINT
DIGEST = "f" * 64
SALT = "f" * 32

#: typed by people and officers: the form says beside the field what is too long
TYPED = {
    *(f"cse_portal.Company.{name}" for name in ("identification_number", "name", "neq")),
    *(f"users.User.{name}" for name in ("family_name", "first_name", "email", "telephone")),
    *(f"users.User.{name}" for name in ("extension", "password")),
    "users.EmailChange.new_email",
    *(f"registrations.Ministry.{name}" for name in ("acronym", "code", "telephone")),
    *(
        f"registrations.Ministry.{name}_{code}"
        for name in ("name", "contact")
        for code in LANGUAGES
    ),
    "registrations.Question.code",
    *(f"registrations.Question.{name}_{code}" for name in ("label", "hint") for code in LANGUAGES),
    "registrations.Service.code",
    *(f"registrations.Service.name_{code}" for code in LANGUAGES),
    *(f"registrations.Registration.reason_{code}" for code in LANGUAGES),
    "proxies.Proxy.description",
}


def room(model: type[models.Model], name: str) -> int:
    return model._meta.get_field(name).max_length or 0  # type: ignore[union-attr]


def longest(texts: Iterator[str]) -> str:
    return max(texts, key=len)


def subject() -> str:
    """What a procedure is about, as its addresses name it: a row's key, or a ministry's code."""
    return longest(iter([str(KEY), "m" * room(Ministry, "code")]))


def about() -> str:
    """The row that an event or a message is about."""
    return f"registration:{KEY}"


def browser() -> str:
    return f"{longest(iter(BROWSERS))}, {longest(iter(SYSTEMS))}"


#: composed by the portal: the longest that each can be
COMPOSED: dict[str, Callable[[], str]] = {
    "cse_portal.Draft.flow": lambda: longest(flow.slug for flow in all_flows()),
    "cse_portal.Draft.subject": subject,
    "cse_portal.Receipt.flow": lambda: longest(flow.slug for flow in all_flows()),
    "cse_portal.Receipt.subject": lambda: longest(iter([subject(), str(uuid.UUID(int=0))])),
    "cse_portal.Receipt.number": lambda: Receipt.draw_number(year=9999),
    "cse_portal.Receipt.language": lambda: "fr",
    "cse_portal.KeyOnRecord.fingerprint": lambda: NumberedKey(1, SALT).fingerprint,
    "cse_portal.CommandRun.command": lambda: longest(iter(get_commands())),
    "notices.Event.kind": lambda: longest(iter(HAPPENINGS)),
    "notices.Event.about": about,
    "notices.Event.by_party": lambda: longest(
        iter([PORTAL, "x" * room(Company, "name"), "x" * room(Ministry, "acronym")])
    ),
    "notices.Message.kind": lambda: longest(iter(NOTICES)),
    "notices.Message.about": about,
    "notices.Message.once": lambda: (
        f"proxy:{KEY}:{date.max}:{longest(map(str, (*BEFORE, 'over')))}"
    ),
    "notices.AccountLetter.template": lambda: "email_change_code",
    "notices.AccountLetter.stored_address": lambda: "x" * room(AccountLetter, "stored_address"),
    "notices.TrailEntry.previous": lambda: DIGEST,
    "notices.TrailEntry.digest": lambda: DIGEST,
    "notices.TrailHead.digest": lambda: DIGEST,
    "users.User.user_code": lambda: "ABCD12345678",
    "users.User.undelivered_email": lambda: "x" * room(AccountLetter, "stored_address"),
    "users.SignInCode.name": lambda: SALT,
    "users.SignInCode.digest": lambda: DIGEST,
    "users.SignInCode.browser": browser,
    "users.EmailChange.name": lambda: SALT,
    "users.EmailChange.digest": lambda: DIGEST,
    "users.Tries.key": lambda: DIGEST,
    "proxies.TickedService.iqea_role": lambda: longest(iter(Service.IQEARole.values)),
    "sandbox.SimulatedEmail.to": lambda: "x" * room(AccountLetter, "stored_address"),
}


def bounded() -> Iterator[tuple[str, int]]:
    """The name and the room of each column; a choice has those of its list."""
    for app in OURS:
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, models.CharField) and not field.choices:
                    yield f"{model._meta.label}.{field.name}", field.max_length or 0


ROOM = dict(bounded())


def test_each_bounded_text_is_typed_or_composed():
    assert TYPED | COMPOSED.keys() == ROOM.keys()
    assert not TYPED & COMPOSED.keys()


@pytest.mark.parametrize("name", COMPOSED)
def test_the_longest_composition_fits(name):
    assert len(COMPOSED[name]()) <= ROOM[name]
