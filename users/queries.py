"""The compiled queries of people: the person of a session, the files of a company."""

from django.db.models import QuerySet

from cse_portal.speed.queries import compiled
from users.models import SignInCode, User, unread_messages_of


@compiled
def session_code(key: int) -> QuerySet[SignInCode]:
    """The verification code of a session, with its person."""
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
    """User files with the columns that their list displays."""
    return User.objects.by_name().only(
        *("family_name", "first_name", "user_code", "role", "email"),
        *("is_active", "last_login", "temporary_password_expires_at", "undelivered_email"),
    )
