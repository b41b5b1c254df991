"""Columns that stay as they are once other rows rely on them: a trigger in PostgreSQL says so."""

from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class Settled(models.BaseConstraint):
    """Columns of a row that a trigger may refuse to change.

    A migration makes the trigger: it raises an error under the name of this constraint, and names
    the column. A form does not know the rule: it asks PostgreSQL, by the very update, which is then
    undone, and tells the refusal beside the field.
    """

    def __init__(
        self, *, fields: Sequence[str], name: str, violation_error_message: Any = None
    ) -> None:
        super().__init__(name=name, violation_error_message=violation_error_message)
        self.fields = tuple(fields)

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        """Nothing: the trigger is made by a migration of whoever knows what relies on the row."""
        return ""

    create_sql = remove_sql = constraint_sql

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Collection[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Ask PostgreSQL whether it would take the columns of a stored row.

        Raises ValidationError at the field that it refuses to change.
        """
        if instance._state.adding:
            return
        columns: dict[str, Any] = {
            name: model._meta.get_field(name) for name in self.fields if name not in (exclude or ())
        }
        rows = model._default_manager.using(using).filter(pk=instance.pk)
        asked = {field.attname: getattr(instance, field.attname) for field in columns.values()}
        if not asked or rows.filter(**asked).exists():
            return
        try:
            with transaction.atomic(using=using):
                rows.update(**asked)
                transaction.set_rollback(True, using=using)
        except IntegrityError as refused:
            told: Any = getattr(refused.__cause__, "diag", None)
            if told is None or told.constraint_name != self.name:
                return  # another constraint, which is told by itself
            for name, field in columns.items():
                if field.column == told.column_name:
                    raise ValidationError({name: self.get_violation_error_message()}) from refused
            raise

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, arguments, options = super().deconstruct()
        return path, arguments, options | {"fields": self.fields}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Settled):
            return self.deconstruct() == other.deconstruct()
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.fields))
