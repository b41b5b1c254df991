"""The address of the database: as libpq reads it, with what it would do otherwise too late."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from cse_portal.database.address import DEFAULTS, beginning_with, parse, servers, starting_at

TWO = ("h1", "5432"), ("h2", "5433")
SEVERAL = {
    "postgres://u:p@h1:5432,h2:5433/cse": TWO,
    "postgresql://u:p@h1:5432,h2:5433/cse?sslmode=verify-full": TWO,
    "postgres:///cse?host=h1,h2&port=5432,5433&user=u&password=p": TWO,
    "postgres://u:p@h1,h2/cse?port=5432": (("h1", "5432"), ("h2", "5432")),
    "postgres://u:p@[2001:db8::1]:5432,[::1]:5433/cse": (("2001:db8::1", "5432"), ("::1", "5433")),
    "postgres://u:p@%2Frun%2Fone,%2Frun%2Ftwo/cse?port=5433": (
        *(("/run/one", "5433"), ("/run/two", "5433")),
    ),
}


@pytest.mark.parametrize(("url", "found"), SEVERAL.items(), ids=SEVERAL)
def test_several_servers_are_named_in_either_way(url, found):
    settings = parse(url, engine="x")
    assert (settings["USER"], settings["PASSWORD"], settings["NAME"]) == ("u", "p", "cse")
    named = servers({"host": settings["HOST"], "port": settings["PORT"]})
    assert [(one["host"], one["port"]) for one in named] == list(found)
    assert settings["OPTIONS"]["target_session_attrs"] == "read-write"


def test_a_password_has_any_character():
    assert parse("postgres://u:%40%2F%3A%2C%C3%A9@h/cse", engine="x")["PASSWORD"] == "@/:,é"


def test_what_the_address_says_goes_before_what_holds_without_it():
    options = parse("postgres://h/cse?target_session_attrs=any&connect_timeout=9", engine="x")
    assert options["OPTIONS"] == DEFAULTS | {"target_session_attrs": "any", "connect_timeout": "9"}


@pytest.mark.parametrize(
    "url",
    ["mysql://u:secret@h/cse", "postgres://u:secret@h/cse?colour=red", "secret", "postgres://[::1"],
)
def test_what_libpq_can_not_read_is_said_without_the_password(url):
    with pytest.raises(ImproperlyConfigured, match="postgres://user:password") as refused:
        parse(url, engine="x")
    assert "secret" not in str(refused.value)


def test_the_server_that_was_reached_last_is_tried_first():
    both = {"host": "h1,h2", "port": "5432,5433", "dbname": "cse"}
    assert beginning_with(both, {}) == both
    second = {"host": "h2", "hostaddr": "192.0.2.2", "port": "5433"}
    assert beginning_with(both, second) == both | {"host": "h2,h1", "port": "5433,5432"}
    first = {"host": "h1", "hostaddr": "192.0.2.1", "port": "5432"}
    assert beginning_with(both, first) == both
    assert beginning_with({"dbname": "cse"}, first) == {"dbname": "cse"}
    one_port = {"host": "h1,h2", "port": "5433"}
    assert beginning_with(one_port, second)["host"] == "h2,h1"


def test_each_server_is_tried_first_in_turn():
    three = {"host": "h1,h2,h3", "port": "5432,5433,5434", "dbname": "cse"}
    assert starting_at(three, 0) == three
    assert starting_at(three, 4) == three | {"host": "h2,h3,h1", "port": "5433,5434,5432"}
    assert starting_at({"dbname": "cse"}, 3) == {"dbname": "cse"}
