"""What the apps above add to the list of user files and to a file: what they know of a person.

Each adds its own when it is ready (`AppConfig.ready`): what a proxy or an e-service is, the app of
people does not know. Contents are HTML that is safe as it is, made by a template of that app.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from users.models import User


@dataclass(frozen=True)
class Column:
    """A column of the list of user files; its cells are made for a whole page of people at once."""

    title: str | Promise
    #: each person's cell, by the person's key
    cells: Callable[[Sequence[User]], Mapping[int, str]]


@dataclass(frozen=True)
class Row:
    """A row of a user file."""

    title: str | Promise
    content: Callable[[User], str]


@dataclass(frozen=True)
class Link:
    """A button of a user file, to a screen about that person."""

    label: str | Promise
    view: str


#: after the person's e-mail address; at the end of the list
COLUMNS: list[Column] = []
LAST_COLUMNS: list[Column] = []
#: after the others
ROWS: list[Row] = []
LINKS: list[Link] = []
