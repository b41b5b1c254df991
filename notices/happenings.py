"""The types of events of a company's account, and the notices that people receive.

Each app declares its own, once, in its `happenings.py`; `NoticesConfig.ready` loads these modules.
A row stores only the kind and the facts: its text is built when it is read, in the language of the
reader.

After a rollback, the database may hold kinds that a newer version of the portal wrote: those that
are not declared have a neutral text.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: a text that is translated when it is displayed
Text = str | Promise
#: for the rows with these keys, whether each is in force today; yields nothing for one not begun
AreInForce = Callable[[set[int]], Iterator[bool]]


@dataclass(frozen=True, eq=False)
class Group:
    """A filter of the history: the happenings whose kind begins with its code (`file.created`).

    Groups are listed in the order of the published procedure's steps.
    """

    code: str
    title: Text
    step: int

    def __post_init__(self) -> None:
        _declare(GROUPS, self.code, self)


@dataclass(frozen=True, eq=False)
class Lasting:
    """What a happening creates or extends (a proxy, a registration), and how to see if it ended.

    The fact named `fact` holds the keys of the rows (`12,13`); without one, the row is the one that
    the event is about.
    """

    are_in_force: AreInForce
    fact: str = ""


class MessageFacts(Protocol):
    """What `is_still_true` knows of a message: its reader, the row that it is about, its facts."""

    @property
    def user_id(self) -> int: ...
    @property
    def about_key(self) -> int: ...
    @property
    def facts(self) -> Any: ...


@dataclass(frozen=True, eq=False)
class Notice:
    """The text of a message, in the portal and by e-mail.

    `text` describes what happened, followed by each sentence of `further` whose fact is present;
    `advice` is what the reader can do, and `screen` the name of the URL where an ESM does it. The
    e-mail is not sent if `is_still_true`, called with the message at that time, returns False.
    """

    kind: str
    subject: Text
    text: Text
    advice: Text
    screen: str = settings.LOGIN_REDIRECT_URL
    further: Mapping[str, Text] = field(default_factory=dict)
    is_still_true: Callable[[MessageFacts], bool] | None = None

    def __post_init__(self) -> None:
        _declare(NOTICES, self.kind, self)

    def screen_for(self, *, is_esm: bool) -> str:
        """The name of the URL that the notice links to: for users, always their home page."""
        return self.screen if is_esm else settings.LOGIN_REDIRECT_URL


@dataclass(frozen=True, eq=False)
class Happening:
    """A type of event of a company's account, with its text in the history.

    `sentence` is followed by each sentence of `further` whose fact is present. `notices` are what
    people receive, by audience (the company's ESMs, the holders of a proxy...).
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
        """The step of the published procedure, from the group of its kind."""
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
    if not kind:  # the neutral texts of unknown kinds
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


def find_happening(kind: str) -> Happening:
    """The happening declared with this kind, or a neutral one."""
    return HAPPENINGS.get(kind, UNKNOWN_HAPPENING)


def find_notice(kind: str) -> Notice:
    """The notice declared with this kind, or a neutral one."""
    return NOTICES.get(kind, UNKNOWN_NOTICE)
