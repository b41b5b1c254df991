"""Fills a database with companies by COPY: five people, two registrations, two proxies each.

Every company: an ESM and four users; registered, active, with two ministries; an internal proxy
with full rights at both, held by two users; an external proxy given to the next company, held
there by one; a receipt, two events, an unread message. Then one company of 25 people, one of
5,000, and one of 25 people with as many proxies. Triggers sleep meanwhile: the trail is computed
after it (`bench/chaining.py`).
"""

import json
import uuid
from base64 import b32encode
from collections.abc import Callable, Iterator
from itertools import cycle

import psycopg

from bench.chaining import chain
from cse_portal.commands.progress import Progress

NOW, TODAY, ENDS = "2026-11-23 12:00:00+00", "2026-11-23", "2029-11-22"
CHUNK = 5_000  # companies
NAMES = ("Tremblay", "Gagnon", "Roy", "Côté", "Bouchard", "Gauthier", "Morin", "Lavoie", "Fortin")
FIRST = ("Marie", "Zoé", "Émile", "Luc", "Nathalie", "Jean", "Sophie", "Tommy", "Priya", "Mamadou")
#: people of the companies that have more than five, after the others; the last has more proxies
LARGER = (25, 5_000, 25)
PROXIES_OF_THE_LAST = 25
SCRAMBLE = 0x9E3779B97F4A7C15F39CC0605CEDC835
NONE = r"\N"


class Seeds:
    """The rows of `companies` companies, table by table, as COPY's text."""

    def __init__(self, companies: int, password: str, ministries: list[int], service: int) -> None:
        self.companies, self.password = companies, password
        self.ministries, self.service = ministries, service
        #: keys of the people of the larger companies follow those of the others
        self.larger = {companies + 1 + n: people for n, people in enumerate(LARGER)}

    @property
    def tables(self) -> dict[str, Callable[[int], Iterator[str]]]:
        """What each table gets of one company, parents first."""
        return {
            "cse_portal_company (id, identification_number, neq, name, is_active)": self.company,
            "users_user (id, password, last_login, is_superuser, user_code, role, family_name,"
            " first_name, email, telephone, extension, language, is_active, created_at,"
            " company_id)": self.people,
            "registrations_registration (id, status, requested_on, answers, decided_at, reason_fr,"
            " reason_en, company_id, ministry_id, requested_by_id)": self.registrations,
            "proxies_proxy (id, term_starts_on, ends_on, description, given_at, agent_id,"
            " given_by_id, mandator_id)": self.proxies,
            "proxies_accessright (id, scope, granted_at, mandator_id, ministry_id,"
            " registration_id, proxy_id)": self.rights,
            "proxies_tickedservice (id, access_right_id, ministry_id, service_id,"
            " iqea_role)": self.ticked,
            "proxies_assignment (id, assigned_at, assigned_by_id, company_id, mandator_id,"
            " user_id, proxy_id)": self.assignments,
            "cse_portal_receipt (id, number, transmitted_at, flow, subject, language, outcome,"
            " groups, consequences, company_id, transmitted_by_id)": self.receipt,
            "notices_event (id, occurrence, kind, at, by_party, about, facts, by_id, company_id,"
            " receipt_id)": self.events,
            "notices_message (id, kind, facts, written_at, emailed_at, company_id,"
            " user_id)": self.message,
        }

    def rows(self, table: Callable[[int], Iterator[str]]) -> Iterator[str]:
        """Text for COPY, some companies at a time."""
        last = self.companies + len(self.larger)
        for start in range(1, last + 1, CHUNK):
            of_these = range(start, min(start + CHUNK, last + 1))
            yield "\n".join(row for company in of_these for row in table(company)) + "\n"

    def keys(self, company: int) -> range:
        """Keys of its people; the first is the ESM."""
        if company <= self.companies:
            return range(company * 5 - 4, company * 5 + 1)
        first = (
            self.companies * 5
            + 1
            + sum(people for other, people in self.larger.items() if other < company)
        )
        return range(first, first + self.larger[company])

    def company(self, c: int) -> Iterator[str]:
        yield f"{c}\t{10**9 + c}\t{1_100_000_000 + c}\tEntreprise {c} inc.\tt"

    def people(self, c: int) -> Iterator[str]:
        for nth, key in enumerate(self.keys(c)):
            name, first = NAMES[(key * 7) % 9], FIRST[key % 10]
            yield (
                f"{key}\t{self.password}\t{NOW}\tf\tB{key:08d}\t{'user' if nth else 'esm'}\t{name}"
                f"\t{first}\tp{key}@entreprise.example\t418 555-0142\t\tfr\tt\t{NOW}\t{c}"
            )

    def registrations(self, c: int) -> Iterator[str]:
        for nth, ministry in enumerate(self.ministries):
            yield (
                f"{c * 2 - 1 + nth}\tactive\t{TODAY}\t[]\t{NOW}\t\t\t{c}\t{ministry}"
                f"\t{self.keys(c)[0]}"
            )

    def proxies(self, c: int) -> Iterator[str]:
        esm, agent = self.keys(c)[0], c % self.companies + 1
        yield f"{c * 2 - 1}\t{TODAY}\t{ENDS}\tEmployés\t{NOW}\t{NONE}\t{esm}\t{c}"
        yield f"{c * 2}\t{TODAY}\t{ENDS}\tConsultants\t{NOW}\t{agent}\t{esm}\t{c}"
        for nth, key in enumerate(self.more_proxies(c), start=1):
            yield f"{key}\t{TODAY}\t{ENDS}\tÉquipe {nth}\t{NOW}\t{NONE}\t{esm}\t{c}"

    def more_proxies(self, c: int) -> range:
        """Keys of the proxies that only the last company has; they follow those of all."""
        last = self.companies + len(LARGER)
        return range(c * 2 + 1, c * 2 + PROXIES_OF_THE_LAST - 1) if c == last else range(0)

    def rights(self, c: int) -> Iterator[str]:
        a, b = self.ministries
        yield f"{c * 3 - 2}\tfull\t{NOW}\t{c}\t{a}\t{c * 2 - 1}\t{c * 2 - 1}"
        yield f"{c * 3 - 1}\tfull\t{NOW}\t{c}\t{b}\t{c * 2}\t{c * 2 - 1}"
        yield f"{c * 3}\trestricted\t{NOW}\t{c}\t{a}\t{c * 2 - 1}\t{c * 2}"
        for key, proxy in enumerate(self.more_proxies(c), start=c * 3 + 1):
            yield f"{key}\tfull\t{NOW}\t{c}\t{a}\t{c * 2 - 1}\t{proxy}"

    def ticked(self, c: int) -> Iterator[str]:
        yield f"{c}\t{c * 3}\t{self.ministries[0]}\t{self.service}\toperator"

    def assignments(self, c: int) -> Iterator[str]:
        esm, *users = self.keys(c)
        if c > self.companies:
            proxies = [c * 2 - 1, *self.more_proxies(c)]
            for user, proxy in zip(users, cycle(proxies), strict=False):
                yield f"{self.companies * 3 + user}\t{NOW}\t{esm}\t{c}\t{c}\t{user}\t{proxy}"
            return
        client = (c - 2) % self.companies + 1
        yield f"{c * 3 - 2}\t{NOW}\t{esm}\t{c}\t{c}\t{users[0]}\t{c * 2 - 1}"
        yield f"{c * 3 - 1}\t{NOW}\t{esm}\t{c}\t{c}\t{users[1]}\t{c * 2 - 1}"
        yield f"{c * 3}\t{NOW}\t{esm}\t{c}\t{client}\t{users[0]}\t{client * 2}"

    def receipt(self, c: int) -> Iterator[str]:
        number = b32encode((c * SCRAMBLE % 2**40).to_bytes(5)).decode()
        esm, created, *_others = self.keys(c)
        yield (
            f"{receipt_key(c)}\tCSE-2026-{number}\t{NOW}\tcreate-user-file\t{created}\tfr"
            f"\tLe dossier est créé.\t{ANSWERS}\t[]\t{c}\t{esm}"
        )

    def events(self, c: int) -> Iterator[str]:
        esm, created, *_others = self.keys(c)
        yield (
            f"{c * 2 - 1}\t{uuid.UUID(int=c * SCRAMBLE * 3 % 2**128)}\tfile.created\t{NOW}\t"
            f"\tuser:{created}\t{FACTS}\t{esm}\t{c}\t{receipt_key(c)}"
        )
        yield (
            f"{c * 2}\t{uuid.UUID(int=c * SCRAMBLE * 5 % 2**128)}\tproxy.given\t{NOW}\t"
            f"\tproxy:{c * 2 - 1}\t{FACTS}\t{esm}\t{c}\t{NONE}"
        )

    def message(self, c: int) -> Iterator[str]:
        yield f"{c}\tproxy.received\t{FACTS}\t{NOW}\t{NOW}\t{c}\t{self.keys(c)[0]}"


def receipt_key(company: int) -> uuid.UUID:
    return uuid.UUID(int=company * SCRAMBLE % 2**128)


FACTS = json.dumps(
    {
        "name": "Zoé Roy",
        "code": "B00000002",
        "company": "Entreprise",
        "proxy": "Employés",
        "mandator": "Entreprise",
        "ends_on": ENDS,
    },
    ensure_ascii=False,
)
ANSWERS = json.dumps(
    [
        {
            "title": "Dossier",
            "rows": [
                {"label": "Nom de famille", "values": ["Roy"]},
                {"label": "Prénom", "values": ["Zoé"]},
                {"label": "Adresse de courriel", "values": ["zoe@entreprise.example"]},
            ],
        }
    ],
    ensure_ascii=False,
)


def copy_rows(connection: psycopg.Connection, seeds: Seeds) -> None:
    """The rows themselves; `tests/speed/test_seeds.py` holds them to the tables of today."""
    progress = Progress("seeds")
    connection.execute("SET session_replication_role = replica")  # no trigger, no foreign key
    for table, of_one in seeds.tables.items():
        progress.begin(f"companies in {table.partition(' ')[0]}", seeds.companies)
        with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for text in seeds.rows(of_one):
                copy.write(text)
                progress.advance(CHUNK)
    progress.end()
    connection.execute("SET session_replication_role = origin")


def fill(connection: psycopg.Connection, seeds: Seeds) -> None:
    """All tables, in one go, as the server's administrator."""
    copy_rows(connection, seeds)
    serial = connection.execute(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND a.attidentity <> ''"
    ).fetchall()
    for name, column in serial:
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{name}', '{column}'),"  # noqa: S608
            f" coalesce(max({column}), 0) + 1, false) FROM {name}"
        )
    chain(connection)
    connection.execute("VACUUM (ANALYZE)")
    connection.execute("CHECKPOINT")
