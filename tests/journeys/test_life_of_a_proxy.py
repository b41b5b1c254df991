"""The life of a proxy after it is given: extended, moved, removed, copied, revoked, renounced."""

import pytest

from proxies.models import Assignment, Proxy
from tests import factories as make
from tests.journeys.conftest import a_proxy_for_iqea, changes, company
from tests.journeys.person import Person
from tests.journeys.procedures import DESCRIBED
from tests.journeys.words import (
    CONTINUE,
    COPY,
    DESCRIPTION,
    EDIT,
    END_DATE,
    EXTEND,
    EXTEND_SEVERAL,
    LAST_DAY,
    MELCCFP,
    NEW_END_DATE,
    OPERATOR_RIGHT,
    PROXY_MANAGEMENT,
    RECEIPT,
    REMOVE,
    RENOUNCE,
    REVOKE,
    SUBMIT,
    WITH_RESTRICTION,
    Said,
)
from users.models import User

EMILE, ZOE = "Émile Nguyen (NGUY1003)", "Zoé Côté-L’Heureux (COTE1002)"
VIEW = Said("Voir la procuration", "View the proxy")
MOVE = Said("Passer à une autre procuration", "Move to another proxy")
LOST = Said("Droits perdus – {who} : ", "Rights lost – {who}: ")
KEPT = Said("Droits conservés – {who} : ", "Rights kept – {who}: ")
GAINED = Said("Droits obtenus – {who} : ", "Rights gained – {who}: ")
SHORT_WAY = Said("Gestion des droits d’accès", "Access rights management")
REPLACE = Said("La remplacer pour cette personne seulement", "Replace it for this person alone")
CHANGE_FOR_ALL = Said("Modifier cette procuration pour tous", "Change this proxy for all")
LATER = Said("Inscrivez une date postérieure à la date", "Enter a date after the present")
SOREL = Said("Usine de Sorel, jusqu’au 22 novembre 2029", "Usine de Sorel, until November 22, 2029")
REVOKED, RENOUNCED = (
    Said("Révoquée", "Revoked"),
    Said("Renoncée par le mandataire", "Renounced by the agent"),
)


def user(code: str) -> User:
    return User.objects.get_by_natural_key(code)


def held_by(code: str) -> list[Proxy]:
    standing = Assignment._base_manager.filter(user=user(code), ended_at=None)
    return [one.proxy for one in standing.select_related("proxy")]


def views(person: Person) -> None:
    person.uses_the_menu(PROXY_MANAGEMENT)
    person.follows(VIEW, within="table")


def is_told(person: Person, said: Said, who: str) -> bool:
    wanted = person.words(said).format(who=who)
    notes = [one.text for one in person.page.main.all("div", of_class="note")]
    return any(wanted in note for note in notes)


@pytest.fixture
def held(internal_proxy: Proxy) -> Proxy:
    """The internal proxy, in the hands of Émile."""
    assigned_by = user("TREM1001")
    make.an_assignment(proxy=internal_proxy, user=user("NGUY1003"), assigned_by=assigned_by)
    return internal_proxy


def test_an_esm_extends_a_proxy(marie, held):
    changes(held, ends_on="2027-01-31")
    views(marie)
    marie.presses(EXTEND)
    marie.fills({NEW_END_DATE: LAST_DAY})
    marie.presses(CONTINUE)
    assert is_told(marie, KEPT, EMILE)
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(RECEIPT)
    held.refresh_from_db()
    assert held.ends_on.isoformat() == LAST_DAY


def test_an_end_date_that_is_not_later_is_told_beside_the_field(marie, held):
    views(marie)
    marie.presses(EXTEND)
    marie.fills({NEW_END_DATE: LAST_DAY})
    marie.presses(CONTINUE)
    assert marie.page.reproaches[0].startswith(marie.words(LATER))


def test_an_esm_revokes_a_proxy_and_sees_who_loses_what(marie, held):
    views(marie)
    marie.presses(REVOKE)
    marie.presses(CONTINUE)
    assert is_told(marie, LOST, EMILE)
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(RECEIPT)
    views(marie)
    assert marie.words(REVOKED) in marie.page.main.text
    assert marie.words(REVOKE) not in marie.page.buttons


def test_an_esm_takes_a_proxy_away_from_a_user(marie, held):
    make.an_assignment(proxy=held, user=user("COTE1002"))
    views(marie)
    marie.presses(REMOVE)
    marie.ticks(EMILE)
    marie.presses(CONTINUE)
    assert is_told(marie, LOST, EMILE)
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(RECEIPT)
    assert (held_by("NGUY1003"), held_by("COTE1002")) == ([], [held])


def test_a_user_passes_to_another_proxy(marie, held, aciery):
    other = a_proxy_for_iqea(aciery, description="Usine de Sorel")
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.opens(f"{marie.address}{held.pk}/")
    marie.follows(MOVE, within="table")
    marie.picks(
        marie.words(
            Said(
                "Usine de Sorel, jusqu’au 22 novembre 2029",
                "Usine de Sorel, until November 22, 2029",
            )
        )
    )
    marie.presses(CONTINUE)
    assert is_told(marie, KEPT, EMILE)
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(RECEIPT)
    assert held_by("NGUY1003") == [other]


@pytest.mark.parametrize("takes_users", [True, False])
@pytest.mark.parametrize("over", [{}, {"term_starts_on": "2020-01-01", "ends_on": "2020-12-31"}])
def test_a_proxy_is_copied_with_or_without_its_users(marie, held, over, takes_users):
    changes(held, **over)
    views(marie)
    marie.presses(COPY)
    marie.fills({DESCRIPTION: "IQEA – copie"})
    marie.presses(CONTINUE)
    if not takes_users:
        marie.unticks(EMILE)
    marie.presses(CONTINUE)
    assert is_told(marie, GAINED if over else KEPT, EMILE) is takes_users
    marie.presses(SUBMIT)
    copy = Proxy._base_manager.get(description="IQEA – copie")
    assert held_by("NGUY1003") == [copy if takes_users else held]


def test_several_are_extended_and_the_receipt_tells_which_were_not(marie, held, aciery):
    soon = a_proxy_for_iqea(aciery, description="Bientôt finie", ends_on="2027-01-31")
    marie.uses_the_menu(PROXY_MANAGEMENT)
    marie.presses(EXTEND_SEVERAL)
    both = [
        Said("Bientôt finie, jusqu’au 31 janvier 2027", "Bientôt finie, until January 31, 2027"),
        Said(f"{DESCRIBED}, jusqu’au 22 novembre 2029", f"{DESCRIBED}, until November 22, 2029"),
    ]
    marie.ticks(*both)
    marie.fills({NEW_END_DATE: LAST_DAY})
    marie.presses(CONTINUE)
    marie.presses(SUBMIT)
    rows = marie.page.rows
    assert rows["Bientôt finie"] == marie.words(Said("Prolongée", "Extended"))
    assert rows[DESCRIBED].startswith(marie.words(LATER))
    soon.refresh_from_db()
    assert soon.ends_on.isoformat() == LAST_DAY


def test_the_short_way_gives_a_user_his_rights_at_one_stroke(marie, registered):
    marie.uses_the_menu(SHORT_WAY)
    marie.picks("Nguyen, Émile (NGUY1003)")
    marie.presses(CONTINUE)
    grants_the_operators_right(marie)
    assert is_told(marie, GAINED, EMILE)
    marie.presses(SUBMIT)
    assert marie.page.heading == marie.words(RECEIPT)
    (made,) = held_by("NGUY1003")
    assert not made.is_external


def test_the_short_way_tells_which_proxy_the_user_holds_and_replaces_it_for_him(marie, held):
    make.an_assignment(proxy=held, user=user("COTE1002"))
    marie.uses_the_menu(SHORT_WAY)
    marie.picks("Nguyen, Émile (NGUY1003)")
    marie.presses(CONTINUE)
    assert DESCRIBED in marie.page.main.text
    assert "Zoé Côté-L’Heureux" in marie.page.main.text
    assert marie.words(CHANGE_FOR_ALL) in marie.page.buttons
    marie.presses(REPLACE)
    grants_the_operators_right(marie)
    assert is_told(marie, KEPT, EMILE)
    marie.presses(SUBMIT)
    (made,) = held_by("NGUY1003")
    assert made != held
    assert held_by("COTE1002") == [held]


def grants_the_operators_right(person: Person) -> None:
    person.picks(MELCCFP)
    person.presses(EDIT)
    person.picks(WITH_RESTRICTION)
    person.ticks(OPERATOR_RIGHT)
    person.presses(EDIT)
    person.fills({END_DATE: LAST_DAY})
    person.presses(CONTINUE)


def test_the_agent_renounces_and_the_mandator_sees_it(marie, luc, registered):
    received = a_proxy_for_iqea(
        registered.company, description=DESCRIBED, agent=company("1000000002")
    )
    make.an_assignment(proxy=received, user=user("BELA2002"))
    views(luc)
    assert luc.words(REVOKE) not in luc.page.buttons
    luc.presses(RENOUNCE)
    luc.presses(CONTINUE)
    assert is_told(luc, LOST, "Amélie Bélanger (BELA2002)")
    luc.presses(SUBMIT)
    assert luc.page.heading == luc.words(RECEIPT)
    views(marie)
    assert marie.words(RENOUNCED) in marie.page.main.text
    assert "Conseils Air Pur inc." in marie.page.main.text


def test_the_mandator_sees_how_many_the_agent_chose_and_not_whom(marie, luc, registered):
    received = a_proxy_for_iqea(
        registered.company, description=DESCRIBED, agent=company("1000000002")
    )
    make.an_assignment(proxy=received, user=user("BELA2002"))
    views(marie)
    count = Said("1 utilisateur, choisi par Conseils", "1 user, chosen by Conseils")
    assert marie.words(count) in marie.page.main.text
    assert "Bélanger" not in marie.page.main.text
    views(luc)
    assert "Amélie Bélanger" in luc.page.main.text
