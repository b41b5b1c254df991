"""Where the guide stops and the tests' walks do not: pages filled in as a reader would."""

from collections.abc import Iterator

from cse_portal.companies.tenancy import across_companies
from sandbox.demo_companies import PASSWORD as DEMO_PASSWORD
from tests.browser.areas import ACIERY, Area, Walk, gives_proxy, last_day, registers
from tests.browser.portal import Portal
from tests.browser.words import DESCRIBED, EDIT_THE_RIGHTS
from tests.journeys.words import (
    ACCESS_MY_ACCOUNT,
    AGENT_NUMBER,
    CONTINUE,
    DESCRIPTION,
    EDIT,
    END_DATE,
    EXTERNAL,
    I_CONSENT,
    MELCCFP,
    OPERATOR_RIGHT,
    PASSWORD,
    SUBMIT,
    USER_CODE,
    USER_FILE_MANAGEMENT,
    VERIFICATION_CODE,
    VERIFIER_RIGHT,
    WITH_RESTRICTION,
    Said,
)
from users.models import User

CONSULTANT, VERIFIER = "1000000002", "1000000003"
FOR_A_CONSULTANT = Said("IQEA – consultant", "IQEA – consultant")
FOR_A_VERIFIER = Said("IQEA – vérificateur", "IQEA – verifier")

GUIDE_WALKS: list[Area] = []


def for_the_guide(walk: Walk) -> Walk:
    GUIDE_WALKS.append(Area(walk.__name__, walk, frozenset()))
    return walk


@for_the_guide
def marie_signs_in(portal: Portal) -> Iterator[str]:
    with across_companies(because="tests arrange every company"):
        User.objects.filter(user_code="TREM1001").update(language=portal.language)
    portal.opens("landing")
    portal.presses(ACCESS_MY_ACCOUNT)
    portal.fills({USER_CODE: "TREM1001"})
    yield "filled"
    portal.presses(CONTINUE)
    portal.fills({PASSWORD: DEMO_PASSWORD})
    yield "filled"
    portal.presses(CONTINUE)
    code_page = portal.page.url
    portal.opens("sandbox:mailbox")
    portal.leaves_by(portal.main.locator("table a").first)
    yield "the code has come"
    portal.page.goto(code_page)
    portal.fills({VERIFICATION_CODE: portal.reads_code_in_mailbox()})
    yield "filled"
    portal.presses(CONTINUE)
    yield "just signed in"
    menu = portal.page.locator("nav.menu")
    menu.locator("summary", has_text=portal.words(USER_FILE_MANAGEMENT)).click()
    yield "the menu unfolded"


@for_the_guide
def marie_registers(portal: Portal) -> Iterator[str]:
    portal.signed_in_as("TREM1001").opens("registrations:list")
    portal.picks(MELCCFP)
    yield "one chosen"
    portal.opens("register-start", subject="melccfp")
    portal.presses(CONTINUE)
    portal.ticks(I_CONSENT)
    yield "filled"


@for_the_guide
def marie_gives_external_proxies(portal: Portal) -> Iterator[str]:
    registers(ACIERY)
    portal.signed_in_as("TREM1001")
    begins_external_proxy(portal, CONSULTANT, FOR_A_CONSULTANT, OPERATOR_RIGHT)
    portal.presses(EDIT)
    yield "to a consultant"
    portal.presses(CONTINUE)
    yield "to a consultant"
    portal.presses(SUBMIT)
    begins_external_proxy(portal, VERIFIER, FOR_A_VERIFIER, VERIFIER_RIGHT)
    yield "to a verifier"


def begins_external_proxy(portal: Portal, agent: str, description: Said, right: Said) -> None:
    """Up to the one right that is ticked, not yet kept."""
    portal.opens("create-proxy-start")
    portal.picks(EXTERNAL, MELCCFP)
    portal.fills({AGENT_NUMBER: agent, END_DATE: last_day()})
    portal.fills({DESCRIPTION: portal.words(description)})
    portal.presses(EDIT_THE_RIGHTS)
    portal.picks(WITH_RESTRICTION)
    portal.ticks(right)


@for_the_guide
def marie_chooses_the_proxy_to_assign(portal: Portal) -> Iterator[str]:
    registers(ACIERY)
    gives_proxy()
    portal.signed_in_as("TREM1001").opens("proxies:list")
    portal.picks(DESCRIBED)
    yield "one chosen"


@for_the_guide
def what_the_cement_works_has_done(portal: Portal) -> Iterator[str]:
    portal.signed_in_as("COTE4002").opens("notices:messages")
    yield "a proxy was assigned"
    portal.signed_in_as("BOUC4001").opens("notices:history")
    yield "the four steps are done"
