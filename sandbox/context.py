"""Template variables that exist only in a simulation: its demo people and its mailbox."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cse_portal.pages.addresses import address
from cse_portal.pages.bilingual import page_language
from sandbox.demo_companies import COMPANIES, OFFICER, PASSWORD


def demo_people(request: HttpRequest) -> dict[str, object]:
    """The demo companies, their people and their password, none of which is secret.

    Also the address of the simulated mailbox, and the template of the link by which an ESM plays a
    ministry's answer.
    """
    return {
        "demo_cards": demo_cards,
        "demo_password": PASSWORD,
        "simulation_mailbox": address("sandbox:mailbox"),
        "answer_link": "sandbox/answer_link.html",
    }


def demo_cards() -> list[dict[str, object]]:
    """A card for each demo company, and one for the ministries' officer."""
    companies: list[dict[str, object]] = [
        {
            "name": company.name,
            "story": capitalized(getattr(company, f"story_{page_language()}")),
            "people": [
                {
                    "first_name": person.first_name,
                    "family_name": person.family_name,
                    "user_code": person.user_code,
                    "part": _("Electronic services manager") if person.is_esm else _("User"),
                }
                for person in company.people
            ],
        }
        for company in COMPANIES
    ]
    officer = {
        "first_name": "Camille",
        "family_name": "Officier",
        "user_code": OFFICER,
        "part": _("Ministry officer"),
    }
    story = _("Decides on the registrations, in the administration.")
    return [
        *companies,
        {"name": _("Departments and agencies"), "story": story, "people": [officer]},
    ]


def capitalized(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
