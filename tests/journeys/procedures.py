"""Each procedure of the portal, walked from home to its verification page.

Those who only need a procedure to be on its way start here; the test of each step looks at every
page closely.
"""

from typing import Any

from tests.journeys.person import Person
from tests.journeys.words import (
    ADD,
    AGENT_NUMBER,
    ASSIGN,
    CONTINUE,
    CREATE_A_FILE,
    DESCRIPTION,
    EDIT,
    EMAIL,
    END_DATE,
    EXTENSION,
    EXTERNAL,
    FAMILY_NAME,
    FIRST_NAME,
    FRENCH,
    I_CONSENT,
    INTERNAL,
    LAST_DAY,
    MELCCFP,
    OPERATOR_RIGHT,
    PROXY_MANAGEMENT,
    REGISTER,
    REGISTRATION_FOR_SERVICES,
    TELEPHONE,
    USER,
    WITH_RESTRICTION,
    Said,
)

DESCRIBED = "IQEA – exploitant"
CONSULTANT = "1000000002"


def registers_with_the_melccfp(person: Person) -> None:
    person.uses_the_menu(REGISTRATION_FOR_SERVICES)
    person.picks(MELCCFP)
    person.presses(REGISTER)
    person.presses(CONTINUE)
    person.ticks(I_CONSENT)
    person.presses(CONTINUE)


def creates_a_file(person: Person, **others: Any) -> None:
    person.uses_the_menu(CREATE_A_FILE)
    fills_in_a_file(person, **others)
    person.presses(CONTINUE)


def fills_in_a_file(
    person: Person,
    *,
    family_name: str = "Lavallée-O’Neil",
    first_name: str = "Zoé",
    email: str = "zoe@acierie-boreale.example",
    language: Said = FRENCH,
    role: Said = USER,
) -> None:
    person.fills(
        {
            FAMILY_NAME: family_name,
            FIRST_NAME: first_name,
            EMAIL: email,
            TELEPHONE: "(418) 555.0199",
            EXTENSION: "1234",
        }
    )
    person.picks(language, role)


def gives_an_internal_proxy(person: Person) -> None:
    person.uses_the_menu(PROXY_MANAGEMENT)
    person.presses(ADD)
    person.picks(INTERNAL)
    fills_in_the_terms(person, OPERATOR_RIGHT)


def gives_an_external_proxy(
    person: Person, *, agent: str = CONSULTANT, right: Said = OPERATOR_RIGHT
) -> None:
    person.uses_the_menu(PROXY_MANAGEMENT)
    person.presses(ADD)
    person.picks(EXTERNAL)
    person.fills({AGENT_NUMBER: agent})
    fills_in_the_terms(person, right)


def fills_in_the_terms(person: Person, right: Said) -> None:
    person.fills({END_DATE: LAST_DAY, DESCRIPTION: DESCRIBED})
    person.picks(MELCCFP)
    person.presses(EDIT)
    person.picks(WITH_RESTRICTION)
    person.ticks(right)
    person.presses(EDIT)
    person.presses(CONTINUE)


def edits_a_proxy(person: Person) -> None:
    person.uses_the_menu(PROXY_MANAGEMENT)
    person.picks(DESCRIBED)
    person.presses(EDIT)
    person.fills({DESCRIPTION: "IQEA – usine de Sorel"})
    person.presses(CONTINUE)


def assigns_a_proxy(person: Person, *names: str) -> None:
    person.uses_the_menu(PROXY_MANAGEMENT)
    person.picks(DESCRIBED)
    person.presses(ASSIGN)
    person.presses(CONTINUE)
    person.ticks(*(names or ("Émile Nguyen",)))
    person.presses(CONTINUE)
