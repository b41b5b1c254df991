"""What other apps add to the list of user files and to the page of a file.

Each app registers its own in `AppConfig.ready`, since this app knows nothing of proxies or
e-services. Contents are safe HTML, rendered by a template of that app.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from users.models import User


@dataclass(frozen=True)
class Column:
    """A column of the list of user files; `cells` renders those of a whole page at once."""

    title: str | Promise
    #: returns each person's cell, by the person's primary key
    cells: Callable[[Sequence[User]], Mapping[int, str]]


@dataclass(frozen=True)
class Row:
    """A row of a user file."""

    title: str | Promise
    content: Callable[[User], str]


@dataclass(frozen=True)
class Link:
    """A button of a user file that links to a screen about this person."""

    label: str | Promise
    view: str


#: columns after the person's e-mail address; columns at the end
COLUMNS: list[Column] = []
LAST_COLUMNS: list[Column] = []
#: rows after the others; buttons
ROWS: list[Row] = []
LINKS: list[Link] = []
