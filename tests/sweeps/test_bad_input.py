"""Bad input: each field of each form gets a clear message beside it, and nothing typed is lost."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.urls import reverse

from cse_portal import clock
from cse_portal.models import Receipt
from proxies.models import Proxy
from proxies.terms import last_allowed_day
from tests import factories as make
from tests.sweeps.addresses import address
from tests.sweeps.corpus import (
    ANYTHING,
    EMPTY,
    IMAGE,
    SCRIPT,
    TOO_LONG,
    UNPRINTABLE,
    as_shown,
    dates,
    encoded,
)
from tests.sweeps.html import Page
from tests.sweeps.tables import undone
from tests.sweeps.visits import Sweeper
from tests.sweeps.world import FLOWS, Worlds
from users.models import EmailChange, SignInCode, User

pytestmark = pytest.mark.django_db

TYPED = "application/x-www-form-urlencoded"
PASSWORD = "Une phrase dont je me souviens"
#: those for which the draft is opened anew, to see that it kept them
READ_AGAIN = {"NUL", "right-to-left override", "10,000 characters", "line break", "script"}
#: those that a form is tried with where the same form stands elsewhere too
A_FEW = {"NUL", "lone surrogate", "10,000 characters", "script", "missing"}
RAW = (SCRIPT, "<img src=x", "<script>alert")


@dataclass(frozen=True)
class Field:
    """What a field may take of the corpus, by label; everything else must be refused beside it."""

    takes: frozenset[str] = frozenset()
    may_be_empty: bool = False
    is_secret: bool = False
    is_code: bool = False
    corpus: Callable[[], dict[str, Any]] = lambda: ANYTHING
    #: values that depend on the world
    more: Callable[[Worlds], dict[str, Any]] = lambda worlds: {}
    #: fields of the same form beside which the message may stand instead
    or_beside: tuple[str, ...] = ()

    def accepts(self, label: str) -> bool:
        return label in self.takes or (self.may_be_empty and label in EMPTY)


@dataclass(frozen=True)
class Form:
    """A form: where it stands, answers that it takes, and its fields."""

    name: str
    answers: Callable[[Worlds], dict[str, Any]]
    fields: dict[str, Field]
    case: str = ""
    come: Callable[[Worlds], Sweeper] = lambda worlds: worlds.visitor(worlds.mine.esm)
    is_kept: bool = False
    is_elsewhere: bool = False
    label: str = ""


ALL_WORDS = frozenset(set(ANYTHING) - UNPRINTABLE - TOO_LONG - EMPTY)
WORDS = Field(takes=ALL_WORDS)
NAME = EMAIL = TELEPHONE = Field()
EXTENSION = Field(
    takes=frozenset({"formula -"}),  # a hyphen is spacing in a number
    may_be_empty=True,
    more=lambda worlds: {"five digits": "12345", "letters": "12a"},
)
DIGITS = Field(more=lambda worlds: {"five digits": "12345", "seven digits": "1234567"})
DATE = Field(corpus=dates)
CHOICE = Field(more=lambda worlds: {"not offered": "officer", "two": ["esm", "superuser"]})
TICK = Field(takes=frozenset(set(ANYTHING) - {"nothing", "missing"}))
SECRET = Field(is_secret=True)
AGENT = Field(
    more=lambda worlds: {
        "unknown number": "9999999999",
        "own number": worlds.mine.company.identification_number,
        "nine digits": "100000000",
    }
)
SERVICES = Field(
    more=lambda worlds: {
        "of another ministry": worlds.mine.ministries.internal_only.services.get().code,
        "one offered, one not": [worlds.mine.ministries.ticked.code, "autre"],
    }
)
USERS = Field(
    more=lambda worlds: {
        "of another company": str(worlds.theirs.newcomer.pk),
        "one's own and another's": [str(worlds.mine.newcomer.pk), str(worlds.theirs.newcomer.pk)],
        "who holds one already": str(worlds.mine.user.pk),
        "an ESM": str(worlds.mine.esm.pk),
        "nobody": "0",
        "a UUID": str(worlds.mine.drafts["register"].pk),
    }
)
MINISTRY = Field(
    takes=frozenset({"nothing", "missing"}),
    more=lambda worlds: {"not registered": worlds.mine.ministries.free.code},
)


def last_day() -> str:
    return last_allowed_day(clock.today()).isoformat()


def person(worlds: Worlds) -> dict[str, Any]:
    return {
        "family_name": "Roy",
        "first_name": "Zoé",
        "email": "zoe@aluminerie.example",
        "telephone": "418 555-0142",
        "extension": "42",
        "language": "fr",
        "role": "user",
    }


def terms(worlds: Worlds) -> dict[str, Any]:
    return {"ends_on": last_day(), "description": "Mots"}


def to_agent(worlds: Worlds) -> dict[str, Any]:
    number = worlds.mine.agent.identification_number
    return terms(worlds) | {"kind": "external", "agent_number": number}


def rights(worlds: Worlds) -> dict[str, Any]:
    return {"scope": "restricted", "services": [worlds.mine.ministries.ticked.code]}


def signing_in(worlds: Worlds) -> Sweeper:
    """Somebody whose code is on its way; the earlier pages of the sign-in are open to him too."""
    somebody = make.an_esm(company=worlds.mine.company, password=PASSWORD)
    visitor = Sweeper()
    visitor.fill(reverse("users:sign_in"), user_code=somebody.user_code)
    visitor.fill(reverse("users:password"), password=PASSWORD)
    code = SignInCode.objects.get(user=somebody)
    code.digest = code.digest_of("1234567")
    code.save()
    return visitor


def newly_come(worlds: Worlds) -> Sweeper:
    """Somebody with a temporary password."""
    User._base_manager.filter(pk=worlds.mine.user.pk).update(
        temporary_password_expires_at=clock.now()
    )
    return worlds.visitor(worlds.mine.user)


def with_a_password(worlds: Worlds) -> Sweeper:
    """Somebody who knows his password."""
    return Sweeper().sign_in(make.a_user(company=worlds.mine.company, password=PASSWORD))


def changing_address(worlds: Worlds) -> Sweeper:
    """Somebody whose new address waits for its code."""
    visitor = with_a_password(worlds)
    visitor.fill(reverse("users:new_email"), email="neuve@aluminerie.example", present=PASSWORD)
    change = EmailChange.objects.get(new_email="neuve@aluminerie.example")
    change.digest = change.digest_of("1234567")
    change.save()
    return visitor


def contact(worlds: Worlds) -> dict[str, Any]:
    return {"language": "en", "telephone": "418 555-0142", "extension": "42"}


PERSON = {
    "family_name": NAME,
    "first_name": NAME,
    "email": EMAIL,
    "telephone": TELEPHONE,
    "extension": EXTENSION,
    "language": CHOICE,
    "role": CHOICE,
}
NEW_PROXY = {
    "kind": CHOICE,
    "agent_number": AGENT,
    "ends_on": DATE,
    "description": WORDS,
    "ministry": MINISTRY,
}
RIGHTS = {"scope": CHOICE, "services": SERVICES}
FORMS = [
    Form("create-user-file-start", person, PERSON, is_elsewhere=True),
    Form("create-user-file-user", person, PERSON, case="draft", is_kept=True),
    Form("edit-user-file-user", person, PERSON, case="draft", is_kept=True),
    Form(
        "users:contact",
        contact,
        {"language": CHOICE, "telephone": TELEPHONE, "extension": EXTENSION},
    ),
    Form(
        "users:new_email",
        lambda worlds: {"email": "zoe@aluminerie.example", "present": PASSWORD},
        {"email": EMAIL, "present": SECRET},
        come=with_a_password,
    ),
    Form(
        "users:email_code",
        lambda worlds: {"code": "123 4567"},
        {"code": Field(is_code=True)},
        come=changing_address,
    ),
    Form(
        "users:change_password",
        lambda worlds: {"present": PASSWORD, "password": f"{PASSWORD} !", "again": f"{PASSWORD} !"},
        {
            "present": SECRET,
            "password": Field(is_secret=True, or_beside=("again",)),
            "again": Field(is_secret=True, or_beside=("password",)),
        },
        come=with_a_password,
    ),
    Form(
        "register-information",
        lambda worlds: {"words": "Mots", "number": "123456"},
        {"words": WORDS, "number": DIGITS},
        case="draft",
        is_kept=True,
    ),
    Form("register-consent", lambda worlds: {"consents": "on"}, {"consents": TICK}, case="draft"),
    Form("create-proxy-proxy", to_agent, NEW_PROXY, case="draft", is_kept=True),
    Form(
        "create-proxy-proxy",
        lambda worlds: (
            to_agent(worlds) | {"detour": "rights", "ministry": worlds.mine.ministries.active.code}
        ),
        {"ministry": Field(more=MINISTRY.more)},
        case="draft",
        label="create-proxy-proxy, « Modifier »",
    ),
    Form("create-proxy-rights", rights, RIGHTS, case="draft"),
    Form(
        "change-proxy-proxy",
        terms,
        {"ends_on": DATE, "description": WORDS, "ministry": MINISTRY},
        case="draft",
        is_kept=True,
    ),
    Form(
        "change-proxy-rights",
        lambda worlds: rights(worlds) | {"services": [worlds.mine.ministries.verifier.code]},
        RIGHTS,
        case="draft",
    ),
    Form(
        "assign-proxy-users",
        lambda worlds: {"users": [str(worlds.mine.newcomer.pk)]},
        {"users": USERS},
        case="draft",
    ),
    Form(
        "sandbox:answer",
        lambda worlds: {"answer": "refuse", "reason": "Mots"},
        {"answer": CHOICE, "reason": WORDS},
        case="pending",
    ),
    Form(
        "users:sign_in",
        lambda worlds: {"user_code": "ROYZ1234"},
        {"user_code": Field(takes=ALL_WORDS)},
        come=lambda worlds: Sweeper(),
    ),
    Form(
        "users:password",
        lambda worlds: {"password": PASSWORD},
        {"password": SECRET},
        come=signing_in,
    ),
    Form(
        "users:code",
        lambda worlds: {"code": "123 4567"},
        {"code": Field(is_code=True)},
        come=signing_in,
    ),
    Form(
        "users:own_password",
        lambda worlds: {"password": PASSWORD, "again": PASSWORD},
        {
            "password": Field(is_secret=True, or_beside=("again",)),
            "again": Field(is_secret=True, or_beside=("password",)),
        },
        come=newly_come,
    ),
]
EACH_FORM = [pytest.param(form, id=form.label or form.name) for form in FORMS]
EACH_FIELD = [
    pytest.param(form, name, id=f"{form.label or form.name} {name}")
    for form in FORMS
    for name in form.fields
]


@dataclass
class Sweep:
    """All values of the corpus in one field of one form; what is wrong is told all at once."""

    form: Form
    name: str
    worlds: Worlds
    visitor: Sweeper
    wrong: list[str] = field(default_factory=list)
    #: English of each French message that was given
    messages: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.visitor.raise_request_exception = False
        self.field = self.form.fields[self.name]
        self.where = {
            language: address(self.form.name, self.form.case, self.worlds.mine, language=language)
            for language in ("fr", "en")
        }

    def run(self) -> list[str]:
        for label, value in (self.field.corpus() | self.field.more(self.worlds)).items():
            if self.form.is_elsewhere and label not in A_FEW:
                continue
            cookies = deepcopy(self.visitor.cookies)
            with undone():
                self.try_value(label, value)
            self.visitor.cookies = cookies
        return self.wrong

    def post(self, value: Any, language: str) -> Any:
        answers = self.form.answers(self.worlds) | {self.name: value}
        where = self.where[language]
        return self.visitor.generic("POST", where, encoded(answers), content_type=TYPED)

    def try_value(self, label: str, value: Any) -> None:
        answer = self.post(value, "fr")
        html = answer.content.decode()
        self.check(all(raw not in html for raw in RAW), label, "shown without being escaped")
        if answer.status_code == 302:
            self.check(self.field.accepts(label), label, f"was taken: {answer.url}")
            if label in {"script", "image", "template"}:
                self.follow(label, value, answer)
        elif answer.status_code == 200:
            self.check(not self.field.accepts(label), label, "was refused")
            self.read(label, value, Page(html))
        else:
            error = getattr(answer, "exc_info", None) or ""
            allowed = 400 <= answer.status_code < 500
            self.check(allowed, label, f"{answer.status_code} {error and error[1]!r}")

    def read(self, label: str, value: Any, page: Page) -> None:
        """A page that refuses: what it says, where, and what still stands in the field."""
        said = self.complaint(page)
        self.check(said, label, "no message beside the field")
        shown = page.shown_in(self.name)
        typed = as_shown(value)
        if self.field.is_secret:
            self.check(not any(shown), label, "a secret is shown again")
        elif shown and typed is not None and not self.field.is_code:
            self.check(typed in shown, label, f"what was typed is lost: {shown[0][:40]!r}")
            if self.form.is_kept and label in READ_AGAIN:
                again = self.visitor.get(self.where["fr"])
                kept = Page(again.content.decode()).shown_in(self.name)
                self.check(typed in kept, label, "what was typed is lost after a reload")
        if said and said not in self.messages:
            english = self.complaint(Page(self.post(value, "en").content.decode()))
            self.messages[said] = english
            self.check(english and english != said, label, f"not in both languages: {said}")

    def complaint(self, page: Page) -> str:
        beside = (self.name, *self.field.or_beside)
        return " ".join(filter(None, (page.complaint(name) for name in beside)))

    def follow(self, label: str, value: Any, answer: Any) -> None:
        """What was taken is shown as it was typed, as text."""
        for where in (answer.url, self.where["fr"]):
            html = self.visitor.get(where).content.decode()
            self.check(all(raw not in html for raw in RAW), label, f"not escaped on {where}")

    def check(self, holds: Any, label: str, otherwise: str) -> None:
        if not holds:
            self.wrong.append(f"{label}: {otherwise}")


@pytest.mark.parametrize("form", EACH_FORM)
def test_a_form_takes_what_it_asks_for(worlds, form):
    where = address(form.name, form.case, worlds.mine)
    answer = form.come(worlds).generic(
        "POST", where, encoded(form.answers(worlds)), content_type=TYPED
    )
    page = Page(answer.content.decode())
    assert answer.status_code == 302, {name: page.complaint(name) for name in form.fields}


@pytest.mark.parametrize(("form", "name"), EACH_FIELD)
def test_a_field_says_beside_it_what_is_wrong_and_loses_nothing(worlds, form, name):
    assert Sweep(form, name, worlds, form.come(worlds)).run() == []


@pytest.mark.parametrize("form", EACH_FORM)
def test_every_control_of_a_page_is_swept(worlds, form):
    page = Page(form.come(worlds).read(address(form.name, form.case, worlds.mine)))
    names = {
        control.attributes["name"]
        for control in page.elements
        if control.tag in {"input", "select", "textarea"} and control.attributes.get("name")
    }
    swept = {name for one in FORMS if one.name == form.name for name in one.fields}
    # `username` stands there for password managers, and is read by nobody
    assert names - {"csrfmiddlewaretoken", "username"} == swept


NASTY = ["=HYPERLINK(1)", "{{ 7*7 }}{% now 'Y' %}", "' OR 1=1--", SCRIPT, IMAGE]


@pytest.mark.parametrize("typed", NASTY)
def test_what_is_kept_is_shown_as_text_wherever_it_is_shown(worlds, mine, officer, typed):
    visitor = worlds.visitor(mine.esm)
    code = mine.ministries.active.code
    rights_page = visitor.fill(
        reverse("create-proxy-start"),
        **to_agent(worlds) | {"description": typed, "ministry": code, "detour": "rights"},
    )
    terms_page = visitor.fill(rights_page, **rights(worlds))
    check = visitor.fill(terms_page, **to_agent(worlds) | {"description": typed})
    receipts = set(Receipt._base_manager.values_list("pk", flat=True))
    pages = [check]
    shown = [visitor.read(check)]
    pages.append(visitor.transmit(check))
    receipt = Receipt._base_manager.exclude(pk__in=receipts).get()
    proxy = Proxy._base_manager.get(description=typed)
    agent = worlds.visitor(mine.agent_esm)
    officers = worlds.visitor(officer)
    shown += [
        visitor.read(pages[-1]),
        visitor.read(reverse("create-proxy-receipt", kwargs={"draft": receipt.pk})),
        visitor.read(reverse("change-proxy-start", kwargs={"subject": proxy.pk})),
        agent.read(reverse("proxies:list")),
        agent.read(reverse("assign-proxy-start", kwargs={"subject": proxy.pk})),
        officers.read(reverse("admin:proxies_proxy_changelist")),
        officers.read(reverse("admin:proxies_proxy_change", args=[proxy.pk])),
        officers.read(reverse("admin:cse_portal_receipt_change", args=[receipt.pk])),
    ]
    for html in shown:
        assert not [raw for raw in RAW if raw in html]
        words = " ".join(element.said for element in Page(html).elements)
        values = [element.attributes.get("value", "") for element in Page(html).elements]
        assert typed in words or typed in values


@pytest.mark.parametrize("case", ["no field at all", "fields of no form"])
@pytest.mark.parametrize(
    "form", [form for form in FORMS if not form.label], ids=lambda form: form.name
)
def test_a_form_without_its_answers_is_shown_again(worlds, form, case):
    body = b"" if case.startswith("no") else b"is_superuser=1&company=1&__proto__=1&=&%00=%00"
    visitor = form.come(worlds)
    answer = visitor.generic(
        "POST", address(form.name, form.case, worlds.mine), body, content_type=TYPED
    )
    assert answer.status_code == 200
    page = Page(answer.content.decode())
    assert any(page.complaint(name) for name in form.fields)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_seal_that_is_none_transmits_nothing(worlds, mine, flow):
    check = address(f"{flow}-check", "draft", mine)
    visitor = worlds.visitor(mine.esm)
    before = Receipt._base_manager.count()
    for label, seal in ANYTHING.items():
        body = encoded({"seal": seal})
        answer = visitor.generic("POST", check, body, content_type=TYPED)
        if answer.status_code == 400 and label == "broken UTF-8, not even encoded":
            continue  # refused before it is read at all
        assert (answer.status_code, answer.url) == (302, f"{check}?changed="), label
    assert Receipt._base_manager.count() == before
