"""The form of one page of a procedure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar, cast

from django import forms
from django.forms.utils import ErrorDict

from cse_portal.companies.person import Person
from cse_portal.flows.answers import Cleaned, Lists

#: what a procedure is about: a row, or None
Subject = TypeVar("Subject")
#: what the pages of a procedure read in common, or None
Shared = TypeVar("Shared")


@dataclass(frozen=True)
class Situation(Generic[Subject, Shared]):
    """Who fills in a page, about which subject, and the answers so far."""

    by: Person
    subject: Subject
    #: what the pages share: the result of `Flow.common`
    common: Shared
    #: cleaned answers of the earlier pages, by page
    earlier: Cleaned = field(default_factory=dict)
    #: for a page opened aside: its key (the code of a ministry)
    key: str | None = None
    #: for a page opened aside: the answers of the page that opened it, valid or not
    typed: Lists = field(default_factory=dict)
    #: the answers of the page opened aside, by key
    aside: Mapping[str, Lists] = field(default_factory=dict)
    #: keys of such answers that are no longer offered: they are ignored, and a message says so
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One question with its answers, as the verification page and the receipt show it."""

    label: str
    values: list[str]

    def as_json(self) -> dict[str, object]:
        return {"label": self.label, "values": self.values}


class PageForm(forms.Form, Generic[Subject, Shared]):
    """The form of one page of a procedure; `at` holds the person, subject and earlier answers."""

    def __init__(
        self, data: Mapping[str, object] | None = None, *, at: Situation[Subject, Shared]
    ) -> None:
        super().__init__(data)
        self.at = at
        self.narrow()

    def narrow(self) -> None:
        """Set choices, hints and bounds that depend on the situation."""

    @classmethod
    def is_offered(cls, key: str, common: Shared) -> bool:
        """For a page opened aside: whether it can still be opened for that key."""
        return True

    def as_typed(self) -> Self:
        """The same form with the typed values but without error messages."""
        self._errors = ErrorDict()
        return self

    def chosen(self, name: str) -> str | None:
        """The valid choice of one field, whatever the other fields contain.

        Without a valid choice, return None and give the form this field's error only.
        """
        field, value = self.choice_field(name), self[name].value()
        self._errors = ErrorDict()
        if value and field.valid_value(value):
            return str(value)
        self.cleaned_data = {}
        self.add_error(name, field.error_messages["required"])
        return None

    def choice_field(self, name: str) -> forms.ChoiceField:
        """A field that offers choices, with its type."""
        return cast("forms.ChoiceField", self.fields[name])

    def words(self, name: str) -> dict[str, str]:
        """The label of each choice of a field, by value."""
        choices = cast("Iterable[tuple[object, object]]", self.choice_field(name).choices)
        return {str(value): str(label) for value, label in choices}

    def group_title(self) -> str:
        """Title of this page's answers on the verification page; empty: the page's own title."""
        return ""

    def rows(self) -> list[Row]:
        """What the ESM reads on the verification page, and later on the receipt."""
        return [
            Row(str(bound.label), shown)
            for bound in self
            if not bound.is_hidden and (shown := self.shown(bound))
        ]

    def shown(self, bound: forms.BoundField) -> list[str]:
        """The texts of one field's answer; none if it was left empty."""
        value = self.cleaned_data.get(bound.name)
        if value is None or value == "":
            return []
        if isinstance(bound.field, forms.ModelMultipleChoiceField):
            return [str(row) for row in value]
        if isinstance(bound.field, forms.ChoiceField) and not hasattr(bound.field, "queryset"):
            chosen = value if isinstance(value, list) else [value]
            return [self.words(bound.name)[str(choice)] for choice in chosen]
        return [str(value)]
