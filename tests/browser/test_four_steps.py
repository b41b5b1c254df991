"""The four steps, end to end in a real browser, until the new user opens IQEA."""

import pytest

from cse_portal import clock
from proxies.terms import last_allowed_day
from sandbox.demo_companies import PASSWORD as DEMO_PASSWORD
from tests.browser.portal import Portal
from tests.browser.words import ADD_A_PROXY, DESCRIBED, EDIT_THE_RIGHTS, PLAY_FOR_MELCCFP
from tests.extent import walked_languages
from tests.journeys.words import (
    ACCEPT_THE_REGISTRATION,
    ASSIGN,
    CONTINUE,
    CREATE_A_FILE,
    DESCRIPTION,
    EDIT,
    EMAIL,
    END_DATE,
    EXTENSION,
    FAMILY_NAME,
    FINISH,
    FIRST_NAME,
    FRENCH,
    I_CONSENT,
    INTERNAL,
    IQEA,
    MELCCFP,
    OPERATOR_RIGHT,
    PROXY_MANAGEMENT,
    REGISTER,
    REGISTRATION,
    REGISTRATION_FOR_SERVICES,
    SUBMIT,
    TELEPHONE,
    TEMPORARY_PASSWORD,
    USER,
    USER_CODE,
    USER_FILE_MANAGEMENT,
    WITH_RESTRICTION,
    Said,
)
from tests.letters import SIMULATED, let_mail_go_by

pytestmark = pytest.mark.browser

OWN_PASSWORD = "une phrase à retenir"
ACTS_FOR = Said("Agit pour", "Acts for")
ROLE = Said("Rôle", "Role")
OPERATOR = Said("Exploitant", "Operator")


class Procedure:
    """The steps of the procedure, as the ESM walks them in a window."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def registers_with_the_melccfp(self) -> None:
        """Step 1."""
        self.portal.uses_the_menu(REGISTRATION, REGISTRATION_FOR_SERVICES)
        self.portal.picks(MELCCFP)
        self.portal.presses(REGISTER)
        self.portal.presses(CONTINUE)
        self.portal.ticks(I_CONSENT)
        self.portal.presses(CONTINUE)
        self.portal.presses(SUBMIT)
        self.portal.presses(FINISH)

    def has_the_ministry_accept(self) -> None:
        self.portal.follows(PLAY_FOR_MELCCFP)
        self.portal.picks(ACCEPT_THE_REGISTRATION)
        self.portal.presses(SUBMIT)

    def creates_the_file_of_zoe(self) -> tuple[str, str]:
        """Step 2: the user code and temporary password that are shown once."""
        self.portal.uses_the_menu(USER_FILE_MANAGEMENT, CREATE_A_FILE)
        self.portal.fills(
            {
                FAMILY_NAME: "Lavallée-O’Neil",
                FIRST_NAME: "Zoé",
                EMAIL: "zoe@acierie-boreale.example",
                TELEPHONE: "418 555-0199",
                EXTENSION: "1234",
            }
        )
        self.portal.picks(FRENCH, USER)
        self.portal.presses(CONTINUE)
        self.portal.presses(SUBMIT)
        self.portal.presses(CONTINUE)
        key = self.portal.answer(USER_CODE), self.portal.answer(TEMPORARY_PASSWORD)
        self.portal.presses(FINISH)
        return key

    def gives_an_internal_proxy(self) -> None:
        """Step 3."""
        self.portal.uses_the_menu(USER_FILE_MANAGEMENT, PROXY_MANAGEMENT)
        self.portal.presses(ADD_A_PROXY)
        self.portal.picks(INTERNAL, MELCCFP)
        last = last_allowed_day(clock.today())
        self.portal.fills({END_DATE: last.isoformat(), DESCRIPTION: DESCRIBED})
        self.portal.presses(EDIT_THE_RIGHTS)
        self.portal.picks(WITH_RESTRICTION)
        self.portal.ticks(OPERATOR_RIGHT)
        self.portal.presses(EDIT)
        self.portal.presses(CONTINUE)
        self.portal.presses(SUBMIT)

    def assigns_it_to_zoe(self) -> None:
        """Step 4."""
        self.portal.picks(DESCRIBED)
        self.portal.presses(ASSIGN)
        self.portal.presses(CONTINUE)
        self.portal.ticks("Zoé Lavallée-O’Neil")
        self.portal.presses(CONTINUE)
        self.portal.presses(SUBMIT)
        self.portal.presses(FINISH)


@pytest.mark.parametrize(
    ("language", "javascript"),
    [(language, language == "en") for language in walked_languages()],  # in French without script
)
def test_the_four_steps_end_with_a_new_user_who_opens_iqea(
    opens_portal, settings, language, javascript
):
    let_mail_go_by(settings, SIMULATED)
    portal = opens_portal(language, javascript=javascript)
    procedure = Procedure(portal)

    portal.signs_in("trem1001", DEMO_PASSWORD)
    procedure.registers_with_the_melccfp()
    procedure.has_the_ministry_accept()
    user_code, password = procedure.creates_the_file_of_zoe()
    procedure.gives_an_internal_proxy()
    procedure.assigns_it_to_zoe()
    portal.signs_out()

    portal.signs_in(user_code, password)
    portal.chooses_own_password(OWN_PASSWORD)
    portal.follows(OPERATOR_RIGHT)
    assert portal.heading == portal.words(IQEA)
    assert portal.answer(ACTS_FOR) == "Aciérie Boréale inc. 1000000001"
    assert portal.answer(ROLE) == portal.words(OPERATOR)
    assert portal.complaints == []
