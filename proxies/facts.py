"""The facts that the access decision needs, read from the database in one statement.

No rule is here: only the state of the rows now, for a person and one e-service of one company, or
for all of them. `access.py` checks the chain over these facts.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

from cse_portal.models import Company
from cse_portal.speed.queries import fetch_rows
from proxies.models import Proxy
from registrations.models import Ministry, Registration, Service
from users.models import User


class Facts(NamedTuple):
    """The facts about a person, an e-service and a company."""

    person_is_active: bool
    person_is_esm: bool
    #: whether the company is the person's own
    is_own: bool
    own_company_is_open: bool
    mandator_is_open: bool
    needs_tick: bool
    is_external_only: bool
    is_offered: bool
    takes_external_proxies: bool
    is_registered: bool
    #: whether the proxy is still assigned to them
    is_held: bool
    #: the scope of its right at the e-service's ministry; empty when it has no right there
    scope: str
    is_ticked: bool
    #: the proxy of that company that the person holds, or else the last one that they held
    proxy: Proxy | None


class Columns:
    """The columns of one model in a row: where they start, and how to build the instance."""

    def __init__(
        self, model: type[Model], alias: str, *, start: int, without: Sequence[str] = ()
    ) -> None:
        fields = [field for field in model._meta.concrete_fields if field.name not in without]
        self.names = [field.attname for field in fields]
        self.sql = ", ".join(f"{alias}.{field.column}" for field in fields)
        self.model, self.start, self.end = model, start, start + len(fields)

    def instance(self, row: Sequence[Any]) -> Any:
        """None where an outer join found no row."""
        if row[self.start] is None:
            return None
        return self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.start : self.end])


#: the SQL of each fact that is a single column: the first columns of a row
_FACT_COLUMNS = {
    "person_is_active": "party.person_is_active",
    "person_is_esm": f"party.role = '{User.Role.ESM}'",
    "is_own": "party.is_own",
    "own_company_is_open": "party.own_is_active",
    "mandator_is_open": "(party.mandator).is_active",
    "needs_tick": "service.needs_tick",
    "is_external_only": "service.is_external_only",
    "is_offered": "service.is_offered",
    "takes_external_proxies": "ministry.takes_external_proxies",
    "is_registered": f"coalesce(registration.status = '{Registration.Status.ACTIVE}', false)",
    "is_held": "party.is_held",
    "scope": "coalesce(access_right.scope, '')",
    "is_ticked": "ticked.id IS NOT NULL",
}
_PROXY = Columns(
    Proxy,
    "(party.proxy)",
    start=len(_FACT_COLUMNS),
    without=("given_at", "given_by", "term_starts_on"),
)
_COMPANY = Columns(Company, "(party.mandator)", start=_PROXY.end)
_SERVICE = Columns(Service, "service", start=_COMPANY.end)
_MINISTRY = Columns(
    Ministry, "ministry", start=_SERVICE.end, without=Ministry.READ_ON_ITS_OWN_PAGES
)
_ONE_MANDATOR = "SELECT %s::bigint AS id"
_ALL_MANDATORS = """
    SELECT company_id AS id FROM users_user WHERE id = %s
    UNION SELECT mandator_id FROM proxies_assignment WHERE user_id = %s
"""
# what depends on the company alone is read once for it, not once for each of its e-services
_FACTS = f"""
    SELECT {", ".join(_FACT_COLUMNS.values())}, {_PROXY.sql} {{more}}
    FROM (
        SELECT person.is_active AS person_is_active, person.role, mandator, proxy,
               coalesce(person.company_id = mandator.id, false) AS is_own,
               coalesce(own.is_active, false) AS own_is_active,
               latest.id IS NOT NULL AND latest.ended_at IS NULL AS is_held
        FROM users_user person
        LEFT JOIN cse_portal_company own ON own.id = person.company_id
        CROSS JOIN ({{mandators}}) selected
        JOIN cse_portal_company mandator ON mandator.id = selected.id
        LEFT JOIN LATERAL (
            SELECT * FROM proxies_assignment
            WHERE user_id = person.id AND mandator_id = mandator.id
            ORDER BY ended_at DESC NULLS FIRST, assigned_at DESC, id DESC LIMIT 1
        ) latest ON true
        LEFT JOIN proxies_proxy proxy ON proxy.id = latest.proxy_id
        WHERE person.id = %s
        OFFSET 0  -- PostgreSQL then plans this subquery on its own
    ) party
    CROSS JOIN registrations_service service
    JOIN registrations_ministry ministry ON ministry.id = service.ministry_id
    LEFT JOIN registrations_registration registration
        ON registration.company_id = (party.mandator).id
        AND registration.ministry_id = ministry.id
        AND registration.status <> '{Registration.Status.REFUSED}'
    LEFT JOIN proxies_accessright access_right
        ON access_right.proxy_id = (party.proxy).id AND access_right.ministry_id = ministry.id
        AND access_right.ended_at IS NULL
    LEFT JOIN proxies_tickedservice ticked
        ON ticked.access_right_id = access_right.id AND ticked.service_id = service.id
    {{which}}
"""  # noqa: S608 - our own names and values
_FACTS_FOR_ONE = _FACTS.format(mandators=_ONE_MANDATOR, more="", which="WHERE service.id = %s")
_FACTS_FOR_ALL = _FACTS.format(
    mandators=_ALL_MANDATORS, more=f", {_COMPANY.sql}, {_SERVICE.sql}, {_MINISTRY.sql}", which=""
)


def facts_for_one(person: int, service: int, mandator: int) -> Facts | None:
    """Facts about one e-service of one company; None when one of the three doesn't exist."""
    for row in fetch_rows(_FACTS_FOR_ONE, (mandator, person, service)):
        return _facts(row, _PROXY.instance(row))
    return None


def _facts(row: Sequence[Any], proxy: Proxy | None) -> Facts:
    return Facts(**dict(zip(_FACT_COLUMNS, row, strict=False)), proxy=proxy)


def facts_for_all(person: int) -> Iterator[tuple[Service, Company, Facts]]:
    """Facts about every e-service of the person's own company and of those they acted for."""
    instances: dict[tuple[Columns, int | None], Any] = {}

    def instance(columns: Columns, row: Sequence[Any]) -> Any:
        """One shared instance for each row of a table."""
        key = (columns, row[columns.start])
        if key not in instances:
            instances[key] = columns.instance(row)
        return instances[key]

    for row in fetch_rows(_FACTS_FOR_ALL, (person, person, person)):
        service = instance(_SERVICE, row)
        service.ministry = instance(_MINISTRY, row)
        yield service, instance(_COMPANY, row), _facts(row, instance(_PROXY, row))
