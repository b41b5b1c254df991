"""Constraints broken on purpose, twice each: as a form would meet them, and in SQL.

Both halves matter. Django swallows an error raised while it validates a constraint in Python, so
that a constraint can be alive in the database and mute in every form.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from cse_portal.companies.tenancy import across_companies
from cse_portal.settled import Settled

Constraint = models.CheckConstraint | models.UniqueConstraint | Settled


@dataclass(frozen=True)
class Break:
    """A valid row, and the change that breaks one constraint and no other."""

    valid: Callable[[], models.Model]
    fault: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]]

    def row_and_fault(self) -> tuple[models.Model, Mapping[str, Any]]:
        row = self.valid()
        return row, self.fault(row) if callable(self.fault) else self.fault


def constraints_of(app: str) -> Iterator[Constraint]:
    """All of an app's that can be broken: a key is unique by itself, whatever goes with it."""
    for model in apps.get_app_config(app).get_models():
        for constraint in model._meta.constraints:
            assert isinstance(constraint, Constraint)
            if "id" not in getattr(constraint, "fields", ()):
                yield constraint


def names_of(app: str) -> set[str]:
    return {constraint.name for constraint in constraints_of(app)}


def is_told_by_a_form(name: str, broken: Break) -> None:
    """Validation refuses the change, with the sentence of that very constraint."""
    row, fault = broken.row_and_fault()
    for field, value in fault.items():
        setattr(row, field, value)
    (constraint,) = (one for one in row._meta.constraints if one.name == name)
    said = str(constraint.violation_error_message)
    if said == str(constraint.default_violation_error_message):
        # only a plain uniqueness has a good enough sentence of Django's own
        assert isinstance(constraint, models.UniqueConstraint)
        assert constraint.condition is None
        said = row.unique_error_message(type(row), constraint.fields).messages[0]
    with across_companies(because="tests break every constraint"):
        with pytest.raises(ValidationError) as refusal:
            row.validate_constraints()
        assert refusal.value.messages == [said]
        with pytest.raises(ValidationError):
            row.full_clean()


def is_refused_by_postgresql(name: str, broken: Break) -> None:
    """An UPDATE that goes round the model is refused, under the constraint's name."""
    row, fault = broken.row_and_fault()
    with pytest.raises(IntegrityError, match=rf'"{name}"'), transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**fault)
