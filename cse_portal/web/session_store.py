"""Sessions, kept in the database as Django keeps them, and read by a query compiled once."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField
from django.utils.crypto import get_random_string

from cse_portal import clock
from cse_portal.speed.queries import Compiled, Given

_open = Compiled(
    lambda: Session.objects.filter(
        session_key=Given("key", CharField()), expire_date__gt=Given("now", DateTimeField())
    )
)


class SessionStore(db.SessionStore):
    """Django's own, but for how a session is found."""

    def _get_new_session_key(self) -> str:
        """Of 165 random bits: that it is free, `create` finds out by writing it."""
        return get_random_string(32, VALID_KEY_CHARS)

    def _get_session_from_db(self) -> Any:
        found = _open.first(key=self.session_key, now=clock.now())
        if found is None:
            self._session_key = None
        return found
