"""An ESM deactivates a registration, then asks for its reactivation; the officer answers."""

import pytest

from cse_portal.companies.tenancy import across_companies
from proxies.models import Proxy
from registrations import actions
from registrations.models import Registration
from tests import factories as make
from tests.journeys.conftest import company, user_named
from tests.journeys.person import Person
from tests.journeys.words import (
    ACTIVE,
    CONTINUE,
    DEACTIVATION,
    I_CONSENT,
    IN_PROCESS,
    MELCCFP,
    RECEIPT,
    REFUSED,
    REGISTER,
    REGISTRATION_FOR_SERVICES,
    SUBMIT,
    Said,
)

ASK = Said("Demander la réactivation", "Ask for the reactivation")
DEACTIVATED = Said("Désactivé", "Deactivated")
NOTHING_MORE = Said(
    "« IQEA – exploitant » – droits perdus par Émile Nguyen (NGUY1003) : ",
    "“IQEA – exploitant” – rights lost by Émile Nguyen (NGUY1003): ",
)
AGENT_LOSES = Said(
    "droits perdus par Conseils Air Pur inc. (1000000002) et ses utilisateurs : Bilan de phosphore",
    "rights lost by Conseils Air Pur inc. (1000000002) and its users: Phosphorus report",
)


def deactivates(person: Person) -> None:
    person.uses_the_menu(DEACTIVATION)
    person.picks(MELCCFP)
    person.presses(CONTINUE)
    person.presses(CONTINUE)


def asks_for_it_again(person: Person) -> None:
    person.uses_the_menu(REGISTRATION_FOR_SERVICES)
    person.follows(ASK, within="table")
    person.ticks(I_CONSENT)
    person.presses(CONTINUE)
    person.presses(SUBMIT)


def status(person: Person) -> str:
    return person.uses_the_menu(REGISTRATION_FOR_SERVICES).line("(MELCCFP)")[3]


def test_what_ends_is_listed_before_the_registration_is_deactivated(marie, internal_proxy: Proxy):
    esm = user_named("TREM1001")
    make.an_assignment(proxy=internal_proxy, user=user_named("NGUY1003"), assigned_by=esm)
    external = make.a_proxy(given_by=esm, agent=company("1000000002"), description="Externe")
    make.an_access_right(
        proxy=external,
        ministry=Registration._base_manager.get(
            company=esm.company, ministry__code="melccfp"
        ).ministry,
    )
    deactivates(marie)
    (note,) = [one.text for one in marie.page.main.all("div", of_class="note")]
    assert marie.words(NOTHING_MORE) in note
    assert marie.words(AGENT_LOSES) in note
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(RECEIPT)
    assert status(marie).startswith(marie.words(DEACTIVATED))


@pytest.mark.parametrize("accepted", [True, False])
def test_a_reactivation_is_asked_for_and_answered(marie, registered, accepted):
    deactivates(marie)
    marie.presses(SUBMIT)
    asks_for_it_again(marie)
    assert marie.page.heading == marie.words(RECEIPT)
    assert status(marie).startswith(marie.words(IN_PROCESS))
    with across_companies(because="tests play the officer"):
        if accepted:
            actions.accept(registered, by=None)
        else:
            actions.refuse(registered, by=None, reason_fr="Non.", reason_en="No.")
    assert status(marie).startswith(marie.words(ACTIVE if accepted else REFUSED))
    if not accepted:
        marie.picks(MELCCFP)
        marie.presses(REGISTER)
        assert marie.page.status == 200


def test_continue_without_a_choice_says_to_choose(marie, registered):
    marie.uses_the_menu(DEACTIVATION)
    marie.presses(CONTINUE)
    said = Said("Choisissez l’inscription à désactiver.", "Choose the registration to deactivate.")
    assert marie.page.reproaches == [marie.words(said)]
