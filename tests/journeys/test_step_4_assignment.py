"""Step 4, page by page: a proxy is assigned to users (procedure, section 4)."""

import pytest

from tests import factories as make
from tests.journeys.conftest import a_proxy_for_iqea, changes, company, person
from tests.journeys.person import Person
from tests.journeys.procedures import DESCRIBED, assigns_a_proxy
from tests.journeys.words import (
    ACCESS_RIGHTS_AT,
    ASSIGN,
    BACK,
    CHECK_BEFORE,
    CONTINUE,
    CORRECT,
    DESCRIPTION,
    END_DATE,
    FINISH,
    HOME,
    INTERNAL,
    LAST_DAY_IN_WORDS,
    MANDATOR,
    OPERATOR_RIGHT,
    PRINT,
    PROXY_MANAGEMENT,
    PROXY_TO_ASSIGN,
    RECEIPT,
    STEP,
    SUBMIT,
    TYPE_OF_PROXY,
    USERS,
    USERS_WITH_A_PROXY,
    USERS_WITHOUT_A_PROXY,
    VERIFICATION,
    WITH_RESTRICTION,
    Said,
)
from users.models import User

ASSIGN_A_PROXY = Said("Assigner une procuration", "Assign a proxy")
TICK_ONE = Said("Cochez au moins un utilisateur.", "Tick at least one user.")
EVERYONE_HAS_ONE = Said(
    "Tous les utilisateurs détiennent déjà une procuration, ou il n’y a pas encore d’utilisateur.",
    "Every user already holds a proxy, or there is no user yet.",
)
EMILE, ZOE = "Émile Nguyen (NGUY1003)", "Zoé Côté-L’Heureux (COTE1002)"
KATHLEEN = "Kathleen O’Brien (OBRI1004)"

pytestmark = pytest.mark.usefixtures("internal_proxy")


def trail(person: Person, page: Said) -> list[str]:
    title = person.words(ASSIGN_A_PROXY)
    return [person.words(STEP, number=4, title=title), person.words(page)]


@pytest.fixture
def at_the_proxy(marie: Person) -> Person:
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.picks(DESCRIBED)
    marie.presses(ASSIGN)
    return marie


@pytest.fixture
def at_the_users(at_the_proxy: Person) -> Person:
    at_the_proxy.presses(CONTINUE)
    return at_the_proxy


def user(code: str) -> User:
    return User.objects.get_by_natural_key(code)


def test_assign_without_a_choice_says_to_choose(marie):
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.presses(ASSIGN)
    said = Said("Choisissez une procuration en vigueur", "Choose a proxy in force")
    assert marie.page.reproaches[0].startswith(marie.words(said))


def test_the_proxy_to_be_assigned_is_shown_first(at_the_proxy):
    page = at_the_proxy.page
    assert page.heading == at_the_proxy.words(PROXY_TO_ASSIGN)
    assert page.trail == trail(at_the_proxy, PROXY_TO_ASSIGN)
    assert page.labels == []
    assert page.rows == {
        at_the_proxy.words(DESCRIPTION): DESCRIBED,
        at_the_proxy.words(TYPE_OF_PROXY): at_the_proxy.words(INTERNAL),
        at_the_proxy.words(MANDATOR): "Aciérie Boréale inc. (1000000001)",
        at_the_proxy.words(END_DATE): at_the_proxy.words(LAST_DAY_IN_WORDS),
        at_the_proxy.words(ACCESS_RIGHTS_AT, ministry="MELCCFP"): " ".join(
            at_the_proxy.said(WITH_RESTRICTION, OPERATOR_RIGHT)
        ),
    }
    assert page.buttons == at_the_proxy.said(CONTINUE, BACK)


def test_the_users_shown_are_those_to_whom_no_proxy_is_assigned(at_the_users):
    page = at_the_users.page
    assert page.heading == at_the_users.words(USERS)
    assert page.trail == trail(at_the_users, USERS)
    assert page.labels == at_the_users.said(USERS_WITHOUT_A_PROXY)
    assert page.choices(at_the_users.words(USERS_WITHOUT_A_PROXY)) == [ZOE, EMILE, KATHLEEN]
    assert page.buttons == at_the_users.said(CONTINUE, BACK)


def test_users_who_hold_a_proxy_are_shown_apart_with_the_one_they_hold(at_the_proxy, aciery):
    other = a_proxy_for_iqea(aciery, description="Usine de Sorel")
    make.an_assignment(proxy=other, user=user("NGUY1003"))
    at_the_proxy.presses(CONTINUE)
    page = at_the_proxy.page
    assert page.choices(at_the_proxy.words(USERS_WITHOUT_A_PROXY)) == [ZOE, KATHLEEN]
    assert page.headings == at_the_proxy.said(USERS_WITH_A_PROXY)
    holds = Said(
        "détient « Usine de Sorel » jusqu’au 22 novembre 2029",
        "holds “Usine de Sorel” until November 22, 2029",
    )
    (held,) = [one.text for one in page.main.all("ul", of_class="holders")]
    assert held == f"{EMILE} {at_the_proxy.words(holds)}"


def test_when_every_user_holds_a_proxy_the_page_says_so(at_the_proxy, internal_proxy):
    for code in ("COTE1002", "NGUY1003", "OBRI1004"):
        make.an_assignment(proxy=internal_proxy, user=user(code))
    at_the_proxy.presses(CONTINUE)
    assert at_the_proxy.words(EVERYONE_HAS_ONE) in at_the_proxy.page.text
    assert at_the_proxy.page.buttons == at_the_proxy.said(BACK)


def test_suspended_users_are_not_offered(at_the_proxy):
    changes(user("NGUY1003"), is_active=False)
    at_the_proxy.presses(CONTINUE)
    assert "Nguyen" not in at_the_proxy.page.text


def test_continue_without_a_user_says_to_tick_one(at_the_users):
    at_the_users.presses(CONTINUE)
    assert at_the_users.page.reproaches == at_the_users.said(TICK_ONE)


def test_the_verification_page_names_the_users(marie):
    assigns_a_proxy(marie, "Émile Nguyen", "Zoé Côté")
    page = marie.page
    assert page.heading == marie.words(CHECK_BEFORE)
    assert page.trail == trail(marie, VERIFICATION)
    assert page.headings == marie.said(PROXY_TO_ASSIGN, USERS)
    assert page.rows[marie.words(USERS)] == f"{ZOE} {EMILE}"
    assert page.buttons == marie.said(SUBMIT, CORRECT)
    able = Said(
        "Ces 2 personnes pourront agir pour Aciérie Boréale inc. (1000000001) dès leur prochaine "
        "connexion, jusqu’au 22 novembre 2029.",
        "These 2 people will be able to act for Aciérie Boréale inc. (1000000001) from their next "
        "sign-in, until November 22, 2029.",
    )
    assert marie.words(able) in page.text


def test_correct_leads_to_the_users_as_they_were_ticked(marie):
    assigns_a_proxy(marie)
    marie.presses(CORRECT)
    assert marie.page.heading == marie.words(USERS)
    assert marie.page.is_picked(EMILE)
    assert not marie.page.is_picked(ZOE)
    marie.unticks(EMILE)
    marie.ticks(ZOE)
    marie.presses(CONTINUE)
    assert marie.page.rows[marie.words(USERS)] == ZOE


def test_the_acknowledgment_can_be_printed_and_ends_at_home(marie):
    assigns_a_proxy(marie)
    marie.presses(SUBMIT)
    page = marie.page
    assert page.heading == marie.words(RECEIPT)
    assert page.trail == trail(marie, RECEIPT)
    assert page.buttons == marie.said(FINISH, PRINT)
    done = Said(
        f"La procuration « {DESCRIBED} » est assignée à 1 utilisateur.",
        f"The proxy “{DESCRIBED}” is assigned to 1 user.",
    )
    assert marie.words(done) in page.text
    marie.presses(FINISH)
    assert marie.page.heading == marie.words(HOME)


def test_the_list_counts_the_users_of_each_proxy(marie):
    assigns_a_proxy(marie, "Émile Nguyen", "Zoé Côté")
    marie.presses(SUBMIT)
    marie.uses_the_menu(PROXY_MANAGEMENT)
    assert marie.page.line(DESCRIBED)[4] == "2"


def test_someone_who_was_assigned_another_proxy_meanwhile_is_not_assigned_a_second(marie, aciery):
    assigns_a_proxy(marie)
    other = a_proxy_for_iqea(aciery, description="Usine de Sorel")
    make.an_assignment(proxy=other, user=user("NGUY1003"))
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(USERS)
    assert marie.page.reproaches == marie.said(
        Said(
            "Une personne que vous avez cochée ne peut plus être choisie.",
            "Someone you ticked can no longer be chosen.",
        )
    )
    marie.uses_the_menu(PROXY_MANAGEMENT)
    assert marie.page.line(DESCRIBED)[4] == "0"
    assert marie.page.line("Usine de Sorel")[4] == "1"


def test_back_leads_from_the_users_to_the_proxy_and_from_there_to_the_list(at_the_users):
    at_the_users.presses(BACK)
    assert at_the_users.page.heading == at_the_users.words(PROXY_TO_ASSIGN)
    at_the_users.presses(BACK)
    assert at_the_users.page.heading == at_the_users.words(PROXY_MANAGEMENT)


def test_the_agents_esm_assigns_the_proxy_that_his_company_received(luc, aciery):
    agent = company("1000000002")
    a_proxy_for_iqea(aciery, agent=agent, description="Aciérie – consultant")
    luc.uses_the_menu(PROXY_MANAGEMENT)
    luc.picks("Aciérie – consultant")
    luc.presses(ASSIGN)
    assert luc.page.rows[luc.words(MANDATOR)] == "Aciérie Boréale inc. (1000000001)"
    luc.presses(CONTINUE)
    assert luc.page.choices(luc.words(USERS_WITHOUT_A_PROXY)) == [
        "Amélie Bélanger (BELA2002)",
        "Luc Gagnon (GAGN2001)",
        "Priya Singh (SING2003)",
    ]
    luc.ticks("Amélie Bélanger")
    luc.presses(CONTINUE)
    luc.presses(SUBMIT)
    assert luc.page.heading == luc.words(RECEIPT)


def test_a_consultant_serves_several_clients_with_one_proxy_each(luc, language, aciery):
    agent = company("1000000002")
    for mandator, described in ((aciery, "Aciérie"), (company("1000000004"), "Cimenterie")):
        a_proxy_for_iqea(mandator, agent=agent, description=described)
        luc.uses_the_menu(PROXY_MANAGEMENT)
        luc.picks(described)
        luc.presses(ASSIGN)
        luc.presses(CONTINUE)
        luc.ticks("Amélie Bélanger")
        luc.presses(CONTINUE)
        luc.presses(SUBMIT)
        assert luc.page.heading == luc.words(RECEIPT)
    amelie = person(language, "BELA2002")
    captions = [one.text for one in amelie.page.main.all("caption")]
    for_them = (
        Said("Pour Aciérie Boréale inc. (1000000001)", "For Aciérie Boréale inc. (1000000001)"),
        Said(
            "Pour Cimenterie du Fjord inc. (1000000004)",
            "For Cimenterie du Fjord inc. (1000000004)",
        ),
    )
    assert captions[:2] == amelie.said(*for_them)
