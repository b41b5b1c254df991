"""What the access decision stands on, read from the database in one question.

No rule is here: this is what the rows say at this moment, for a person and one e-service of one
company, or for all of them. `access.py` walks the chain over it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

from cse_portal.compiled import ask
from cse_portal.models import Company
from proxies.models import Proxy
from registrations.models import Registration
from users.models import User


@dataclass(frozen=True, slots=True)
class Facts:
    """How things stand between a person, an e-service and a company."""

    mandator: Company
    service_id: int
    person_is_active: bool
    person_is_esm: bool
    #: the person's own company, none for an officer
    own_company_id: int | None
    own_company_is_open: bool
    needs_tick: bool
    is_external_only: bool
    is_offered: bool
    takes_external_proxies: bool
    is_registered: bool
    #: the proxy of that company that the person holds, or else held last
    proxy: Proxy | None
    #: whether it is still assigned to him
    is_held: bool
    #: what that proxy bundles now at the e-service's ministry; empty when it has no right there
    scope: str
    is_ticked: bool

    @property
    def is_own(self) -> bool:
        """Whether the company is the person's own."""
        return self.own_company_id == self.mandator.pk


def _columns(model: type[Model], alias: str) -> str:
    return ", ".join(f"{alias}.{field.column}" for field in model._meta.concrete_fields)


_PROXY_FIELDS = [field.attname for field in Proxy._meta.concrete_fields]
_COMPANY_FIELDS = [field.attname for field in Company._meta.concrete_fields]
#: where the columns of each begin, in a row
_COMPANY, _PROXY = 13, 13 + len(_COMPANY_FIELDS)
_ONE = "SELECT %s::bigint AS id"
_EVERY = """
    SELECT company_id AS id FROM users_user WHERE id = %s
    UNION SELECT mandator_id FROM proxies_assignment WHERE user_id = %s
"""
_FACTS = f"""
    SELECT service.id, person.is_active, person.role, person.company_id,
           coalesce(own.is_active, false), service.needs_tick, service.is_external_only,
           service.is_offered, ministry.takes_external_proxies,
           coalesce(registration.status = '{Registration.Status.ACTIVE}', false),
           latest.id IS NOT NULL AND latest.ended_at IS NULL,
           coalesce(access_right.scope, ''), ticked.id IS NOT NULL,
           {_columns(Company, "mandator")}, {_columns(Proxy, "proxy")}
    FROM users_user person
    LEFT JOIN cse_portal_company own ON own.id = person.company_id
    CROSS JOIN ({{mandators}}) wanted
    JOIN cse_portal_company mandator ON mandator.id = wanted.id
    CROSS JOIN registrations_service service
    JOIN registrations_ministry ministry ON ministry.id = service.ministry_id
    LEFT JOIN registrations_registration registration
        ON registration.company_id = mandator.id AND registration.ministry_id = ministry.id
        AND registration.status <> '{Registration.Status.REFUSED}'
    LEFT JOIN LATERAL (
        SELECT * FROM proxies_assignment
        WHERE user_id = person.id AND mandator_id = mandator.id
        ORDER BY ended_at DESC NULLS FIRST, id DESC LIMIT 1
    ) latest ON true
    LEFT JOIN proxies_proxy proxy ON proxy.id = latest.proxy_id
    LEFT JOIN proxies_accessright access_right
        ON access_right.proxy_id = proxy.id AND access_right.ministry_id = ministry.id
        AND access_right.ended_at IS NULL
    LEFT JOIN proxies_tickedservice ticked
        ON ticked.access_right_id = access_right.id AND ticked.service_id = service.id
    WHERE person.id = %s
"""  # noqa: S608 - our own names and values
_FACTS_OF_ONE = _FACTS.format(mandators=_ONE) + " AND service.id = %s"
_FACTS_OF_EVERY = _FACTS.format(mandators=_EVERY)


def facts_of_one(person: int, service: int, mandator: int) -> Facts | None:
    """Of one e-service of one company, by their keys; None when one of the three is not there."""
    return next(_facts(_FACTS_OF_ONE, mandator, person, service), None)


def facts_of_every(person: int) -> Iterator[Facts]:
    """Of every e-service of the person's own company and of those he has ever acted for."""
    return _facts(_FACTS_OF_EVERY, person, person, person)


def _facts(question: str, *keys: int) -> Iterator[Facts]:
    companies: dict[int, Company] = {}
    proxies: dict[int | None, Proxy | None] = {None: None}
    for row in ask(question, keys):
        company, proxy = row[_COMPANY], row[_PROXY]
        if company not in companies:
            columns = row[_COMPANY:_PROXY]
            companies[company] = Company.from_db(DEFAULT_DB_ALIAS, _COMPANY_FIELDS, columns)
        if proxy not in proxies:
            proxies[proxy] = Proxy.from_db(DEFAULT_DB_ALIAS, _PROXY_FIELDS, row[_PROXY:])
        yield Facts(
            mandator=companies[company],
            service_id=row[0],
            person_is_active=row[1],
            person_is_esm=row[2] == User.Role.ESM,
            own_company_id=row[3],
            own_company_is_open=row[4],
            needs_tick=row[5],
            is_external_only=row[6],
            is_offered=row[7],
            takes_external_proxies=row[8],
            is_registered=row[9],
            proxy=proxies[proxy],
            is_held=row[10],
            scope=row[11],
            is_ticked=row[12],
        )
