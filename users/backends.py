"""How an account is found and kept signed in."""

from contextvars import ContextVar
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from cse_portal.companies.tenancy import across_companies
from users import queries
from users.models import User

#: the person of the session being resumed, read a moment ago with the code that verifies it
read_with_code: ContextVar[User | None] = ContextVar("read_with_code", default=None)


class PortalBackend(ModelBackend):
    """Finds the account before its company is known, and asks again at every request.

    An unknown user code costs the same password hash as a known one (ModelBackend does it).
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> User | None:
        with across_companies(because="signing in precedes any company"):
            return super().authenticate(request, username, password, **credentials)

    def get_user(self, user_id: int) -> User | None:
        user = read_with_code.get()
        if user is None or user.pk != user_id:
            with across_companies(because="resuming a session precedes any company"):
                user = queries.session_user.first(user_id)
        return user if user and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """A suspended person, or one of a closed company, is out at the next request."""
        return user.is_active and (user.is_officer or user.company.is_active)
