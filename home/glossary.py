"""The glossary of electronic services, in both languages, with the ministries' synonyms."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cse_portal.pages.bilingual import page_language


@dataclass(frozen=True)
class Term:
    """A term: its name in each language, its meaning, and its synonyms in each language."""

    anchor: str
    french: str
    english: str
    meaning: str | Promise
    also_french: str = ""
    also_english: str = ""

    @property
    def here(self) -> str:
        return self.french if page_language() == "fr" else self.english

    @property
    def elsewhere(self) -> str:
        return self.english if page_language() == "fr" else self.french

    @property
    def other_language(self) -> str:
        return "en" if page_language() == "fr" else "fr"

    @property
    def also(self) -> str:
        return self.also_french if page_language() == "fr" else self.also_english


GLOSSARY = [
    Term(
        "esm",
        "responsable des services électroniques (RSE)",
        "electronic services manager (ESM)",
        _("Runs a company’s account: registers it, creates user files, proxies and assignments."),
        also_french="personne responsable des services électroniques",
        also_english="person in charge of electronic services",
    ),
    Term(
        "user",
        "utilisateur",
        "user",
        _("A person of the company, who has only the rights of the proxy assigned to him or her."),
    ),
    Term(
        "company",
        "entreprise",
        "company",
        _(
            "The legal entity that holds the account. It has two numbers of ten digits: the NEQ, "
            "given by the enterprise registrar, and the identification number, given by Revenu "
            "Québec."
        ),
    ),
    Term(
        "department-or-agency",
        "ministère ou organisme (M/O)",
        "department or agency",
        _("Offers e-services, and decides on the registrations with it."),
        also_english="ministry",
    ),
    Term(
        "e-service",
        "service électronique",
        "e-service",
        _("One thing that an access right lets a person do at a department or agency."),
        also_french="service en ligne, prestation électronique de services",
        also_english="online service, electronic service delivery",
    ),
    Term(
        "registration",
        "inscription",
        "registration",
        _("The link between a company and a department or agency, with a date and a status."),
    ),
    Term(
        "user-file",
        "dossier de l’utilisateur",
        "user file",
        _("The record of one user: name, how to reach the person, user type."),
        also_english="user account",
    ),
    Term(
        "proxy",
        "procuration",
        "proxy",
        _("A bundle of access rights with an end date and a description, given by the mandator."),
        also_french="mandat",
        also_english="power of attorney",
    ),
    Term(
        "internal-proxy",
        "procuration interne",
        "internal proxy",
        _("For the company’s own employees."),
    ),
    Term(
        "external-proxy",
        "procuration externe",
        "external proxy",
        _("For another company, the agent: a consultant or a verifier."),
    ),
    Term("mandator", "mandant", "mandator", _("The company that gives a proxy.")),
    Term(
        "agent",
        "mandataire",
        "agent",
        _("The company that receives a proxy, and assigns it to users of its choice."),
        also_french="représentant",
        also_english="representative",
    ),
    Term(
        "access-rights",
        "droits d’accès",
        "access rights",
        _(
            "What a proxy opens at a department or agency: with restriction, only the services "
            "that are ticked; without restriction, all of its services but those that must be "
            "ticked."
        ),
    ),
    Term(
        "assignment",
        "assignation",
        "assignment",
        _("A proxy attached to a user. A user has at most one proxy of each mandator."),
    ),
    Term(
        "acknowledgment",
        "accusé de réception",
        "acknowledgment of receipt",
        _("The last page of a procedure, with its number: it can be printed."),
    ),
    Term(
        "authenticity-code",
        "code d’authenticité",
        "authenticity code",
        _(
            "Ten letters and digits on an acknowledgment of receipt: with its number, they let "
            "anyone verify that the portal made it, and whether what it made is still in force."
        ),
    ),
    Term(
        "user-code",
        "code d’utilisateur",
        "user code",
        _("What a person signs in with, beside a password: it never changes."),
    ),
    Term(
        "temporary-password",
        "mot de passe temporaire",
        "temporary password",
        _("The first password, shown once to the ESM, good for seven days."),
    ),
    Term(
        "verification-code",
        "code de vérification",
        "verification code",
        _("Seven digits sent by e-mail at each sign-in, good for one use."),
    ),
    Term(
        "operator",
        "exploitant",
        "operator",
        _("The IQEA role of whoever files the annual air emissions report."),
    ),
    Term(
        "verifier",
        "vérificateur",
        "verifier",
        _("The IQEA role of the third party who approves the report of an emitter."),
    ),
]


def in_order() -> list[Term]:
    """The glossary in the alphabetical order of the page's language."""
    return sorted(GLOSSARY, key=lambda term: term.here.replace("é", "e").casefold())
