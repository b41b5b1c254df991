"""The demo data: real ministries, invented companies and people (domain, section 7)."""

from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.db import transaction

from cse_portal import clock
from cse_portal.commands.progress import Progress
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company
from proxies import actions as proxy_actions
from proxies.models import AccessRight, Proxy
from proxies.rules import Rights
from proxies.terms import last_allowed_day
from registrations import actions as registration_actions
from registrations.models import Ministry, Registration, Service
from sandbox.reference import MINISTRIES
from users.models import User

PASSWORD = "Simulation-CSE-2026"
OFFICER = "OFFICIER"


@dataclass(frozen=True)
class Person:
    """A person of a demo company."""

    user_code: str
    first_name: str
    family_name: str
    is_esm: bool = False
    language: str = "fr"


@dataclass(frozen=True)
class DemoCompany:
    """A demo company, its description in both languages, and its people."""

    number: str
    neq: str
    name: str
    domain: str
    story_fr: str
    story_en: str
    people: list[Person] = field(default_factory=list)


COMPANIES = [
    DemoCompany(
        "1000000001",
        "1170000001",
        "Aciérie Boréale inc.",
        "acierie-boreale.example",
        "un émetteur dont les quatre étapes sont à faire",
        "an emitter whose four steps are still to do",
        [
            Person("TREM1001", "Marie", "Tremblay", is_esm=True),
            Person("COTE1002", "Zoé", "Côté-L’Heureux"),
            Person("NGUY1003", "Émile", "Nguyen"),
            Person("OBRI1004", "Kathleen", "O’Brien", language="en"),
        ],
    ),
    DemoCompany(
        "1000000002",
        "1170000002",
        "Conseils Air Pur inc.",
        "conseils-air-pur.example",
        "un cabinet de conseil, qui reçoit des procurations",
        "a consulting firm, which receives proxies",
        [
            Person("GAGN2001", "Luc", "Gagnon", is_esm=True),
            Person("BELA2002", "Amélie", "Bélanger"),
            Person("SING2003", "Priya", "Singh", language="en"),
        ],
    ),
    DemoCompany(
        "1000000003",
        "1170000003",
        "Vérification Laurentides inc.",
        "verification-laurentides.example",
        "un organisme de vérification, qui reçoit des procurations",
        "a verification body, which receives proxies",
        [
            Person("ROYA3001", "Nathalie", "Roy", is_esm=True),
            Person("DIAL3002", "Mamadou", "Diallo"),
        ],
    ),
    DemoCompany(
        "1000000004",
        "1170000004",
        "Cimenterie du Fjord inc.",
        "cimenterie-du-fjord.example",
        "un émetteur dont les quatre étapes sont faites",
        "an emitter whose four steps are done",
        [
            Person("BOUC4001", "Jean", "Bouchard", is_esm=True),
            Person("COTE4002", "Sophie", "Côté"),
            Person("LAVO4003", "Tommy", "Lavoie"),
        ],
    ),
]
DONE_COMPANY = COMPANIES[3]


@transaction.atomic
def load(progress: Progress | None = None) -> None:
    """Create the demo data that is missing; leave existing rows as they are."""
    with across_companies(because="the demo tells several companies' stories"):
        ministries = load_reference()
        password = make_password(PASSWORD)
        load_officer(password)
        if progress:
            progress.begin("companies", len(COMPANIES))
        for company in COMPANIES:
            load_company(company, password, ministries)
            if progress:
                progress.advance()


def load_reference() -> dict[str, Ministry]:
    """Departments, agencies and their e-services."""
    ministries = {}
    for entry in MINISTRIES:
        fields = dict(entry)
        services, questions = fields.pop("services"), fields.pop("questions", [])
        ministry, is_new = Ministry.objects.get_or_create(code=fields.pop("code"), defaults=fields)
        ministries[ministry.code] = ministry
        if not is_new:
            continue
        for position, service in enumerate(services, start=1):
            Service.objects.create(ministry=ministry, position=position, **service)
        for position, question in enumerate(questions, start=1):
            ministry.questions.create(position=position, **question)
    return ministries


def load_officer(password: str) -> None:
    """The officer who decides in the admin."""
    User.objects.get_or_create(
        user_code=OFFICER,
        defaults={
            "role": User.Role.OFFICER,
            "is_superuser": True,
            "family_name": "Officier",
            "first_name": "Camille",
            "email": "officier@ministere.example",
            "password": password,
        },
    )


def load_company(demo: DemoCompany, password: str, ministries: dict[str, Ministry]) -> None:
    """A company with its people, registered with Revenu Québec from day one."""
    company, is_new = Company.objects.get_or_create(
        identification_number=demo.number, defaults={"neq": demo.neq, "name": demo.name}
    )
    if not is_new:
        return
    for person in demo.people:
        mailbox = person.user_code[:4].lower()
        User.objects.create(
            company=company,
            user_code=person.user_code,
            role=User.Role.ESM if person.is_esm else User.Role.USER,
            first_name=person.first_name,
            family_name=person.family_name,
            email=f"{mailbox}@{demo.domain}",
            telephone="418 555-0142",
            language=person.language,
            password=password,
        )
    Registration.objects.create(
        company=company,
        ministry=ministries["revenu-quebec"],
        status=Registration.Status.ACTIVE,
        decided_at=clock.now(),
    )
    if demo is DONE_COMPANY:
        do_four_steps(company, ministries["melccfp"])


def do_four_steps(company: Company, melccfp: Ministry) -> None:
    """Do the four steps of the procedure, so that a user of the company can open IQEA."""
    esm = User.objects.get(user_code=DONE_COMPANY.people[0].user_code)
    user = User.objects.get(user_code=DONE_COMPANY.people[1].user_code)
    registration = registration_actions.register(melccfp, by=esm, answers=[])
    registration_actions.accept(registration, by=User.objects.get(user_code=OFFICER))
    operator = Service.objects.get(ministry=melccfp, iqea_role=Service.IQEARole.OPERATOR)
    rights = {melccfp: Rights(AccessRight.Scope.RESTRICTED, frozenset({operator}))}
    proxy: Proxy = proxy_actions.create(
        by=esm,
        ends_on=last_allowed_day(clock.today()),
        description="IQEA – exploitant",
        rights=rights,
    )
    proxy_actions.assign(proxy, to=[user], by=esm)


def welcome(address: str) -> str:
    """The text that `make demo` prints once the portal is ready."""
    lines = [
        "",
        f"  CSE · Simulation          {address}",
        f"  Courriels · E-mails       {address}fr/simulation/courriels/",
        f"  Admin (ministères)        {address}fr/admin/",
        "",
        f"  Mot de passe · Password   {PASSWORD}",
        "",
    ]
    for company in COMPANIES:
        lines.append(f"  {company.name} ({company.number}) : {company.story_fr}")
        for person in company.people:
            role = "RSE · ESM" if person.is_esm else "utilisateur · user"
            name = f"{person.first_name} {person.family_name}"
            lines.append(f"    {person.user_code:10}{name:24}{role}")
    lines += [f"    {OFFICER:10}{'Camille Officier':24}ministère · ministry (admin)", ""]
    lines.append("  Ctrl-C : arrêter · stop      make demo-reset : tout recommencer · start afresh")
    return "\n".join(lines)
