"""The pages that are measured, who opens them, and what each may cost: times the floor's CPU."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.visitor import Answer, Visitor, seal_of

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
CREATION, MINISTRIES = "/fr/dossiers/creation/", "/fr/inscriptions/"
PROXIES, NEW_PROXY = "/fr/procurations/", "/fr/procurations/ajouter/"
DRAFTS, ROWS = "drafts", "rows"


@dataclass(frozen=True)
class Page:
    """A page: `prepare` is not measured and hands `visit` what it needs."""

    name: str
    goal: float
    visit: Callable[[Visitor, Any], Answer]
    prepare: Callable[[Visitor, dict[str, Any]], Any] = lambda _visitor, company: company
    who: str = "esm"
    expects: int = 200
    #: which of the companies: one of them all, or the n-th of the larger ones
    larger: int | None = None
    #: what it leaves in its companies: nothing, drafts, or rows; each kind has companies of its own
    leaves: str = ""


def at(path: str) -> Callable[[Visitor, Any], Answer]:
    return lambda visitor, _company: visitor.get(path)


def to_password(visitor: Visitor, company: dict[str, Any]) -> Any:
    visitor.post("/fr/connexion/", user_code=company["esm"]["user_code"])
    return company


def to_check(visitor: Visitor, _company: dict[str, Any]) -> str:
    return visitor.post(CREATION, **FILE).location


def to_transmission(visitor: Visitor, company: dict[str, Any]) -> tuple[str, str]:
    check = to_check(visitor, company)
    return check, seal_of(visitor.get(check).page)


def to_the_proxys_check(visitor: Visitor, _company: dict[str, Any]) -> str:
    """Terms, rights at a ministry, terms again: the way that the procedure has it (section 3)."""
    rights = visitor.post(NEW_PROXY, **TERMS, detour="rights").location
    terms = visitor.post(rights, **RIGHTS).location
    return visitor.post(terms, **TERMS).location


def to_the_proxys_transmission(visitor: Visitor, company: dict[str, Any]) -> tuple[str, str]:
    check = to_the_proxys_check(visitor, company)
    return check, seal_of(visitor.get(check).page)


def to_users(visitor: Visitor, company: dict[str, Any]) -> str:
    """The draft of an assignment, at the choice of its users (procedure, section 4)."""
    chosen = visitor.get(f"{PROXIES}?proxy={company['proxy']}&assign=1").location
    return visitor.post(chosen).location


def transmitted(visitor: Visitor, ready: tuple[str, str]) -> Answer:
    return visitor.post(ready[0], seal=ready[1])


def shown(visitor: Visitor, address: str) -> Answer:
    return visitor.get(address)


PAGES = [
    Page("sign-in: user code", 1.0, at("/fr/connexion/"), who=""),
    Page(
        "sign-in: user code, posted",
        1.0,
        lambda visitor, company: visitor.post(
            "/fr/connexion/", user_code=company["esm"]["user_code"]
        ),
        who="",
        expects=302,
    ),
    Page("sign-in: password", 1.0, at("/fr/connexion/mot-de-passe/"), to_password, who=""),
    Page("home of an ESM", 2.0, at("/fr/accueil/")),
    Page("home of a user", 2.0, at("/fr/accueil/"), who="user"),
    Page(
        "acknowledgment",
        2.0,
        lambda visitor, company: visitor.get(
            f"{CREATION}{company['receipt']}/accuse-de-reception/"
        ),
    ),
    Page("list of 5 people", 3.0, at("/fr/dossiers/")),
    Page("list of 25 people of 25", 3.0, at("/fr/dossiers/"), larger=0),
    Page("list of 25 people of 5,000", 3.0, at("/fr/dossiers/"), larger=1),
    Page("list of proxies", 3.0, at(PROXIES)),
    Page("list of ministries", 3.0, at(MINISTRIES)),
    Page("form of a user file", 3.0, at(CREATION)),
    Page("form of a registration", 3.0, at(f"{MINISTRIES}inscrire/mamh/")),
    Page("form of a proxy", 3.0, at(NEW_PROXY)),
    Page("form of an assignment", 3.0, shown, to_users, leaves=DRAFTS),
    Page("verification of a user file", 3.0, shown, to_check, leaves=DRAFTS),
    Page("verification of a proxy", 3.0, shown, to_the_proxys_check, leaves=DRAFTS),
    Page("user file: transmit", 5.0, transmitted, to_transmission, expects=302, leaves=ROWS),
    Page("proxy: transmit", 5.0, transmitted, to_the_proxys_transmission, expects=302, leaves=ROWS),
]
