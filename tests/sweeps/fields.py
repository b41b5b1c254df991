"""What each kind of field takes of all that people and programs type: its form field says which."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django import forms

from cse_portal.pages import fields
from tests.sweeps.corpus import ANYTHING, EMPTY, TOO_LONG, UNPRINTABLE, dates

if TYPE_CHECKING:
    from tests.sweeps.world import Worlds


@dataclass(frozen=True)
class Field:
    """What a field may take of the corpus, by label; everything else must be refused beside it."""

    takes: frozenset[str] = frozenset()
    may_be_empty: bool = False
    is_secret: bool = False
    is_code: bool = False
    is_choice: bool = False
    corpus: Callable[[], dict[str, Any]] = lambda: ANYTHING
    #: values that depend on the world
    more: Callable[["Worlds"], dict[str, Any]] = lambda worlds: {}
    #: fields of the same form beside which the message may stand instead
    or_beside: tuple[str, ...] = ()

    def accepts(self, label: str) -> bool:
        return label in self.takes or (self.may_be_empty and label in EMPTY)


ALL_WORDS = frozenset(set(ANYTHING) - UNPRINTABLE - TOO_LONG - EMPTY)
WORDS = Field(takes=ALL_WORDS)
EXTENSION = Field(
    takes=frozenset({"formula -"}),  # a hyphen is spacing in a number
    more=lambda worlds: {"five digits": "12345", "letters": "12a"},
)
DIGITS = Field(more=lambda worlds: {"five digits": "12345", "seven digits": "1234567"})
DATE = Field(corpus=dates)
CHOICE = Field(
    is_choice=True, more=lambda worlds: {"not offered": "officer", "two": ["esm", "superuser"]}
)
TICK = Field(takes=frozenset(set(ANYTHING) - {"nothing", "missing"}))

#: the nearest class decides
KINDS: dict[type[forms.Field], Field] = {
    fields.PersonNameField: Field(),
    fields.TelephoneField: Field(),
    fields.EmailField: Field(),
    fields.ExtensionField: EXTENSION,
    fields.IdentificationNumberField: Field(),
    fields.DigitsField: DIGITS,
    fields.DayField: DATE,
    fields.TextField: WORDS,
    forms.BooleanField: TICK,
    forms.ChoiceField: CHOICE,
    forms.MultipleChoiceField: Field(
        is_choice=True, more=lambda worlds: {"not offered": "officer"}
    ),
}


def kind_of(field: forms.Field) -> Field:
    """What a field takes, as far as its class tells. Raises KeyError for a class of no kind."""
    kind = next((KINDS[one] for one in type(field).__mro__ if one in KINDS), None)
    if kind is None:
        raise KeyError(f"{type(field).__name__} is in no line of KINDS (tests/sweeps/fields.py)")
    if field.required or getattr(field, "is_conditional", False):
        return kind
    if isinstance(field, forms.MultipleChoiceField):
        return replace(kind, takes=kind.takes | {"missing"})
    if isinstance(field, forms.ChoiceField):
        return replace(kind, takes=kind.takes | {"nothing", "missing"})
    return replace(kind, may_be_empty=True)
