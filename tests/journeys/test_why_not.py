"""Why not? What a person of the company can open, link by link, and the screen that mends it."""

from django.urls import reverse
from django.utils import translation

from tests import factories as make
from tests.journeys.conftest import changes
from tests.journeys.words import (
    LAST_DAY_IN_WORDS,
    OPERATOR_RIGHT,
    PROXY_MANAGEMENT,
    USER_FILES,
    Said,
)
from users.models import User

WHAT = Said("Que peut ouvrir cette personne ?", "What can this person open?")
CAN_OPEN = Said("Peut ouvrir", "Can open")
CANNOT_OPEN = Said("Ne peut pas ouvrir", "Cannot open")
MET = Said("Remplie", "Met")
NOT_MET = Said("Non remplie", "Not met")
NOT_APPLICABLE = Said("Sans objet", "Not applicable")
NO_PROXY = Said(
    "Aucune procuration de cette entreprise n’est assignée à cette personne.",
    "No proxy of this company is assigned to this person.",
)
MEND = Said("Aller à l’écran qui y remédie", "Go to the screen that fixes it")
UNTIL = Said(f"Jusqu’au {LAST_DAY_IN_WORDS.fr}", f"Until {LAST_DAY_IN_WORDS.en}")
SUSPENDED = Said(
    "Le dossier de cette personne est suspendu.", "This person’s user file is suspended."
)


def looks_for(esm, user_code: str) -> None:
    with translation.override(esm.language):
        esm.opens(f"{reverse('users:files')}?q={user_code}")
    esm.follows(WHAT)
    assert esm.page.heading == esm.words(WHAT)


def test_the_esm_finds_why_a_user_cannot_open_iqea_and_mends_it(marie, internal_proxy):
    looks_for(marie, "OBRI1004")
    line = marie.page.line(marie.words(OPERATOR_RIGHT))
    assert line[3].startswith(marie.words(CANNOT_OPEN))
    assert marie.words(NO_PROXY) in line[3]
    marie.follows(OPERATOR_RIGHT)
    states = [row[1] for row in marie.page.tables[0][1:]]
    assert states == marie.said(
        *(MET, MET, NOT_MET, NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE, MET, MET)
    )
    assert marie.words(NO_PROXY) in marie.page.tables[0][3][2]
    marie.follows(MEND)
    assert marie.page.heading == marie.words(PROXY_MANAGEMENT)
    make.an_assignment(proxy=internal_proxy, user=User.objects.get_by_natural_key("OBRI1004"))
    looks_for(marie, "OBRI1004")
    line = marie.page.line(marie.words(OPERATOR_RIGHT))
    assert line[3].split(" ", 1)[0] == marie.words(CAN_OPEN).split(" ", 1)[0]
    assert marie.words(UNTIL) in line[3]


def test_a_suspended_user_is_led_to_his_file(marie, internal_proxy):
    kathleen = User.objects.get_by_natural_key("OBRI1004")
    make.an_assignment(proxy=internal_proxy, user=kathleen)
    changes(kathleen, is_active=False)
    looks_for(marie, "OBRI1004")
    marie.follows(OPERATOR_RIGHT)
    first = marie.page.tables[0][1]
    assert first[1] == marie.words(NOT_MET)
    assert marie.words(SUSPENDED) in first[2]
    assert [row[1] for row in marie.page.tables[0][2:]] == marie.said(
        *(MET, MET, MET, MET, NOT_APPLICABLE, MET, MET)
    )
    marie.follows(MEND)
    assert marie.page.heading == marie.words(USER_FILES)
    assert len(marie.page.tables[0]) == 2
