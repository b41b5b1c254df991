"""The digest of a trail's entry, computed here from the columns as they are stored.

PostgreSQL computes the same one when it writes the entry (`trail_digest`, in
`migrations/0005_the_database_keeps_the_trail.py`). Whoever has the database's password can replace
that function; nothing that they replace answers here. The text that is digested is what PostgreSQL
writes for `jsonb`: each value as `to_jsonb` gives it, times in UTC.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any

from psycopg import postgres

#: a value as PostgreSQL writes it (a list for an array) to its text in JSON
AsJSON = Callable[[Any], str]

NULL = "null"
#: what no number of JSON is
NO_NUMBERS = {"NaN", "Infinity", "-Infinity"}
#: keys of PostgreSQL's own types are below it: those above may have functions of anybody's
FIRST_OF_OTHERS = 16384
#: an instant in UTC, or a moment without a zone, in the style `ISO`
MOMENT = re.compile(r"(\S+) ([0-9:.]+)(\+00)?( BC)?")


def digest_of(
    *,
    previous: str,
    company: int,
    position: int,
    receipt: str | None,
    event: str | None,
    columns: str,
    covered: Sequence[str],
) -> str:
    """The digest of an entry.

    `columns` is the text in JSON of the names that the entry covers, in the order kept; `covered`
    has that of each of their values. The value of a column that is gone is null.
    """
    text = (
        f"[{string(previous)}, {company}, {position}, {_string_or_null(receipt)}, "
        f"{NULL if event is None else event}, {columns}, {array(covered) if covered else NULL}]"
    )
    return sha256(text.encode()).hexdigest()


def array(values: Any) -> str:
    """An array, from the texts of its elements."""
    return f"[{', '.join(values)}]"


def string(value: str) -> str:
    """A string: PostgreSQL escapes what Python does, and nothing else."""
    return encode_basestring(value)


def _string_or_null(value: str | None) -> str:
    return NULL if value is None else encode_basestring(value)


def _boolean(value: str) -> str:
    return "true" if value == "t" else "false"


def _number(value: str) -> str:
    """As `numeric` is written: without an exponent, and nought without a sign."""
    if value in NO_NUMBERS:
        return string(value)
    number = Decimal(value)
    return format(number or number.copy_abs(), "f")


def _moment(value: str) -> str:
    """With the T of ISO 8601, and the zone in full; `infinity` as it is."""
    found = MOMENT.fullmatch(value)
    if found is None:
        return string(value)
    day, time, zone, era = found.groups(default="")
    return string(f"{day}T{time}{zone and '+00:00'}{era}")


_OTHERWISE: dict[str, AsJSON] = {
    "bool": _boolean,
    **dict.fromkeys(("int2", "int4", "int8", "jsonb"), str),
    **dict.fromkeys(("float4", "float8", "numeric"), _number),
    **dict.fromkeys(("timestamp", "timestamptz"), _moment),
}
_BY_TYPE = {postgres.types[name].oid: as_json for name, as_json in _OTHERWISE.items()}
#: parsed and written anew by `to_jsonb`: not reproduced here
_UNREADABLE = {postgres.types["json"].oid}


def as_json_of_type(oid: int) -> AsJSON | None:
    """How values of a type are written; None for a type whose values can't be read here.

    What is neither a number nor a moment is a string; an array has those of its elements.
    """
    if oid >= FIRST_OF_OTHERS or oid in _UNREADABLE:
        return None
    if postgres.types.get(oid) is None:
        return None
    if element := element_of(oid):
        return _as_array(as_json_of_type(element))
    one = _BY_TYPE.get(oid)
    if one is None:
        return _string_or_null
    return lambda value: NULL if value is None else one(value)


def element_of(oid: int) -> int | None:
    """The type of an array's elements; None for what is no array."""
    known = postgres.types.get(oid)
    return known.oid if known and known.array_oid == oid else None


def _as_array(element: AsJSON | None) -> AsJSON | None:
    if element is None:
        return None

    def elements(value: Any) -> str:
        return array(map(elements, value)) if isinstance(value, list) else element(value)

    return elements
