"""Authentication: reading the account at sign-in and at each request."""

from contextvars import ContextVar
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from cse_portal.companies.tenancy import across_companies
from users import queries
from users.lockout import hash_anyway
from users.models import User

#: the person of the current session, already read together with its verification code
read_with_code: ContextVar[User | None] = ContextVar("read_with_code", default=None)


class PortalBackend(ModelBackend):
    """Reads the account before its company is known, and checks it again at every request."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> User | None:
        """The person; None for another password, or for a user code that nobody has.

        Both take the same time: a password is hashed as often as it would be compared.
        """
        if username is None or password is None:
            return None
        try:
            person = User.objects.get_by_natural_key(username)
        except User.DoesNotExist:
            hash_anyway(password)
            return None
        is_right = person.check_password(password)
        return person if is_right and self.user_can_authenticate(person) else None

    def get_user(self, user_id: int) -> User | None:
        user = read_with_code.get()
        if user is None or user.pk != user_id:
            with across_companies(because="resuming a session precedes any company"):
                user = queries.session_user.first(user_id)
        return user if user and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:  # typed as AbstractBaseUser by Django
        """False for a suspended person or a closed company: signed out at the next request."""
        return user.is_active and (user.is_officer or user.company.is_active)
