"""How a visitor comes to a page: what is posted before it, which nobody measures.

The four procedures, each in the order that the published one has: a registration (section 1), a
user file (2), a proxy (3), its assignment (4).
"""

import random
import string
from collections.abc import Callable
from typing import Any

from bench.visitor import Answer, Visitor, seal_of, sent_by

FILE = {
    "family_name": "Roy",
    "first_name": "Zoé",
    "email": "zoe@entreprise.example",
    "telephone": "418 555-0142",
    "language": "fr",
    "role": "user",
}
TERMS = {
    "kind": "internal",
    "agent_number": "",
    "ends_on": "2029-01-31",
    "description": "Banc d’essai",
    "ministry": "melccfp",
}
RIGHTS = {"scope": "restricted", "services": "iqea-operator"}
SIGN_IN = "/fr/connexion/"
HOME, FILES, PROXIES = "/fr/accueil/", "/fr/dossiers/", "/fr/procurations/"
CREATION, NEW_PROXY = "/fr/dossiers/creation/", "/fr/procurations/ajouter/"
MINISTRIES = "/fr/inscriptions/"
#: no company is registered there by the seeds
REGISTRATION = f"{MINISTRIES}inscrire/mamh/"

Company = dict[str, Any]
Way = Callable[[Visitor, Company], str]


def a_file() -> dict[str, str]:
    """Of somebody whose name is rare: of a frequent one, codes are taken and tried again."""
    name = "".join(random.choices(string.ascii_lowercase, k=6)).capitalize()  # noqa: S311
    return FILE | {"family_name": name}


def to_password(visitor: Visitor, company: Company) -> str:
    return post_user_code(visitor, company).location


def post_user_code(visitor: Visitor, company: Company) -> Answer:
    return visitor.post(SIGN_IN, user_code=company["esm"]["user_code"])


def to_the_consent(visitor: Visitor, _company: Company) -> str:
    return visitor.post(REGISTRATION).location


def to_the_registrations_check(visitor: Visitor, company: Company) -> str:
    return visitor.post(to_the_consent(visitor, company), consents="on").location


def to_the_files_check(visitor: Visitor, _company: Company) -> str:
    return visitor.post(CREATION, **a_file()).location


def to_the_rights(visitor: Visitor, _company: Company) -> str:
    return visitor.post(NEW_PROXY, **TERMS, detour="rights").location


def to_the_proxys_check(visitor: Visitor, company: Company) -> str:
    """Terms, rights at a ministry, terms again."""
    terms = visitor.post(to_the_rights(visitor, company), **RIGHTS).location
    return visitor.post(terms, **TERMS).location


def to_the_users(visitor: Visitor, company: Company) -> str:
    chosen = visitor.get(f"{PROXIES}?proxy={company['proxy']}&assign=1").location
    return visitor.post(chosen).location


def to_the_assignments_check(visitor: Visitor, company: Company) -> str:
    """The last of those who hold no proxy yet gets this one."""
    users = to_the_users(visitor, company)
    *_others, last = sent_by(visitor.get(users).page, "users")
    return visitor.post(users, users=last).location


def to_transmit(check: Way) -> Callable[[Visitor, Company], tuple[str, str]]:
    """The verification page that this way leads to, and the seal that it bears."""

    def ready(visitor: Visitor, company: Company) -> tuple[str, str]:
        address = check(visitor, company)
        return address, seal_of(visitor.get(address).page)

    return ready


def transmitted(visitor: Visitor, ready: tuple[str, str]) -> Answer:
    address, seal = ready
    return visitor.post(address, seal=seal)


def to_the_acknowledgment(check: Way) -> Way:
    """What was verified there is transmitted."""

    def sent(visitor: Visitor, company: Company) -> str:
        ready = to_transmit(check)(visitor, company)
        transmitted(visitor, ready)
        address, _seal = ready
        return visitor.get(address).location  # transmitted already: leads to its acknowledgment

    return sent
