"""What each procedure is tried with: one `Sample`, and all that the sweeps do follows from it.

They try its addresses with every kind of person, its fields with all that can be typed, its pages
with few rows and many; the browser walks through it. A procedure without one fails in
`tests/sweeps/test_addresses.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cse_portal import clock
from cse_portal.flows.answers import answers_aside, slot
from cse_portal.flows.flow import Flow
from proxies.flows import (
    AssignProxy,
    ChangeProxy,
    CopyProxy,
    CreateProxy,
    DeactivateRegistration,
    ExtendProxy,
    GrantRights,
    MoveUser,
    RemoveProxy,
    RenewProxies,
    RenounceProxy,
    RevokeProxy,
)
from proxies.terms import last_allowed_day
from registrations.flows import ReactivateRegistration, Register
from registrations.models import Service
from tests.sweeps.fields import DIGITS, WORDS, Field
from users.flows import (
    CreateUserFile,
    EditUserFile,
    ReactivateUserFile,
    ResetPassword,
    SuspendUserFile,
)

if TYPE_CHECKING:
    from tests.sweeps.world import World

Given = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Sample:
    """A procedure as it is tried in a world: what it is about there, and answers that it takes."""

    flow: type[Flow]
    #: the key that stands in its addresses, if it is about a row
    subject: Callable[["World"], Any] = lambda world: ""
    #: by page, then by field; a page that asks nothing may be left out
    answers: Callable[["World"], Given] = lambda world: {}
    #: the row is of no company: all of them share it, as they share departments and agencies
    is_subject_shared: bool = False
    #: by page: the fields of which the form's class does not say all
    fields: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)
    #: what sets it apart from the first sample of the procedure
    label: str = ""

    @property
    def name(self) -> str:
        return f"{self.flow.slug}, {self.label}" if self.label else self.flow.slug

    def key(self, world: "World") -> str:
        return str(self.subject(world))

    def lists(self, world: "World") -> dict[str, dict[str, list[str]]]:
        """The answers as a draft stores them."""
        answers_of: dict[str, Any] = {page.slug: {} for page in self.flow.pages}
        return {
            name: {
                asked: [str(one) for one in (value if isinstance(value, list) else [value])]
                for asked, value in answers.items()
            }
            for name, answers in (answers_of | dict(self.answers(world))).items()
        }

    def aside(self, page: str, world: "World") -> str:
        """The first key for which a page opened aside is filled in."""
        return next(iter(answers_aside(page, self.lists(world))))


# --- answers that several procedures take ---------------------------------------------------------


def last_day() -> str:
    return last_allowed_day(clock.today()).isoformat()


def a_file(world: "World", **others: str) -> Given:
    usual = {
        "family_name": world.mark,
        "first_name": world.mark,
        "email": f"brouillon@{world.mark.lower()}.example",
        "telephone": "418 555-0142",
        "extension": "42",
        "language": "fr",
        "role": "user",
    }
    return {"user": usual | others}


def terms(world: "World") -> dict[str, str]:
    return {"ends_on": last_day(), "description": f"Brouillon {world.mark}"}


def rights(services: list[Service]) -> Given:
    return {
        slot("rights", service.ministry.code): {"scope": "restricted", "services": service.code}
        for service in services
    }


def a_proxy(world: "World", **kind: str) -> Given:
    return {"proxy": kind | terms(world), **rights(world.granted)}


def an_internal_proxy(world: "World") -> Given:
    return a_proxy(world, kind="internal", agent_number="")


def an_external_proxy(world: "World") -> Given:
    return a_proxy(world, kind="external", agent_number=world.agent.identification_number)


def information(world: "World") -> dict[str, str]:
    """Answers to the questions of the ministry where the company is not registered."""
    return {
        one.code: "123456" if one.digits else f"Brouillon {world.mark}"
        for one in world.ministries.free.questions.all()
    }


def keys(rows: list[Any]) -> list[str]:
    return [str(row.pk) for row in rows]


CONSENT = {"consent": {"consents": "on"}}

# --- fields of which the form's class does not say all --------------------------------------------

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
        "one's own and another's": keys([worlds.mine.newcomer, worlds.theirs.newcomer]),
        "who holds one already": str(worlds.mine.user.pk),
        "an ESM": str(worlds.mine.esm.pk),
        "nobody": "0",
        "a UUID": str(worlds.mine.drafts[Register.slug].pk),
    }
)
HOLDERS = Field(
    more=lambda worlds: {
        "of another company": str(worlds.theirs.user.pk),
        "one's own and another's": keys([worlds.mine.user, worlds.theirs.user]),
        "who holds none": str(worlds.mine.newcomer.pk),
    }
)
FOLLOWERS = Field(takes=frozenset({"missing"}), more=HOLDERS.more)
MINISTRY = Field(
    takes=frozenset({"nothing", "missing"}),
    more=lambda worlds: {"not registered": worlds.mine.ministries.free.code},
)
PROXY = Field(
    more=lambda worlds: {
        "of another company": str(worlds.theirs.other.pk),
        "the present one": str(worlds.mine.internal.pk),
        "external": str(worlds.mine.external.pk),
    }
)
PROXIES = Field(
    more=lambda worlds: {
        "of another company": str(worlds.theirs.ending.pk),
        "one's own and another's": keys([worlds.mine.ending, worlds.theirs.ending]),
        "received": str(worlds.mine.received.pk),
    }
)
RIGHTS = {"rights": {"services": SERVICES}}
TERMS = {"proxy": {"ministry": MINISTRY}, **RIGHTS}
NEW_TERMS = {"proxy": {"agent_number": AGENT, "ministry": MINISTRY}, **RIGHTS}

# --- the procedures -------------------------------------------------------------------------------

ALL = [
    Sample(
        Register,
        subject=lambda world: world.ministries.free.code,
        answers=lambda world: {"information": information(world), **CONSENT},
        is_subject_shared=True,
        fields={"information": {"words": WORDS, "number": DIGITS}},
    ),
    Sample(
        ReactivateRegistration,
        subject=lambda world: world.ministries.left.code,
        answers=lambda world: CONSENT,
        is_subject_shared=True,
    ),
    Sample(
        DeactivateRegistration,
        subject=lambda world: world.ministries.active.code,
        is_subject_shared=True,
    ),
    Sample(CreateUserFile, answers=a_file),
    Sample(
        EditUserFile,
        subject=lambda world: world.newcomer.pk,
        answers=lambda world: a_file(world, extension="", language="en"),
    ),
    Sample(SuspendUserFile, subject=lambda world: world.newcomer.pk),
    Sample(ReactivateUserFile, subject=lambda world: world.suspended.pk),
    Sample(ResetPassword, subject=lambda world: world.newcomer.pk),
    Sample(CreateProxy, answers=an_external_proxy, fields=NEW_TERMS),
    Sample(CreateProxy, answers=an_internal_proxy, label="internal"),
    Sample(
        ChangeProxy,
        subject=lambda world: world.external.pk,
        answers=lambda world: {
            "proxy": terms(world),
            **rights([world.ministries.verifier, *world.granted[1:]]),
        },
        fields=TERMS,
    ),
    Sample(
        CopyProxy,
        subject=lambda world: world.internal.pk,
        answers=lambda world: {
            **an_internal_proxy(world),
            "users": {"users": keys(world.holders)},
        },
        fields={
            **NEW_TERMS,
            "proxy": NEW_TERMS["proxy"] | {"agent_number": replace(AGENT, may_be_empty=True)},
            "users": {"users": FOLLOWERS},
        },
    ),
    Sample(
        GrantRights,
        subject=lambda world: world.newcomer.pk,
        answers=lambda world: {"proxy": terms(world), **rights(world.granted)},
        fields=TERMS,
    ),
    Sample(
        AssignProxy,
        subject=lambda world: world.internal.pk,
        answers=lambda world: {"users": {"users": keys(world.newcomers)}},
        fields={"users": {"users": USERS}},
    ),
    Sample(
        AssignProxy,
        subject=lambda world: world.received.pk,
        answers=lambda world: {"users": {"users": keys(world.newcomers)}},
        label="received",
    ),
    Sample(
        RemoveProxy,
        subject=lambda world: world.internal.pk,
        answers=lambda world: {"users": {"users": keys(world.holders)}},
        fields={"users": {"users": HOLDERS}},
    ),
    Sample(
        MoveUser,
        subject=lambda world: world.assignment.pk,
        answers=lambda world: {"proxy": {"proxy": world.other.pk}},
        fields={"proxy": {"proxy": PROXY}},
    ),
    Sample(
        ExtendProxy,
        subject=lambda world: world.ending.pk,
        answers=lambda world: {"end-date": {"ends_on": last_day()}},
    ),
    Sample(
        RenewProxies,
        answers=lambda world: {"proxies": {"proxies": keys(world.endings), "ends_on": last_day()}},
        fields={"proxies": {"proxies": PROXIES}},
    ),
    Sample(RevokeProxy, subject=lambda world: world.internal.pk),
    Sample(RenounceProxy, subject=lambda world: world.received.pk),
]
#: one of each procedure, by its slug; then those that only the count of the queries tries
SAMPLES = {sample.flow.slug: sample for sample in ALL if not sample.label}
OTHERS = [sample for sample in ALL if sample.label]
