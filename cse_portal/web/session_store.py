"""Sessions, kept in the database as Django keeps them, and read by a query compiled once."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.models import Session
from django.utils.crypto import get_random_string

from cse_portal import clock, queries


class SessionStore(db.SessionStore):
    """Django's own, but for how a session is found."""

    def _get_new_session_key(self) -> str:
        """Of 165 random bits: that it is free, `create` finds out by writing it."""
        return get_random_string(32, VALID_KEY_CHARS)

    def _get_session_from_db(self) -> Session | None:
        found = queries.open_session.first(str(self.session_key), clock.now())
        if found is None:
            self._session_key = None
        return found
