"""User files: names with their accents, extensions, user codes; whom a search finds."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from cse_portal.companies.tenancy import company_scope
from cse_portal.models import Draft
from tests import factories as make
from users import actions
from users.models import User

pytestmark = pytest.mark.django_db

PERSON = {
    "family_name": "Gagné",
    "first_name": "Zoé",
    "email": "zoe@acierie.example",
    "telephone": "418 555-0142",
    "extension": "1234",
    "language": "fr",
    "role": "user",
}
NAMES = [
    ("Côté-L’Heureux", "Zoé"),
    ("O'Brien", "Kathleen"),
    ("Nguyễn", "Thị Minh Khai"),
    ("ᐊᒃᓱᒃ", "ᐃᓄᒃᑎᑐᑦ"),
    ("St. Laurent", "Jean‑Guy"),
    ("李", "小龙"),
    ("É" * 100, "D’Arcy"),
]


@pytest.fixture
def esm():
    return make.an_esm()


@pytest.mark.parametrize(("family_name", "first_name"), NAMES)
def test_a_name_of_any_letters_is_kept_with_its_accents(visitor, esm, family_name, first_name):
    typed = PERSON | {"family_name": family_name, "first_name": first_name}
    check = visitor.sign_in(esm).fill(reverse("create-user-file-start"), **typed)
    visitor.transmit(check)
    user = User._base_manager.get(company=esm.company, role="user")
    assert (user.family_name, user.first_name) == (family_name, first_name)
    assert user.user_code.isascii()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("family_name", "Roy3"),
        ("family_name", "x" * 10_000),
        ("family_name", "Roy\x00"),
        ("family_name", "Roy\u202egal"),
        ("first_name", "<script>"),
        ("first_name", ""),
        ("email", "zoe"),
        ("email", "zoe@acierie.example\nBcc: tous@acierie.example"),
        ("telephone", "12"),
        ("extension", "12345"),
        ("extension", "١٢"),
        ("language", "de"),
        ("role", "officer"),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_bad_input_is_told_beside_its_field_and_nothing_typed_is_lost(
    visitor, esm, language, field, typed
):
    with translation.override(language):
        address = reverse("create-user-file-start")
    response = visitor.sign_in(esm).post(address, PERSON | {field: typed})
    assert response.status_code == 200
    assert response.context_data["form"].errors.keys() == {field}
    kept = Draft._base_manager.get().answers["user"]
    assert kept[field] == [typed.replace("\x00", "\ufffd")]
    assert kept["email"] == [PERSON["email"] if field != "email" else typed]


def test_the_page_reproaches_in_its_own_language(visitor, esm):
    visitor.sign_in(esm)
    said = set()
    for language in ("fr", "en"):
        with translation.override(language):
            address = reverse("create-user-file-start")
        response = visitor.post(address, PERSON | {"extension": "12345"})
        said.update(response.context_data["form"].errors["extension"])
    assert len(said) == 2


@pytest.mark.parametrize("words", ["cote", "CÔTÉ", "l’heureux zoe", "côté-l'heureux", "COTE1234"])
def test_accents_are_never_in_the_way_of_a_search(esm, words):
    zoe = make.a_user(
        company=esm.company,
        family_name="Côté-L’Heureux",
        first_name="Zoé",
        user_code="COTE1234",
    )
    make.a_user(company=esm.company, family_name="Roy", first_name="Luc")
    with company_scope(esm.company):
        assert list(User.objects.matching(words)) == [zoe]


def test_a_directory_ignores_accents_and_case(esm):
    names = ["Émond", "allard", "Étienne", "Dubé", "Fortin", "Ève"]
    for name in names:
        make.a_user(company=esm.company, family_name=name)
    with company_scope(esm.company):
        people = User.objects.filter(role="user").by_name()
        found = [one.family_name for one in people]
    assert found == ["allard", "Dubé", "Émond", "Étienne", "Ève", "Fortin"]


def test_a_user_code_that_another_company_has_is_not_given_again(esm, monkeypatch):
    make.a_user(user_code="GAGN1000")
    drawn = iter([0, 0, 1])
    monkeypatch.setattr("users.actions.secrets.randbelow", lambda _below: next(drawn))
    with company_scope(esm.company):
        assert actions.create_user_file(by=esm, **PERSON).user_code == "GAGN1001"


@pytest.mark.parametrize(
    ("family_name", "letters"),
    [
        ("Côté", "COTE"),
        ("Li", "LIXX"),
        ("O’Brien", "OBRI"),
        ("李", "XXXX"),
        ("St. Laurent", "STLA"),
    ],
)
def test_a_user_code_is_four_letters_of_the_name_and_four_digits(esm, family_name, letters):
    with company_scope(esm.company):
        user = actions.create_user_file(by=esm, **PERSON | {"family_name": family_name})
    assert user.user_code[:4] == letters
    assert user.user_code[4:].isdigit()
    assert len(user.user_code) == 8


def test_user_files_are_of_esms(visitor, esm):
    visitor.sign_in(make.a_user(company=esm.company))
    for name in ("users:files", "create-user-file-start"):
        assert visitor.get(reverse(name)).status_code == 403


def test_when_the_four_digits_of_a_name_are_given_codes_are_longer(esm, monkeypatch):
    monkeypatch.setattr("users.actions.secrets.randbelow", lambda _below: 0)
    names = {"family_name": "Tremblay", "first_name": "Zoé", "email": "z@y.example"}
    with company_scope(esm.company):
        codes = [actions.create_user_file(by=esm, **names).user_code for _time in range(3)]
        with pytest.raises(ValidationError, match="plus de code"):
            actions.create_user_file(by=esm, **names)
    assert codes == ["TREM1000", "TREM100000", "TREM10000000"]


def test_what_the_database_refuses_is_said_in_the_words_of_the_constraint(esm):
    names = {"family_name": "Tremblay", "first_name": "Zoé", "email": "z@y.example"}
    refused = pytest.raises(ValidationError, match="belongs to a company")
    with refused, company_scope(esm.company), translation.override("en"):
        actions.create_user_file(by=esm, **names, role="officer")
