"""What psycopg 3 has in its code, not in its documentation."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from psycopg import OperationalError, errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, Format, PGresult

from cse_portal.speed.adapters.needs import Call, Need

AUTO, TEXT = PyFormat.AUTO, Format.TEXT


def needs() -> Iterator[Need | Call]:
    """What is looked for."""
    yield Need(Transformer(), ("dump_sequence", "load_rows", "set_pgresult", "types", "formats"))
    yield Need(errors, ("error_from_result",))
    yield Need(PGresult, ("get_error_message", "error_field", "error_message"))


class Values(NamedTuple):
    """A statement's values, as PostgreSQL takes them."""

    adapt: Any
    parameters: Any
    types: Any
    formats: Any


def adapted(connection: Any, values: Sequence[Any]) -> Values:
    """The values, adapted as the connection has it."""
    adapt = Transformer(connection)
    parameters = adapt.dump_sequence(values, [AUTO] * len(values))
    return Values(adapt, parameters, adapt.types, adapt.formats)


def rows_of(values: Values, result: Any) -> list[tuple[Any, ...]]:
    """The rows of an answer, adapted as the connection of the values has it."""
    adapt = values.adapt
    adapt.set_pgresult(result)
    rows: list[tuple[Any, ...]] = adapt.load_rows(0, result.ntuples, tuple)
    return rows


def error_of(connection: Any, result: Any) -> Exception:
    """The error that psycopg's cursor would raise for such an answer."""
    if connection.pgconn.status == ConnStatus.BAD:
        return OperationalError(result.get_error_message())
    return errors.error_from_result(result)
