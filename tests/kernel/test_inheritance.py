"""What a wall overrides in a library is looked for when the portal starts."""

import pytest
from django.contrib.sessions.backends import db
from django.core.exceptions import ImproperlyConfigured

from cse_portal.inheritance import stands_on


def test_what_a_library_has_is_overridden():
    @stands_on("load", "_session_key")
    class Store(db.SessionStore):
        pass

    assert issubclass(Store, db.SessionStore)


def test_what_a_library_has_no_more_stops_the_portal_with_its_name():
    with pytest.raises(ImproperlyConfigured, match=r"db\.SessionStore has no “read_row”"):

        @stands_on("load", "read_row")
        class Store(db.SessionStore):
            def read_row(self) -> None:
                """Its own name is not the library's."""
