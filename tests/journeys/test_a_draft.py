"""What every procedure promises: nothing typed is lost, and « Transmettre » works exactly once."""

from collections.abc import Callable

import pytest

from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Draft, Receipt
from tests.journeys import procedures
from tests.journeys.conftest import person
from tests.journeys.person import Person
from tests.journeys.words import (
    ADD,
    AGENT_NUMBER,
    AMF,
    ASSIGN,
    CHECK_BEFORE,
    CONTINUE,
    CORRECT,
    CREATE_A_FILE,
    DESCRIPTION,
    EDIT,
    EMAIL,
    END_DATE,
    EXTENSION,
    FAMILY_NAME,
    FIRST_NAME,
    INTERNAL,
    LAST_DAY,
    MELCCFP,
    OPERATOR_RIGHT,
    PROXY_MANAGEMENT,
    RECEIPT,
    REGISTER,
    REGISTRATION_FOR_SERVICES,
    SUBMIT,
    TELEPHONE,
    USER,
    WITH_RESTRICTION,
    Said,
)

CLIENT_NUMBER = Said("Numéro de client de l’AMF", "AMF client number")
NEEDS = {
    procedures.registers_with_the_melccfp: (),
    procedures.creates_a_file: (),
    procedures.gives_an_internal_proxy: ("registered",),
    procedures.gives_an_external_proxy: ("registered",),
    procedures.edits_a_proxy: ("internal_proxy",),
    procedures.assigns_a_proxy: ("internal_proxy",),
}


@pytest.fixture(params=NEEDS, ids=lambda walk: walk.__name__)
def walk(request: pytest.FixtureRequest) -> Callable[[Person], None]:
    """One of the procedures, with what must be there before it."""
    for fixture in NEEDS[request.param]:
        request.getfixturevalue(fixture)
    return request.param


def count(model: type[Draft | Receipt]) -> int:
    with across_companies(because="tests count what every company has"):
        return model.objects.count()


@pytest.fixture
def receipts_before(demo) -> int:
    return count(Receipt)


def test_a_second_click_on_submit_leads_to_the_same_receipt(marie, walk, receipts_before):
    walk(marie)
    first, second = marie.double_clicks(SUBMIT)
    assert count(Receipt) == receipts_before + 1
    assert count(Draft) == 0
    numbers = set()
    for address in (first, second):
        marie.opens(address)
        for link in marie.page.main.all("a"):
            if "CSE-2026-" in link.text:  # the list of proxies, with the acknowledgment's link
                marie.opens(link["href"])
                break
        numbers.add(marie.page.rows[marie.words(Said("Numéro", "Number"))])
    assert len(numbers) == 1


def test_every_address_of_a_draft_leads_to_its_receipt_once_it_is_sent(marie, walk):
    walk(marie)
    marie.presses(CORRECT)
    while marie.page.heading != marie.words(CHECK_BEFORE):
        marie.presses(CONTINUE)
    draft = marie.draft_addresses
    assert len(draft) >= 2
    marie.presses(SUBMIT)
    for address in draft:
        marie.opens(address)
        assert marie.page.heading == marie.words(RECEIPT), address


def test_a_receipt_can_be_read_in_the_other_language(marie, walk):
    walk(marie)
    marie.presses(SUBMIT)
    for link in marie.page.main.all("a"):
        if "CSE-2026-" in link.text:
            marie.opens(link["href"])
            break
    sent_in = marie.language
    marie.switches_language()
    assert marie.page.heading == marie.words(RECEIPT)
    approved = marie.page.main.first("div", lang=sent_in)
    assert approved, "what was approved stays in the words in which it was read, and says so"


def test_two_tabs_are_two_drafts(marie, walk, language):
    other_tab = Person(language, marie.user)
    other_tab.comes_home()
    walk(marie)
    walk(other_tab)
    assert marie.address != other_tab.address
    assert count(Draft) == 2
    assert marie.reads_again().heading == marie.words(CHECK_BEFORE)


def test_correct_leads_back_and_continue_returns_to_an_unchanged_verification(marie, walk):
    walk(marie)
    check, shown = marie.address, marie.page.rows
    marie.presses(CORRECT)
    assert marie.page.reproaches == []
    while marie.page.heading != marie.words(CHECK_BEFORE):
        marie.presses(CONTINUE)
    assert (marie.address, marie.page.rows) == (check, shown)


def test_the_language_switch_stays_on_the_verification_page(marie, walk):
    walk(marie)
    answers = list(marie.page.rows)
    marie.switches_language()
    assert marie.page.heading == marie.words(CHECK_BEFORE)
    assert len(marie.page.rows) == len(answers)
    marie.presses(SUBMIT)
    assert marie.page.status == 200
    assert count(Draft) == 0


def test_what_was_changed_in_another_tab_is_shown_again_before_it_is_sent(marie, language):
    procedures.creates_a_file(marie)
    other_tab = person(language, "TREM1001")
    other_tab.opens(marie.address)
    other_tab.presses(CORRECT)
    other_tab.fills({FIRST_NAME: "Zoë"})
    other_tab.presses(CONTINUE)
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(CHECK_BEFORE)
    changed = Said("a changé entre-temps", "has changed meanwhile")
    assert marie.words(changed) in marie.page.alerts[0]
    assert marie.page.rows[marie.words(FIRST_NAME)] == "Zoë"
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(RECEIPT)


def test_a_verification_page_cannot_be_reached_before_every_page_is_filled_in(marie, registered):
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.presses(ADD)
    marie.presses(CONTINUE)
    marie.switches_language()  # leads to the address of the draft itself
    page = marie.address
    for tail in ("verification/", "receipt/", "accuse-de-reception/"):
        marie.opens(page.replace("procuration/", tail).replace("/proxy/", f"/{tail}"))
        assert marie.page.heading != marie.words(CHECK_BEFORE)


def test_another_persons_draft_does_not_exist(marie, walk, language):
    walk(marie)
    stranger = person(language, "ROYA3001")
    for address in marie.draft_addresses:
        assert stranger.opens(address).status == 404


# --- the language switch keeps what was typed -----------------------------------------------------


def test_the_switch_keeps_a_user_file_right_after_an_invalid_post(marie):
    marie.uses_the_menu(CREATE_A_FILE)
    typed = {
        FAMILY_NAME: "Lavallée-O’Neil",
        FIRST_NAME: "",
        EMAIL: "zoe@",
        TELEPHONE: "(418) 555.0199",
        EXTENSION: "12345",
    }
    marie.fills(typed)
    marie.picks(USER)
    marie.presses(CONTINUE)
    reproached = len(marie.page.reproaches)
    assert reproached == 4
    marie.switches_language()
    assert {label: marie.page.answer(marie.words(label)) for label in typed} == typed
    assert marie.page.is_picked(marie.words(USER))
    assert len(marie.page.reproaches) == reproached


def test_the_switch_keeps_a_registrations_answer_right_after_an_invalid_post(marie):
    marie.uses_the_menu(REGISTRATION_FOR_SERVICES)
    marie.picks(AMF)
    marie.presses(REGISTER)
    marie.fills({CLIENT_NUMBER: "12345"})
    marie.presses(CONTINUE)
    marie.switches_language()
    assert marie.page.answer(marie.words(CLIENT_NUMBER)) == "12345"


def test_the_switch_keeps_a_proxy_in_the_middle_of_its_rights(marie, registered):
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.presses(ADD)
    marie.picks(INTERNAL, MELCCFP)
    marie.fills({AGENT_NUMBER: "", END_DATE: LAST_DAY, DESCRIPTION: "IQEA"})
    marie.presses(EDIT)
    marie.picks(WITH_RESTRICTION)
    marie.presses(EDIT)
    assert marie.page.reproaches
    marie.switches_language()
    assert marie.page.is_picked(marie.words(WITH_RESTRICTION))
    marie.ticks(OPERATOR_RIGHT)
    marie.presses(EDIT)
    marie.switches_language()
    assert marie.page.answer(marie.words(DESCRIPTION)) == "IQEA"
    assert marie.page.answer(marie.words(END_DATE)) == LAST_DAY
    assert marie.page.is_picked(marie.words(INTERNAL))
    marie.presses(CONTINUE)
    assert marie.page.heading == marie.words(CHECK_BEFORE)
    assert marie.words(OPERATOR_RIGHT) in marie.page.rows.values()


def test_the_switch_keeps_the_ticked_users(marie, internal_proxy):
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.picks(procedures.DESCRIBED)
    marie.presses(ASSIGN)
    marie.presses(CONTINUE)
    marie.ticks("Émile Nguyen")
    marie.presses(CONTINUE)
    marie.presses(CORRECT)
    marie.switches_language()
    assert marie.page.is_picked("Émile Nguyen")


def test_the_switch_keeps_an_edited_proxy(marie, internal_proxy):
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.picks(procedures.DESCRIBED)
    marie.presses(EDIT)
    marie.fills({END_DATE: "2035-01-01", DESCRIPTION: "Autre"})
    marie.presses(CONTINUE)
    assert marie.page.reproaches
    marie.switches_language()
    assert marie.page.answer(marie.words(END_DATE)) == "2035-01-01"
    assert marie.page.answer(marie.words(DESCRIPTION)) == "Autre"
