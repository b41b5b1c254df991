"""Isolation of companies: their rows can't be queried without naming a company.

The first wall is the manager of their models; the second is PostgreSQL's row-level security, for
code that does not use the manager (`walls.py`).
"""

from typing import NamedTuple, cast

from django.db import models

from cse_portal.companies.scopes import (
    EVERY_COMPANY,
    across_companies,
    company_scope,
    current_scope,
    serving_a_request,
)

__all__ = [
    "CompanyManager",
    "CompanyOwned",
    "CompanyScopeMissing",
    "Rights",
    "across_companies",
    "company_scope",
    "serving_a_request",
]


class CompanyScopeMissing(RuntimeError):
    """A company-owned table was queried outside any company's scope."""


class CompanyManager(models.Manager):
    """Default manager of company-owned models. Raises CompanyScopeMissing outside of a scope."""

    def get_queryset(self) -> models.QuerySet:
        scope = current_scope()
        if scope is None:
            raise CompanyScopeMissing(self.model._meta.label)
        queryset = super().get_queryset()
        if scope is EVERY_COMPANY:
            return queryset
        owned = models.Q()
        for column in cast("type[CompanyOwned]", self.model).company_columns:
            owned |= models.Q(**{column: scope})
        return queryset.filter(owned)


class Rights(NamedTuple):
    """What PostgreSQL lets the portal's roles do in a table; the owner may do everything.

    The attribute `rights_of_roles` of a model. Without it, a table of company rows has every right
    under its policy, and another table is closed to both roles.
    """

    #: of a request, as `GRANT` writes them; empty for none
    of_cse_web: str
    #: of a block that acts across companies
    of_cse_across: str
    #: why rows that no policy filters may be seen
    because: str


EVERY_RIGHT = "SELECT, INSERT, UPDATE, DELETE"
RIGHTS_OF_COMPANY_ROWS = Rights(EVERY_RIGHT, EVERY_RIGHT, "a policy shows one company's rows")
#: of what PostgreSQL's own triggers write
RIGHTS_TO_READ_COMPANY_ROWS = Rights("SELECT", "SELECT", "a policy shows one company's rows")


class CompanyOwned(models.Model):
    """A row that belongs to one company or, like a proxy, to its two parties."""

    company_columns: tuple[str, ...] = ("company",)

    objects = CompanyManager()

    class Meta:
        abstract = True
