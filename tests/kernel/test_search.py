"""What officers type finds who they mean, however it is written; nothing that is typed fails."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cse_portal.companies.tenancy import across_companies
from cse_portal.search import finding
from cse_portal.search.companies import find_companies
from cse_portal.search.finding import MANY_IN_A_SAMPLE, MOST
from cse_portal.search.people import find_people
from cse_portal.search.typed import Typed
from tests import factories as make
from tests.conftest import Visitor
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(visitor) -> Visitor:
    return visitor.sign_in(make.an_officer(family_name="Zzyzx", first_name="Officier"))


def found(text: str) -> list[str]:
    """The user codes that a text finds."""
    with across_companies(because="a test searches as officers do"):
        keys = find_people(Typed.read(text)).keys
        return sorted(User.objects.filter(pk__in=keys).values_list("user_code", flat=True))


PEOPLE = {
    "TREM1001": ("Tremblay", "Marie", "marie.t@acierie.example"),
    "GAGN1002": ("Gagnon-Tremblay", "Zoé", "z_gagnon@acierie.example"),
    "LHEU1003": ("L’Heureux", "Jean‑Luc", "jl@scierie.example"),
    "STPI1004": ("St-Pierre", "Anne", "anne@scierie.example"),
    "NGXX1005": ("Ng", "Kim", "kim@scierie.example"),
    "COTE1006": ("Côté", "Éloïse", "Eloise@Scierie.example"),
}
FOUND = {
    "TREM1001": ["TREM1001"],
    "trem1001": ["TREM1001"],
    " trem 1001 ": ["TREM1001"],
    "TREM10": ["TREM1001"],
    "marie.t@acierie.example": ["TREM1001"],
    "MARIE.T@acierie": ["TREM1001"],
    "eloise@scierie.example": ["COTE1006"],
    "Tremblay, Marie": ["TREM1001"],
    "tremblay,mar": ["TREM1001"],
    "Marie Tremblay": ["TREM1001"],
    "tremblay marie": ["TREM1001"],
    "mar trem": ["TREM1001"],
    "remblay": ["GAGN1002", "TREM1001"],
    "gagnon tremblay": ["GAGN1002"],
    "Gagnon‑Tremblay, zoe": ["GAGN1002"],
    "l'heureux": ["LHEU1003"],
    "lʼheureux, jean luc": ["LHEU1003"],
    "L`Heureux": ["LHEU1003"],
    "heureux": ["LHEU1003"],
    "st pierre": ["STPI1004"],
    "pierre anne": ["STPI1004"],
    "ng": ["NGXX1005"],
    "Ng, Kim": ["NGXX1005"],
    "COTE": ["COTE1006"],
    "côté, éloïse": ["COTE1006"],
    "co\u0302te\u0301": ["COTE1006"],
    "\u202eng\u202c": ["NGXX1005"],
    "Tremblay, Zoé": [],
    "acierie": [],  # of an address, what stands before its « @ »
}


def test_people_are_found_however_they_are_written():
    for code, (family, first, email) in PEOPLE.items():
        make.a_user(user_code=code, family_name=family, first_name=first, email=email)
    assert {text: found(text) for text in FOUND} == FOUND | {
        "Tremblay, Zoé": ["GAGN1002"]  # a part of the name, as no Tremblay is called so
    }


COMPANIES = {
    "1000000001": ("1180000001", "Aciérie Boréale inc."),
    "1000000002": ("1180000002", "9123-4567 Québec inc."),
    "1000000003": ("1190000003", "L’Atelier d’Érik"),
}
FOUND_COMPANIES = {
    "1000000001": ["1000000001"],
    "1000 000 001": ["1000000001"],
    "1180-000-002": ["1000000002"],
    "11900": ["1000000003"],
    "acierie": ["1000000001"],
    "boréale": ["1000000001"],
    "9123-4567": ["1000000002"],
    "91234567": [],
    "4567 quebec": ["1000000002"],
    "d'erik": ["1000000003"],
    "9999999999": [],
}


def test_companies_are_found_by_numbers_and_names():
    numbers = {}
    for number, (neq, name) in COMPANIES.items():
        company = make.a_company(identification_number=number, neq=neq, name=name)
        numbers[company.pk] = number
    with across_companies(because="a test searches as officers do"):
        seen = {
            text: sorted(numbers[key] for key in find_companies(Typed.read(text)).keys)
            for text in FOUND_COMPANIES
        }
    assert seen == FOUND_COMPANIES


# --- in the admin ---------------------------------------------------------------------------------


def people_page(officer: Visitor, text: str, **more: str) -> Any:
    return officer.get(reverse("admin:users_user_changelist"), {"q": text, **more})


def test_more_than_a_page_is_said_to_be_more(officer):
    company = make.a_company()
    for _one in range(MOST + 1):
        make.a_user(company=company, family_name="Tremblay")
    page = people_page(officer, "tremblay")
    assert page.context_data["cl"].result_count == MOST
    assert f"plus que ces {MOST}" in page.content.decode()
    assert "plus que ces" not in people_page(officer, "TEST").content.decode()


@pytest.mark.parametrize("walked", [1_000, 10])
def test_what_many_have_is_met_and_what_few_have_is_looked_up(monkeypatch, walked):
    """The index of parts would collect all those that have it, before it shows the first."""
    monkeypatch.setattr(finding, "WALKED", walked)
    company = make.a_company()
    for name in ["Tremblay"] * MANY_IN_A_SAMPLE + ["Vézina"]:
        make.a_user(company=company, family_name=name)
    for part, few, more in (("embl", False, walked < 11), ("ézin", True, False)):
        typed = Typed.read(part)
        with (
            across_companies(because="a test searches as officers do"),
            CaptureQueriesContext(connection) as asked,
        ):
            found = find_people(typed)
        assert any("MATERIALIZED" in one["sql"] for one in asked) is few
        assert found.is_more is more
        assert len(found.keys) in ({1} if few else {MANY_IN_A_SAMPLE - 1, MANY_IN_A_SAMPLE})


def test_a_filter_narrows_what_is_found(officer):
    company = make.a_company()
    make.a_user(company=company, family_name="Tremblay", is_active=False, user_code="TREM0001")
    make.a_user(company=company, family_name="Tremblay", user_code="TREM0002")
    listed = people_page(officer, "tremblay", is_active__exact="0").context_data["cl"].result_list
    assert [one.user_code for one in listed] == ["TREM0001"]


def test_an_acknowledgment_is_found_by_its_number_company_and_person(officer):
    esm = make.an_esm(family_name="Roy", first_name="Zoé")
    receipt = make.a_receipt(transmitted_by=esm)
    make.a_receipt()
    with across_companies(because="a test reads what a receipt names"):
        texts = [receipt.number, receipt.number.lower(), receipt.number[:12]]
        texts += [esm.company.identification_number, esm.company.name, esm.user_code, esm.email]
    page = reverse("admin:cse_portal_receipt_changelist")
    for text in [*texts, "Roy, Zoé"]:
        listed = officer.get(page, {"q": text}).context_data["cl"].result_list
        assert [one.number for one in listed] == [receipt.number], text


def test_officers_of_a_ministry_search_among_its_registrations_alone(visitor):
    mine, other = make.a_registration(), make.a_registration()
    officer = make.an_officer()
    mine.ministry.officers.add(officer)
    visitor.sign_in(officer)
    page = reverse("admin:registrations_registration_changelist")
    with across_companies(because="a test reads of which company each is"):
        numbers = [one.company.identification_number for one in (mine, other)]
    shown = [visitor.get(page, {"q": one}).context_data["cl"].result_list for one in numbers]
    assert [list(one) for one in shown] == [[mine], []]


#: what was typed, and a part of what is said; empty: the answer is just empty
ODD = {
    "a": "",
    "é": "",
    "%": "Tapez au moins une lettre ou un chiffre",
    "_": "Tapez au moins une lettre ou un chiffre",
    "\\": "Tapez au moins une lettre ou un chiffre",
    "'\"": "Tapez au moins une lettre ou un chiffre",
    "@": "Tapez au moins une lettre ou un chiffre",
    "\x00": "Tapez au moins une lettre ou un chiffre",
    "x\x00yz": "",
    "\u202e": "Tapez au moins une lettre ou un chiffre",
    "\ufffd": "Tapez au moins une lettre ou un chiffre",
    "x" * 10_000: "100 caractères",
    "x " * 49: "",
    ", ,": "Tapez au moins une lettre ou un chiffre",
    ",Marie": "",
    "Tremblay,": "",
    "CSE-": "",
    "CSE-%_\\": "",
    "1" * 40: "",
    "١٢٣٤٥٦٧٨٩٠": "",
    "漢字漢": "",
    "😀": "Tapez au moins une lettre ou un chiffre",
}
SEARCHED = ["cse_portal_company", "cse_portal_receipt", "users_user", "proxies_assignment"]


@pytest.mark.parametrize("page", [*SEARCHED, "registrations_ministry"])
def test_whatever_is_typed_is_answered(officer, page):
    for typed, said in ODD.items():
        answer = officer.get(reverse(f"admin:{page}_changelist"), {"q": typed})
        assert answer.status_code == 200, typed
        assert list(answer.context_data["cl"].result_list) == [], typed
        assert said in answer.content.decode(), typed


def test_only_spaces_are_no_search(officer):
    for typed in (" ", "\t \n", "\u00a0\u202f"):
        page = people_page(officer, typed)
        assert [one.family_name for one in page.context_data["cl"].result_list] == ["Zzyzx"], typed


def test_what_is_listed_after_a_search_alone_says_so(officer):
    make.a_proxy()
    page = reverse("admin:proxies_proxy_changelist")
    nothing = officer.get(page)
    assert list(nothing.context_data["cl"].result_list) == []
    assert "tant que vous n’avez rien cherché" in nothing.content.decode()


def test_a_filter_that_waits_for_a_search_lists_nothing_before(officer):
    event = make.an_event()
    page = reverse("admin:notices_event_changelist")
    assert list(officer.get(page).context_data["cl"].result_list) == [event]
    assert list(officer.get(page, {"kind": event.kind}).context_data["cl"].result_list) == []


def test_an_action_is_done_to_what_is_ticked_alone(visitor):
    one, other = make.a_registration(), make.a_registration()
    visitor.sign_in(make.an_officer(is_superuser=True))
    ticked = {"action": "accept", "_selected_action": [one.pk], "select_across": "1"}
    visitor.post(reverse("admin:registrations_registration_changelist"), ticked)
    with across_companies(because="a test reads what was decided"):
        for row in (one, other):
            row.refresh_from_db()
    assert (one.is_active, other.is_in_process) == (True, True)
