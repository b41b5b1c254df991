"""Isolation of companies: their rows can't be queried without naming a company."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

from django.db import models

if TYPE_CHECKING:
    from cse_portal.models import Company

_EVERY_COMPANY = object()
_scope: ContextVar[Any] = ContextVar("company_scope", default=None)


class CompanyScopeMissing(RuntimeError):
    """A company-owned table was queried outside any company's scope."""


@contextmanager
def company_scope(company: "Company") -> Iterator[None]:
    """Inside the block, rows that `company` has no part in do not exist."""
    token = _scope.set(company)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def across_companies(*, because: str) -> Iterator[None]:
    """Lift the scope for the block; `because` tells the reader why that is right here."""
    if not because:
        raise ValueError("Reading across companies needs a reason.")
    token = _scope.set(_EVERY_COMPANY)
    try:
        yield
    finally:
        _scope.reset(token)


class CompanyManager(models.Manager):
    """Default manager of every company-owned model: filtered inside a scope, fatal outside."""

    def get_queryset(self) -> models.QuerySet:
        scope = _scope.get()
        if scope is None:
            raise CompanyScopeMissing(self.model._meta.label)
        queryset = super().get_queryset()
        if scope is _EVERY_COMPANY:
            return queryset
        owned = models.Q()
        for column in cast("type[CompanyOwned]", self.model).company_columns:
            owned |= models.Q(**{column: scope})
        return queryset.filter(owned)


class CompanyOwned(models.Model):
    """A row that belongs to one company or, like a proxy, to its two parties."""

    company_columns: tuple[str, ...] = ("company",)

    objects = CompanyManager()

    class Meta:
        abstract = True
