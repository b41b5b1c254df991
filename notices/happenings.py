"""What can happen to a company's account, and the notices that people receive: values.

The app where a thing happens declares it once, in its own `happenings.py`, with all there is to
know of it; `NoticesConfig.ready` loads these modules. A row stores the kind and the facts alone:
it is put into words when it is read, in its reader's language.

The kinds stand in the database, and some were written by a newer version of the portal, before a
rollback: what is not declared here is described in neutral words.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: words that are translated when they are read
Text = str | Promise
#: whether the row of each of these keys is in force today; of one that has not begun, nothing
AreInForce = Callable[[set[int]], Iterator[bool]]


@dataclass(frozen=True, eq=False)
class Group:
    """What the history can be narrowed to: the first word of its kinds.

    Groups are listed in the order of the published procedure's steps.
    """

    code: str
    title: Text
    step: int

    def __post_init__(self) -> None:
        _declare(GROUPS, self.code, self)


@dataclass(frozen=True, eq=False)
class Lasting:
    """What a happening makes or prolongs, and that can end: how to know what became of it.

    The keys of the rows are in `fact` (`12,13`); without one, the event is about the row itself.
    """

    are_in_force: AreInForce
    fact: str = ""


class Sent(Protocol):
    """What a notice's claim is judged by: the reader, the row that it is about, its facts."""

    @property
    def user_id(self) -> int: ...
    @property
    def about_key(self) -> int: ...
    @property
    def facts(self) -> Any: ...


@dataclass(frozen=True, eq=False)
class Notice:
    """One thing that a person is told, in the portal and by e-mail.

    `text` is what happened, followed by each sentence of `further` whose fact is there; `advice`
    is what the reader can do, and `screen` names the address where an ESM does it. The e-mail, late
    for any reason, is void once the notice is no longer so: `is_still_so`, where it can change.
    """

    kind: str
    subject: Text
    text: Text
    advice: Text
    screen: str = settings.LOGIN_REDIRECT_URL
    further: Mapping[str, Text] = field(default_factory=dict)
    is_still_so: Callable[[Sent], bool] | None = None

    def __post_init__(self) -> None:
        _declare(NOTICES, self.kind, self)

    def screen_for(self, *, is_esm: bool) -> str:
        """The name of the address that the notice leads its reader to; users have their home."""
        return self.screen if is_esm else settings.LOGIN_REDIRECT_URL


@dataclass(frozen=True, eq=False)
class Happening:
    """One thing that can happen to a company's account, as its history tells it.

    `sentence` is followed by each sentence of `further` whose fact is there. `notices` are what
    those concerned receive, by who they are.
    """

    kind: str
    title: Text
    sentence: Text
    further: Mapping[str, Text] = field(default_factory=dict)
    notices: Mapping[str, Notice] = field(default_factory=dict)
    makes: Lasting | None = None

    def __post_init__(self) -> None:
        _declare(HAPPENINGS, self.kind, self)

    @property
    def step(self) -> int:
        """The step of the published procedure that it belongs to, by the group of its kind."""
        return GROUPS[self.kind.partition(".")[0]].step

    @property
    def is_known(self) -> bool:
        """Whether this version of the portal declares it."""
        return self is not UNKNOWN_HAPPENING


Declared = TypeVar("Declared")

GROUPS: dict[str, Group] = {}
NOTICES: dict[str, Notice] = {}
HAPPENINGS: dict[str, Happening] = {}


def _declare(declared: dict[str, Declared], kind: str, value: Declared) -> None:
    if not kind:  # the neutral words
        return
    if kind in declared:
        raise ValueError(f"{kind} is declared twice.")
    declared[kind] = value


UNKNOWN_HAPPENING = Happening(
    "",
    _("Other event"),
    _("This version of the portal cannot describe what happened."),
)
UNKNOWN_NOTICE = Notice(
    "",
    _("What happened to your account"),
    _("This version of the portal cannot show the details of this message."),
    _("Your home page shows the present situation."),
)


def happening_of(kind: str) -> Happening:
    """What was declared under that kind, or else the neutral words for it."""
    return HAPPENINGS.get(kind, UNKNOWN_HAPPENING)


def notice_of(kind: str) -> Notice:
    """What was declared under that kind, or else the neutral words for it."""
    return NOTICES.get(kind, UNKNOWN_NOTICE)
