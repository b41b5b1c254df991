"""The way in, walked through its pages as a person does."""

from tests.journeys.person import Person, digits_in
from tests.journeys.words import (
    ACCESS_MY_ACCOUNT,
    CONTINUE,
    NEW_PASSWORD,
    NEW_PASSWORD_AGAIN,
    PASSWORD,
    USER_CODE,
    VERIFICATION_CODE,
)
from tests.letters import sends

OWN_PASSWORD = "une phrase à retenir"


def gives_user_code(person: Person, user_code: str) -> None:
    person.comes_home()
    person.presses(ACCESS_MY_ACCOUNT)
    person.fills({USER_CODE: user_code})
    person.presses(CONTINUE)


def gives_password(person: Person, user_code: str, password: str) -> None:
    gives_user_code(person, user_code)
    person.fills({PASSWORD: password})
    person.presses(CONTINUE)


def gives_code(person: Person, code: str) -> None:
    person.fills({VERIFICATION_CODE: code})
    person.presses(CONTINUE)


def signs_in(person: Person, user_code: str, password: str) -> None:
    """User code, password, and the code that the e-mail holds."""
    sends()  # as the worker has by then: the code is the latest letter
    gives_password(person, user_code, password)
    gives_code(person, digits_in(person.receives_letter()))


def chooses_password(person: Person, password: str = OWN_PASSWORD, again: str = "") -> None:
    person.fills({NEW_PASSWORD: password, NEW_PASSWORD_AGAIN: again or password})
    person.presses(CONTINUE)
