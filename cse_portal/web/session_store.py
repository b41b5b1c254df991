"""Django's database sessions, stored under a digest of their key.

The key is in the person's cookie and nowhere else: who reads the table, a dump or a backup cannot
take a session over (OWASP ASVS 5.0, 7.2.3 and 14.2). The table belongs to no company: it is read as
`cse_across`, and `cse_web` has no right to it (`cse_portal/companies/walls.py`).
"""

import hashlib
from typing import Any, Self

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, UpdateError
from django.contrib.sessions.models import Session
from django.utils.crypto import get_random_string

from cse_portal import clock, queries
from cse_portal.companies.tenancy import across_companies
from cse_portal.inheritance import stands_on
from cse_portal.web.overload import is_interruption


def of_no_company() -> across_companies:
    """The scope in which the table is read and written."""
    return across_companies(because="a session is read before the person's company is known")


def digest_of(key: str) -> str:
    """What the database stores for a session's key: 160 bits of its SHA-256, as 40 characters.

    A key has 165 random bits: nobody finds it by trying, so the digest needs no secret.
    """
    return hashlib.sha256(key.encode()).hexdigest()[:40]


@stands_on("load", "create_model_instance", "_get_new_session_key", "_session_key")
class SessionStore(db.SessionStore):
    """Django's own store, with the key's digest in place of the key."""

    #: what the session holds, where that is given instead of read
    _given: dict[str, Any] | None = None

    @classmethod
    def holding(cls, key: str, values: dict[str, Any]) -> Self:
        """A session under the key that holds these values, whatever the database has of it."""
        session = cls(key)
        session._given = values
        return session

    def _get_new_session_key(self) -> str:
        """A key of 165 random bits; `create` detects a duplicate when it inserts the row."""
        return get_random_string(32, VALID_KEY_CHARS)

    def load(self) -> dict[str, Any]:
        """What the session holds; a session that is not there, or is over, gets another key."""
        if self._given is not None:
            return dict(self._given)
        with of_no_company():
            row: Session | None = queries.open_session.first(
                digest_of(str(self.session_key)), clock.now()
            )
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        with of_no_company():
            return super().exists(digest_of(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row of this session. Raises CreateError if it never gets a key."""
        row: Any = super().create_model_instance(data)
        row.session_key = digest_of(row.session_key)
        return row

    def save(self, must_create: bool = False) -> None:
        """Raises CreateError for a key that is taken, UpdateError for a session that is gone.

        Django takes every error of an update for a session that is gone, and would tell people that
        their request is at fault (400). Where PostgreSQL is away, its own error is raised.
        """
        with of_no_company():
            try:
                super().save(must_create)
            except UpdateError as gone:
                error = gone.__context__
                if error is not None and is_interruption(error):
                    raise error from error.__cause__
                raise

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            with of_no_company():
                super().delete(digest_of(key))
