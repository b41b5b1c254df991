"""Bad input: each field of each form gets a clear message beside it, and nothing typed is lost."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from cse_portal import clock
from cse_portal.flows.answers import DETOUR
from cse_portal.flows.flow import Page as FlowPage
from cse_portal.models import Receipt
from proxies.models import Proxy
from tests import factories as make
from tests.conftest import TYPED
from tests.extent import EVERYTHING
from tests.samples import SAMPLES, Sample, an_external_proxy
from tests.sweeps.addresses import address, every_page
from tests.sweeps.corpus import ANYTHING, IMAGE, SCRIPT, as_shown, encoded
from tests.sweeps.fields import ALL_WORDS, CHOICE, WORDS, Field, kind_of
from tests.sweeps.html import Page, main_of
from tests.sweeps.tables import undone
from tests.sweeps.visits import Sweeper
from tests.sweeps.world import Worlds
from users.forms import ContactForm
from users.models import EmailChange, SignInCode, User

pytestmark = pytest.mark.django_db

PASSWORD = "Une phrase dont je me souviens"
#: those for which the draft is opened anew, to see that it kept them
READ_AGAIN = {"NUL", "right-to-left override", "10,000 characters", "line break", "script"}
#: those that a field is tried with where the same field stands elsewhere too
A_FEW = {"NUL", "lone surrogate", "10,000 characters", "script", "missing"}
#: English of each French message that was given, in whichever form
MESSAGES: dict[str, str] = {}
Typed = Callable[[Worlds], dict[str, Any]]
RAW = (SCRIPT, "<img src=x", "<script>alert")


@dataclass(frozen=True)
class Form:
    """A form: where it stands, answers that it takes, and its fields."""

    name: str
    answers: Typed
    fields: dict[str, Field]
    case: str = ""
    come: Callable[[Worlds], Sweeper] = lambda worlds: worlds.visitor(worlds.mine.esm)
    is_kept: bool = False
    label: str = ""

    @property
    def asks_something(self) -> bool:
        """Whether it is not filled in by leaving everything out."""
        left_out = all(one.accepts("missing") for one in self.fields.values())
        return not self.label and not left_out


SECRET = Field(is_secret=True)


def to_agent(worlds: Worlds) -> dict[str, Any]:
    return dict(an_external_proxy(worlds.mine)["proxy"])


def rights(worlds: Worlds) -> dict[str, Any]:
    return {"scope": "restricted", "services": [worlds.mine.ministries.ticked.code]}


def signing_in(worlds: Worlds) -> Sweeper:
    """Somebody whose code is on its way; the earlier pages of the sign-in are open to them too."""
    somebody = make.an_esm(company=worlds.mine.company, password=PASSWORD)
    visitor = Sweeper()
    visitor.fill(reverse("users:sign_in"), user_code=somebody.user_code)
    visitor.fill(visitor.under_way("users:password"), password=PASSWORD)
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
    """Somebody who knows their password."""
    return Sweeper().sign_in(make.a_user(company=worlds.mine.company, password=PASSWORD))


def changing_address(worlds: Worlds) -> Sweeper:
    """Somebody whose new address waits for its code."""
    visitor = with_a_password(worlds)
    visitor.fill(reverse("users:new_email"), email="neuve@aluminerie.example", present=PASSWORD)
    change = EmailChange.objects.get(new_email="neuve@aluminerie.example")
    change.digest = change.digest_of("1234567")
    change.save()
    return visitor


def forms_of(sample: Sample) -> Iterator[Form]:
    """The forms of a procedure: of each page, and at its start of the first one."""
    slug = sample.flow.slug
    for page in every_page(sample.flow):
        fields, typed = fields_of(sample, page), typed_on(sample, page.slug)
        if not fields:
            continue
        yield Form(f"{slug}-{page.slug}", typed, fields, case="draft", is_kept=True)
        if page.detour:
            yield opening_aside(sample, page, page.detour.slug)
        elif page is sample.flow.pages[0]:
            yield Form(f"{slug}-start", typed, fields)


def fields_of(sample: Sample, page: FlowPage) -> dict[str, Field]:
    more = sample.fields.get(page.slug, {})
    of_the_class = page.form_class.base_fields.items()
    return {name: kind_of(one) for name, one in of_the_class if name not in more} | dict(more)


def typed_on(sample: Sample, page: str) -> Typed:
    """What the sample answers on a page; of one opened aside, for the first of its keys."""

    def typed(worlds: Worlds) -> dict[str, Any]:
        slots = sample.lists(worlds.mine)
        return dict(next(slots[name] for name in slots if name.partition(".")[0] == page))

    return typed


def opening_aside(sample: Sample, page: FlowPage, aside: str) -> Form:
    """« Modifier »: the same page, left for the one that it opens aside."""
    name, chooser = f"{sample.flow.slug}-{page.slug}", page.detour_chooser
    typed = typed_on(sample, page.slug)
    return Form(
        name,
        lambda worlds: typed(worlds) | {DETOUR: aside, chooser: sample.aside(aside, worlds.mine)},
        {chooser: replace(fields_of(sample, page)[chooser], takes=frozenset())},
        case="draft",
        label=f"{name}, « Modifier »",
    )


FORMS = [
    *(form for sample in SAMPLES.values() for form in forms_of(sample)),
    Form(
        "users:contact",
        lambda worlds: {"language": "en", "telephone": "418 555-0142", "extension": "42"},
        {name: kind_of(one) for name, one in ContactForm.base_fields.items()},
    ),
    Form(
        "users:new_email",
        lambda worlds: {"email": "zoe@aluminerie.example", "present": PASSWORD},
        {"email": Field(), "present": SECRET},
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


def is_tried_elsewhere(form: Form, name: str) -> bool:
    """Whether the same field of an earlier form is tried with everything.

    So is a choice, whose one test is to be among those offered. `make test-all` leaves none out.
    """
    if EVERYTHING:
        return False
    asked = form.fields[name]
    earlier = FORMS[: FORMS.index(form)]
    return asked.is_choice or any(one.fields.get(name) == asked for one in earlier)


def where_of(form: Form, visitor: Sweeper, worlds: Worlds, *, language: str = "fr") -> str:
    """The address of the form; a page of the sign-in belongs to the visitor's own."""
    if form.come is signing_in:
        with translation.override(language):
            return visitor.under_way(form.name)
    return address(form.name, form.case, worlds.mine, language=language)


@dataclass
class Sweep:
    """All values of the corpus in one field of one form; what is wrong is told all at once."""

    form: Form
    name: str
    worlds: Worlds
    visitor: Sweeper
    wrong: list[str] = field(default_factory=list)
    #: English of each French message that was given: `make test` asks for each once
    messages: dict[str, str] = field(default_factory=lambda: {} if EVERYTHING else MESSAGES)

    def __post_init__(self) -> None:
        self.visitor.raise_request_exception = False
        self.field = self.form.fields[self.name]
        self.where = {
            language: where_of(self.form, self.visitor, self.worlds, language=language)
            for language in ("fr", "en")
        }

    def run(self) -> list[str]:
        values = self.field.corpus()
        if is_tried_elsewhere(self.form, self.name):
            values = {label: value for label, value in values.items() if label in A_FEW}
        for label, value in (values | self.field.more(self.worlds)).items():
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
            self.read(label, value, main_of(html))
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
                kept = main_of(again.content.decode()).shown_in(self.name)
                self.check(typed in kept, label, "what was typed is lost after a reload")
        if said and said not in self.messages:
            english = self.complaint(main_of(self.post(value, "en").content.decode()))
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
    visitor = form.come(worlds)
    where = where_of(form, visitor, worlds)
    answer = visitor.generic("POST", where, encoded(form.answers(worlds)), content_type=TYPED)
    page = Page(answer.content.decode())
    assert answer.status_code == 302, {name: page.complaint(name) for name in form.fields}


@pytest.mark.parametrize(("form", "name"), EACH_FIELD)
def test_a_field_says_beside_it_what_is_wrong_and_loses_nothing(worlds, form, name):
    assert Sweep(form, name, worlds, form.come(worlds)).run() == []


@pytest.mark.parametrize("form", EACH_FORM)
def test_every_control_of_a_page_is_swept(worlds, form):
    visitor = form.come(worlds)
    page = Page(visitor.read(where_of(form, visitor, worlds)))
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
    of_mandator = f"?q={mine.esm.company.identification_number}"  # none are listed otherwise
    shown += [
        visitor.read(pages[-1]),
        visitor.read(reverse("create-proxy-receipt", kwargs={"draft": receipt.pk})),
        visitor.read(reverse("change-proxy-start", kwargs={"subject": proxy.pk})),
        agent.read(reverse("proxies:list")),
        agent.read(reverse("assign-proxy-start", kwargs={"subject": proxy.pk})),
        officers.read(reverse("admin:proxies_proxy_changelist") + of_mandator),
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
    "form", [form for form in FORMS if form.asks_something], ids=lambda form: form.name
)
def test_a_form_without_its_answers_is_shown_again(worlds, form, case):
    body = b"" if case.startswith("no") else b"is_superuser=1&company=1&__proto__=1&=&%00=%00"
    visitor = form.come(worlds)
    answer = visitor.generic("POST", where_of(form, visitor, worlds), body, content_type=TYPED)
    assert answer.status_code == 200
    page = Page(answer.content.decode())
    assert any(page.complaint(name) for name in form.fields)


@pytest.mark.parametrize("flow", SAMPLES)
def test_a_seal_that_is_none_transmits_nothing(worlds, mine, flow):
    check = address(f"{flow}-check", "draft", mine)
    visitor = worlds.visitor(mine.esm)
    before = Receipt._base_manager.count()
    for label, seal in ANYTHING.items():
        if not (label in A_FEW or EVERYTHING or flow == next(iter(SAMPLES))):
            continue  # one view checks the seals of all procedures
        body = encoded({"seal": seal})
        answer = visitor.generic("POST", check, body, content_type=TYPED)
        if answer.status_code == 400 and label == "broken UTF-8, not even encoded":
            continue  # refused before it is read at all
        assert (answer.status_code, answer.url) == (302, f"{check}?changed="), label
    assert Receipt._base_manager.count() == before
