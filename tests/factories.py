"""One plain function per model: valid by default, every argument a keyword."""

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import count
from typing import Any, TypeVar

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import Model

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company, Draft, KeyOnRecord, Receipt
from home.models import Restore
from notices.models import AccountLetter, Event, Message, TrailEntry, TrailHead
from proxies.models import AccessRight, Assignment, Proxy, TickedService
from proxies.terms import last_allowed_day
from registrations.models import Ministry, Question, Registration, Service
from users.models import User

Row = TypeVar("Row", bound=Model)

serial = count(1)


def make(model: type[Row], **fields: Any) -> Row:
    """Build, validate, save: a factory never makes a row that a form could not.

    Constraints are PostgreSQL's to check, as it saves: each would be another query here.
    """
    with across_companies(because="tests arrange every company"):
        row = model(**fields)
        row.full_clean(validate_unique=False, validate_constraints=False)
        row.save()
    return row


# --- companies and people -----------------------------------------------------------------------


def a_company(**fields: Any) -> Company:
    n = next(serial)
    usual = {
        "identification_number": f"{2_000_000_000 + n}",
        "neq": f"{1_180_000_000 + n}",
        "name": f"Entreprise {n} inc.",
    }
    return make(Company, **usual | fields)


#: a password that nobody types
UNTYPED = "Une phrase que personne ne tape"

#: what an ESM types to create a user file
A_PERSON = {
    "family_name": "Roy",
    "first_name": "Zoé",
    "email": "zoe@entreprise.example",
    "telephone": "418 555-0142",
    "language": "fr",
    "role": "user",
}


def a_user(*, company: Company | None = None, password: str = "", **fields: Any) -> User:
    """A user of a company; `password` is what they type, none by default."""
    n = next(serial)
    usual = {
        "user_code": f"TEST{n:04}",
        "family_name": "Gagné",
        "first_name": "Julie",
        "email": f"personne{n}@entreprise.example",
        "password": make_password(password or None),
    }
    return make(User, company=company or a_company(), **usual | fields)


def an_esm(**fields: Any) -> User:
    """An ESM who can sign in: by a password of their own, which nobody types unless it is given."""
    return a_user(role=User.Role.ESM, **{"password": UNTYPED} | fields)


def an_officer(*, password: str = "", **fields: Any) -> User:
    """A ministry officer with every permission in the admin."""
    n = next(serial)
    usual = {
        "user_code": f"MO{n:06}",
        "family_name": "Officier",
        "first_name": "Camille",
        "email": f"agent{n}@ministere.example",
        "is_superuser": True,
        "password": make_password(password or None),
    }
    return make(User, company=None, role=User.Role.OFFICER, **usual | fields)


# --- departments, agencies, registrations ---------------------------------------------------------


def a_ministry(**fields: Any) -> Ministry:
    n = next(serial)
    usual = {
        "code": f"mo-{n}",
        "acronym": f"MO{n}",
        "name_fr": f"Ministère {n}",
        "name_en": f"Department {n}",
        "consent_fr": "Je consens.",
        "consent_en": "I consent.",
        "telephone": "418 555-0100",
    }
    return make(Ministry, **usual | fields)


def a_question(*, ministry: Ministry | None = None, **fields: Any) -> Question:
    n = next(serial)
    usual = {"code": f"question-{n}", "label_fr": f"Question {n}", "label_en": f"Question {n}"}
    return make(Question, ministry=ministry or a_ministry(), **usual | fields)


def a_service(*, ministry: Ministry | None = None, **fields: Any) -> Service:
    n = next(serial)
    usual = {"code": f"service-{n}", "name_fr": f"Service {n}", "name_en": f"E-service {n}"}
    return make(Service, ministry=ministry or a_ministry(), **usual | fields)


def an_operator_service(**fields: Any) -> Service:
    """« Identification de l'exploitant »: it must be ticked."""
    usual: dict[str, Any] = {"needs_tick": True, "iqea_role": Service.IQEARole.OPERATOR}
    return a_service(**usual | fields)


def a_verifier_service(**fields: Any) -> Service:
    """« Identification du vérificateur »: it must be ticked, in external proxies only."""
    usual: dict[str, Any] = {
        "needs_tick": True,
        "is_external_only": True,
        "iqea_role": Service.IQEARole.VERIFIER,
    }
    return a_service(**usual | fields)


def a_registration(
    *, company: Company | None = None, ministry: Ministry | None = None, **fields: Any
) -> Registration:
    """A registration in process."""
    return make(
        Registration, company=company or a_company(), ministry=ministry or a_ministry(), **fields
    )


def an_active_registration(**fields: Any) -> Registration:
    usual: dict[str, Any] = {"status": Registration.Status.ACTIVE, "decided_at": clock.now()}
    return a_registration(**usual | fields)


def a_refused_registration(**fields: Any) -> Registration:
    usual: dict[str, Any] = {
        "status": Registration.Status.REFUSED,
        "decided_at": clock.now(),
        "reason_fr": "Numéro introuvable.",
    }
    return a_registration(**usual | fields)


DEACTIVATED: dict[str, Any] = {
    "status": Registration.Status.DEACTIVATED,
    "decided_at": clock.now(),
    "deactivated_at": clock.now(),
}


def a_deactivated_registration(**fields: Any) -> Registration:
    return a_registration(**DEACTIVATED | fields)


# --- proxies --------------------------------------------------------------------------------------


def a_proxy(
    *,
    mandator: Company | None = None,
    given_by: User | None = None,
    term_starts_on: date | None = None,
    **fields: Any,
) -> Proxy:
    """An internal proxy of the longest term, without rights yet; external with an `agent`."""
    mandator = mandator or (given_by.company if given_by else None) or a_company()
    starts = term_starts_on or clock.today()
    usual = {"ends_on": last_allowed_day(starts), "description": f"Procuration {next(serial)}"}
    return make(
        Proxy,
        mandator=mandator,
        given_by=given_by or an_esm(company=mandator),
        term_starts_on=starts,
        **usual | fields,
    )


def an_access_right(
    *,
    proxy: Proxy | None = None,
    ministry: Ministry | None = None,
    services: Iterable[Service] = (),
    **fields: Any,
) -> AccessRight:
    """Without restriction; with restriction to `services` where some are given.

    The mandator's registration is made if there is none yet.
    """
    services = list(services)
    proxy = proxy or a_proxy()
    ministry = ministry or (services[0].ministry if services else a_ministry())
    usual = {
        "mandator": proxy.mandator,
        "registration": fields.pop("registration", None)
        or _standing_registration(proxy.mandator, ministry),
        "scope": AccessRight.Scope.RESTRICTED if services else AccessRight.Scope.FULL,
    }
    right = make(AccessRight, proxy=proxy, ministry=ministry, **usual | fields)
    for service in services:
        a_ticked_service(access_right=right, service=service)
    return right


def _standing_registration(company: Company, ministry: Ministry) -> Registration:
    with across_companies(because="tests arrange every company"):
        standing = Registration.objects.standing().filter(company=company, ministry=ministry)
        if registration := standing.first():
            return registration
    return an_active_registration(company=company, ministry=ministry)


def a_ticked_service(
    *, access_right: AccessRight | None = None, service: Service | None = None, **fields: Any
) -> TickedService:
    if access_right is None:
        service = service or a_service()
        access_right = an_access_right(
            ministry=service.ministry, scope=AccessRight.Scope.RESTRICTED
        )
    service = service or a_service(ministry=access_right.ministry)
    usual = {"ministry": access_right.ministry, "iqea_role": service.iqea_role}
    return make(TickedService, access_right=access_right, service=service, **usual | fields)


def an_assignment(
    *, proxy: Proxy | None = None, user: User | None = None, **fields: Any
) -> Assignment:
    """A proxy in the hands of a user of the company that holds it."""
    proxy = proxy or a_proxy(mandator=user.company if user else None)
    holder = proxy.agent or proxy.mandator
    usual: dict[str, Any] = {"company": holder, "mandator": proxy.mandator}
    if "assigned_by" not in fields:
        usual["assigned_by"] = an_esm(company=holder)
    return make(Assignment, proxy=proxy, user=user or a_user(company=holder), **usual | fields)


# --- notices ------------------------------------------------------------------------------------


def an_event(*, company: Company | None = None, **fields: Any) -> Event:
    usual = {"kind": "file.created", "facts": {"name": "Julie Gagné", "code": "GAGN1234"}}
    return make(Event, company=company or a_company(), **usual | fields)


def a_message(*, user: User | None = None, **fields: Any) -> Message:
    user = user or a_user()
    facts = {"proxy": "IQEA", "mandator": "Aciérie", "ends_on": "2026-12-31", "agent": ""}
    usual = {"kind": "assignment.made", "facts": facts}
    return make(Message, user=user, company=user.company, **usual | fields)


def an_account_letter(*, user: User | None = None, **fields: Any) -> AccountLetter:
    usual = {"template": "codes_closed", "facts": {"minutes": 15}}
    return make(AccountLetter, user=user or a_user(), **usual | fields)


def a_trail_entry(*, event: Event | None = None) -> TrailEntry:
    """PostgreSQL writes it with its event."""
    return TrailEntry._base_manager.get(event=event or an_event())


def a_trail_head(*, company: Company | None = None) -> TrailHead:
    """PostgreSQL writes it when a transaction of the company ends."""
    event = an_event(company=company) if company else an_event()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return TrailHead._base_manager.get(company=event.company)


# --- drafts and receipts --------------------------------------------------------------------------


def a_draft(*, author: User | None = None, **fields: Any) -> Draft:
    author = author or an_esm()
    usual = {"flow": "create-user-file", "answers": {"user": {"first_name": ["Julie"]}}}
    return make(Draft, company=author.company, author=author, **usual | fields)


def a_receipt(*, transmitted_by: User | None = None, **fields: Any) -> Receipt:
    transmitted_by = transmitted_by or an_esm()
    usual = {
        "id": uuid.uuid4(),
        "number": Receipt.draw_number(year=2026),
        "flow": "create-user-file",
        "language": "fr",
        "outcome": "Le dossier de Julie Gagné est créé.",
        "groups": [{"title": "Utilisateur", "rows": [{"label": "Prénom", "values": ["Julie"]}]}],
        "consequences": ["Julie Gagné n’ouvrira rien."],
    }
    return make(
        Receipt, company=transmitted_by.company, transmitted_by=transmitted_by, **usual | fields
    )


# --- the portal itself ----------------------------------------------------------------------------


def a_key_on_record(**fields: Any) -> KeyOnRecord:
    n = next(serial)
    usual = {"purpose": "receipts", "number": n, "fingerprint": f"{n:016x}"}
    return make(KeyOnRecord, **usual | fields)


def a_restore(**fields: Any) -> Restore:
    """A restore to the state of two hours ago, of which one hour was served."""
    now = clock.now()
    usual = {"lost_from": now - timedelta(hours=2), "lost_until": now - timedelta(hours=1)}
    return make(Restore, **usual | fields)
