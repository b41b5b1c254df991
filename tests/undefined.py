"""A variable that a template of the portal shows and nobody gave: an error, not an empty place.

Django shows nothing where a variable is not defined. Its own templates and those of other packages
count on it; the portal's do not. In a condition (`{% if %}`) an absent variable stays a plain "no",
and `|default` says what stands in its place.
"""

import sys
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.template import Node, Template
from django.template.base import FilterExpression
from django.template.defaultfilters import default


class UndefinedVariable(Exception):
    """A template of the portal shows a variable that is not defined."""


class Undefined(str):
    """The empty text that Django takes from `string_if_invalid`, once it has looked at it."""

    __slots__ = ()

    def __bool__(self) -> bool:
        check(sys._getframe(1))
        return False

    def __contains__(self, part: object) -> bool:
        check(sys._getframe(1))  # `{% blocktranslate %}` looks whether it has a place for the name
        return False


def check(frame: FrameType) -> None:
    """Raise UndefinedVariable where Django looks for a variable of a template of the portal."""
    expression, name = frame.f_locals.get("self"), frame.f_locals.get("key", "")
    if isinstance(expression, FilterExpression):
        if any(one is default for one, _given in expression.filters):
            return
        name = expression.token
    elif frame.f_globals.get("__name__") != "django.templatetags.i18n":
        return
    template = template_that_renders(frame)
    if template.is_relative_to(settings.BASE_DIR / "templates"):
        raise UndefinedVariable(f"{name} is not defined in {template.name}")


def template_that_renders(frame: FrameType | None) -> Path:
    """The file of what is being rendered: of the nearest node, if it knows where it stands."""
    while frame:
        rendering = frame.f_locals.get("self")
        if isinstance(rendering, Node | Template) and hasattr(rendering, "origin"):
            return Path(rendering.origin.name)
        frame = frame.f_back
    return Path()
