"""System checks: mistakes that would open a company's rows are told before the portal starts."""

from typing import Any

from django.apps import apps
from django.core import checks

from cse_portal.tenancy import CompanyManager


@checks.register(checks.Tags.models)
def company_rows_are_scoped(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """A model that points at a company is company-owned, and its default manager says so."""
    company = apps.get_model("cse_portal", "Company")
    return [
        checks.Error(
            f"{model._meta.label} points at a company but is not scoped to it.",
            hint="Inherit CompanyOwned and keep a CompanyManager as the first manager.",
            obj=model,
            id="cse_portal.E001",
        )
        for model in apps.get_models()
        if any(field.related_model is company for field in model._meta.fields)
        and not isinstance(model._default_manager, CompanyManager)
    ]
