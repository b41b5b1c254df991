"""System checks: mistakes that would expose a company's rows stop the portal from starting."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connections

from cse_portal.companies import walls
from cse_portal.companies.tenancy import CompanyManager


@checks.register(checks.Tags.models)
def company_rows_are_scoped(app_configs: object, **kwargs: object) -> list[checks.CheckMessage]:
    """A model with a foreign key to a company is CompanyOwned and has its default manager."""
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


@checks.register(checks.Tags.compatibility)
def the_annex_knows_django(app_configs: object, **kwargs: object) -> list[checks.CheckMessage]:
    """What is there for speed is in, or is out because the operator said so."""
    if not settings.WHY_PLAIN:
        return []
    return [
        checks.Warning(
            f"cse_portal/speed is out: {settings.WHY_PLAIN}.",
            hint="Pages are the same, and cost up to three times as much. Install the packages of "
            "a lock file (requirements/), or set CSE_PLAIN=true to be told no more.",
            id="cse_portal.W002",
        )
    ]


def files_are_collected() -> bool:
    """Whether `collectstatic` has run: without its manifest, every page fails."""
    return bool(getattr(staticfiles_storage, "hashed_files", True))


@checks.register(checks.Tags.staticfiles, deploy=True)
def pages_find_their_files(app_configs: object, **kwargs: object) -> list[checks.CheckMessage]:
    """In production, `collectstatic` has run for this version."""
    if files_are_collected():
        return []
    return [
        checks.Error(
            "Static files are not collected: every page would fail.",
            hint="Run `manage.py collectstatic`, then restart (docs/operations.md).",
            id="cse_portal.E003",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def it_is_no_simulation(app_configs: object, **kwargs: object) -> list[checks.CheckMessage]:
    """In production, `CSE_SANDBOX` is unset: here, wherever the database is a server's.

    Beside another machine's, or a public host, the settings refuse it before any check.
    """
    host = str(settings.DATABASES[DEFAULT_DB_ALIAS].get("HOST", ""))
    if not settings.SANDBOX or all(one.startswith("/") for one in host.split(",") if one):
        return []
    return [
        checks.Error(
            f"CSE_SANDBOX is true beside a server's database, on {host}.",
            hint="Unset it: the passwords of the demo's people are published. For a simulation on "
            "this machine, unset DATABASE_URL (docs/operations.md, A simulation).",
            id="cse_portal.E004",
        )
    ]


@checks.register(checks.Tags.database, deploy=True)
def the_demo_is_not_there(
    app_configs: object, databases: Iterable[str] | None = None, **kwargs: object
) -> list[checks.CheckMessage]:
    """In production, the database holds none of the demo's companies and published passwords."""
    from cse_portal.web.no_demo import WHAT_TO_DO, why_not_served

    if settings.SANDBOX or DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    reason = why_not_served()
    if not reason:
        return []
    said = reason.removesuffix(f" {WHAT_TO_DO}")
    return [checks.Error(said, hint=WHAT_TO_DO, id="cse_portal.E005")]


@checks.register(checks.Tags.database, deploy=True)
def no_key_is_missing(
    app_configs: object, databases: Iterable[str] | None = None, **kwargs: object
) -> list[checks.CheckMessage]:
    """Every key that a receipt or a kept file needs is listed, and is the one of all machines."""
    from cse_portal import keys_on_record

    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    connection: Any = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    if not connection.has_second_wall():  # who may read them is set up with it, or not at all
        return []
    return [
        checks.Error(said, hint=keys_on_record.WHAT_TO_DO, id="cse_portal.E007")
        for purpose in keys_on_record.Purpose
        for said in keys_on_record.what_is_wrong(purpose)
    ]


@checks.register(checks.Tags.database, deploy=True)
def the_second_wall_stands(
    app_configs: object, databases: Iterable[str] | None = None, **kwargs: object
) -> list[checks.CheckMessage]:
    """In production, row-level security is in place, and the process does not own the tables.

    Run with `manage.py check --deploy --database default`.
    """
    messages: list[checks.CheckMessage] = []
    for alias in databases or ():
        connection: Any = connections[alias]
        connection.ensure_connection()
        if not connection.has_second_wall():
            messages.append(
                checks.Error(
                    "The roles cse_web and cse_across, or their policies, are missing.",
                    hint="Let `migrate` create them (docs/operations.md, Roles).",
                    id="cse_portal.E002",
                )
            )
        elif connection.owns_the_tables:
            messages.append(
                checks.Warning(
                    "The process is connected as the owner of the tables.",
                    hint="Connect as a member of cse_web and cse_across that owns nothing.",
                    id="cse_portal.W001",
                )
            )
        if changed := walls.settings_of_roles(alias):
            messages.append(
                checks.Error(
                    f"Roles of the web processes have settings of their own: {', '.join(changed)}.",
                    hint="If no administrator set them: ALTER ROLE … RESET ALL, a new password for"
                    " the process, and look for who could send SQL (docs/operations.md, Roles).",
                    id="cse_portal.E006",
                )
            )
        if connection.has_second_wall() and not walls.takes_its_role_again(alias):
            messages.append(
                checks.Error(
                    "After a block that was undone, a connection has another role than it takes"
                    " itself to have.",
                    hint="Stop the web processes: this Django undoes a block in a way that the"
                    " second wall does not see. Install the packages of requirements/runtime.lock.",
                    id="cse_portal.E009",
                )
            )
        if connection.has_second_wall() and (differ := walls.logins_that_differ(alias)):
            messages.append(
                checks.Error(
                    f"The login roles are not as deploy/roles.sql makes them: {', '.join(differ)}.",
                    hint="As an administrator, take away what is more and grant what is missing"
                    " (docs/operations.md, Roles).",
                    id="cse_portal.E008",
                )
            )
    return messages
