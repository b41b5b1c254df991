"""What every page asks of people: whose session it is, and who is in the company."""

from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from cse_portal.speed.queries import compiled
from users.models import SignInCode, User, unread_messages_of


@compiled
def session_code(key: int) -> QuerySet[SignInCode]:
    """The code that verified a session, with its person as they are now."""
    return (
        SignInCode.objects.select_related("user__company")
        .annotate(unread_messages=unread_messages_of("user"))
        .filter(pk=key)
    )


@compiled
def session_user(key: int) -> QuerySet[User]:
    return User.objects.select_related("company").with_unread_messages().filter(pk=key)


@compiled
def files_by_name() -> QuerySet[User]:
    """What the list of files shows."""
    return User.objects.by_name().only(
        *("family_name", "first_name", "user_code", "role", "email"),
        *("is_active", "last_login", "temporary_password_expires_at", "undelivered_email"),
    )


def _rows(name: str) -> Any:
    """Of proxies, named and not imported: they stand above people."""
    return apps.get_model("proxies", name)._default_manager


# one after the other: of a proxy that thousands hold, only the holders shown are read
@compiled
def holders_and_proxies(users: list[int]) -> QuerySet[Any, tuple[int, int]]:
    """The keys of people, and of the proxies that they hold, in force or not."""
    held = _rows("Assignment").filter(user_id__in=users, ended_at=None)
    return held.values_list("user_id", "proxy_id")


@compiled
def proxies_of_files(keys: list[int]) -> QuerySet[Any]:
    """What the list of files shows of proxies."""
    return (
        _rows("Proxy")
        .filter(id__in=keys)
        .only("mandator", "description", "ends_on", "revoked_at", "renounced_at")
    )
