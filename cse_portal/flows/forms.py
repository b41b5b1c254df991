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
    """Who fills in a page, about what, and what is already answered."""

    by: Person
    subject: Subject
    #: what the procedure's pages read in common
    common: Shared
    #: cleaned answers of the earlier pages, by page
    earlier: Cleaned = field(default_factory=dict)
    #: for a page opened aside: what it is opened for (the code of a ministry)
    key: str | None = None
    #: for a page opened aside: the page it departs from, as typed so far, valid or not
    typed: Lists = field(default_factory=dict)
    #: what was kept on the page opened aside, by key
    aside: Mapping[str, Lists] = field(default_factory=dict)
    #: keys kept there that can no longer be answered: they count no more, and the person is told
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One question with its answers, as the verification page and the receipt show it."""

    label: str
    values: list[str]

    def as_json(self) -> dict[str, object]:
        return {"label": self.label, "values": self.values}


class PageForm(forms.Form, Generic[Subject, Shared]):
    """One page of a procedure. Knows who is asking and what the earlier pages answered."""

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
        """The same form, showing what was typed without reproaching what is still missing."""
        self._errors = ErrorDict()
        return self

    def chosen(self, name: str) -> str | None:
        """The choice of one field alone, for a button that asks nothing of the others.

        None, and that field's error alone, when nothing offered was chosen.
        """
        field, value = self.choice_field(name), self[name].value()
        self._errors = ErrorDict()
        if value and field.valid_value(value):
            return str(value)
        self.cleaned_data = {}
        self.add_error(name, field.error_messages["required"])
        return None

    def choice_field(self, name: str) -> forms.ChoiceField:
        """A field that offers choices, known as such."""
        return cast("forms.ChoiceField", self.fields[name])

    def words(self, name: str) -> dict[str, str]:
        """What each choice of a field says."""
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
        """The answer of one field, in words; nothing where nothing was answered."""
        value = self.cleaned_data.get(bound.name)
        if value is None or value == "":
            return []
        if isinstance(bound.field, forms.ModelMultipleChoiceField):
            return [str(one) for one in value]
        if isinstance(bound.field, forms.ChoiceField) and not hasattr(bound.field, "queryset"):
            chosen = value if isinstance(value, list) else [value]
            return [self.words(bound.name)[str(choice)] for choice in chosen]
        return [str(value)]
