"""The home of an ESM: what is missing, and the way to the screen that mends it."""

from datetime import date

from tests import factories as make
from tests.journeys.conftest import changes
from tests.journeys.words import (
    PROXY_MANAGEMENT,
    REGISTRATION_FOR_SERVICES,
    USER_FILES,
    Said,
)
from users.models import User

NO_PROXY = Said("3 utilisateurs n’ont aucune procuration", "3 users have no proxy")
TWO_LEFT = Said("2 utilisateurs n’ont aucune procuration", "2 users have no proxy")
NOT_SIGNED_IN = Said(
    "3 personnes ne se sont pas encore connectées", "3 people have not signed in yet"
)
IN_PROCESS = Said(
    "MELCCFP : en traitement depuis le 23 novembre 2026, "
    "réponse attendue au plus tard le 25 novembre 2026",
    "MELCCFP: in process since November 23, 2026, answer due by November 25, 2026",
)
ONE_ENDS = Said("1 procuration prend fin d’ici 60 jours", "1 proxy ends within 60 days")


def test_what_is_missing_leads_to_the_screen_that_mends_it(marie, melccfp):
    make.a_registration(company=marie.user.company, ministry=melccfp, requested_by=marie.user)
    ways = {
        NO_PROXY: PROXY_MANAGEMENT,
        NOT_SIGNED_IN: USER_FILES,
        IN_PROCESS: REGISTRATION_FOR_SERVICES,
    }
    for line, screen in ways.items():
        marie.comes_home()
        marie.follows(line)
        assert marie.page.heading == marie.words(screen)


def test_a_line_goes_once_it_is_mended(marie, internal_proxy):
    assert marie.words(NO_PROXY) in marie.comes_home().text
    make.an_assignment(proxy=internal_proxy, user=User.objects.get_by_natural_key("OBRI1004"))
    assert marie.words(NO_PROXY) not in marie.comes_home().text
    assert marie.words(TWO_LEFT) in marie.page.text


def test_a_proxy_that_ends_soon_is_told_at_home(marie, internal_proxy):
    assert marie.words(ONE_ENDS) not in marie.comes_home().text
    changes(internal_proxy, ends_on=date(2027, 1, 22))
    marie.comes_home()
    marie.follows(ONE_ENDS)
    assert marie.page.heading == marie.words(PROXY_MANAGEMENT)
