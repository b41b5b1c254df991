"""A company registers once with a ministry; the ministry's officer decides, and tells why."""

import importlib
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import translation
from freezegun import freeze_time

from cse_portal.companies.tenancy import across_companies, company_scope
from registrations import actions
from registrations.models import Registration
from tests import factories as make
from tests.letters import letters_sent
from tests.together import at_once, meet_after

pytestmark = pytest.mark.django_db

KEEP_QUESTIONS = importlib.import_module(
    "registrations.migrations.0007_answers_keep_their_questions"
).KEEP_QUESTIONS


def register(ministry, *, by, answers=()):
    with company_scope(by.company):
        return actions.register(ministry, by=by, answers=list(answers))


def decide(action, registration, **reason):
    with across_companies(because="an officer decides for every company"):
        return action(registration, by=make.an_officer(), **reason)


def now(registration):
    return Registration._base_manager.get(pk=registration.pk)


@pytest.fixture
def esm():
    return make.an_esm()


@pytest.fixture
def ministry():
    return make.a_ministry(code="melccfp")


def test_a_registration_is_in_process_until_the_ministry_answers(esm, ministry):
    registration = register(ministry, by=esm)
    assert registration.is_in_process
    assert registration.requested_by == esm
    assert registration.company == esm.company


@pytest.mark.parametrize("standing", [make.a_registration, make.an_active_registration])
def test_a_company_registers_once_with_a_ministry(esm, ministry, standing):
    standing(company=esm.company, ministry=ministry)
    with pytest.raises(ValidationError):
        register(ministry, by=esm)


def test_a_refused_registration_may_be_asked_for_again(esm, ministry):
    make.a_refused_registration(company=esm.company, ministry=ministry)
    assert register(ministry, by=esm).is_in_process


def test_another_companys_registration_is_no_obstacle(esm, ministry):
    make.an_active_registration(ministry=ministry)
    assert register(ministry, by=esm).is_in_process


def test_a_ministry_that_is_withdrawn_takes_no_registrations(esm):
    with pytest.raises(ValidationError):
        register(make.a_ministry(is_offered=False), by=esm)


@pytest.mark.django_db(transaction=True)
def test_two_esms_registering_with_one_ministry_at_once_make_one_registration(monkeypatch):
    esm = make.an_esm()
    colleague = make.an_esm(company=esm.company)
    ministry = make.a_ministry()
    meet_after(monkeypatch, "registrations.models:Registration.full_clean", parties=2)

    outcomes = at_once(*(lambda by=by: register(ministry, by=by) for by in (esm, colleague)))

    assert {type(one) for one in outcomes} == {Registration, ValidationError}
    assert Registration._base_manager.count() == 1


@pytest.mark.parametrize(
    ("requested_on", "days", "due"),
    [
        (date(2026, 6, 23), 2, date(2026, 6, 26)),
        (date(2026, 12, 23), 2, date(2026, 12, 29)),
        (date(2026, 6, 23), 1, date(2026, 6, 25)),
    ],
)
def test_the_answer_is_due_within_the_working_days_of_each_ministry(requested_on, days, due):
    ministry = make.a_ministry(processing_days=days)
    registration = make.a_registration(ministry=ministry, requested_on=requested_on)
    assert registration.answer_due_on == due


@freeze_time("2026-12-24 04:30")  # 23:30 in Québec, on the 23rd
def test_the_page_says_by_which_day_the_ministry_answers(visitor, esm, ministry):
    visitor.sign_in(esm)
    start = reverse("register-start", kwargs={"subject": ministry.code})
    check = visitor.fill(visitor.fill(start), consents="on")
    assert "29 décembre 2026" in visitor.read(check)
    assert Registration._base_manager.count() == 0
    visitor.transmit(check)
    assert Registration._base_manager.get().requested_on == date(2026, 12, 23)


# --- the ministry's answer ------------------------------------------------------------------------


def test_an_accepted_registration_is_active_from_then_on():
    registration = make.a_registration()
    decide(actions.accept, registration)
    assert now(registration).is_active
    assert now(registration).decided_at is not None


def test_a_refusal_says_why_in_one_language_at_least():
    registration = make.a_registration()
    with pytest.raises(ValidationError):
        decide(actions.refuse, registration, reason_fr="  ")
    decide(actions.refuse, registration, reason_fr="Numéro introuvable.")
    assert now(registration).is_refused
    with translation.override("en"):
        assert now(registration).reason == "Numéro introuvable."


@pytest.mark.parametrize("first", [make.an_active_registration, make.a_refused_registration])
@pytest.mark.parametrize("second", [actions.accept, actions.refuse])
def test_a_registration_is_decided_once(first, second):
    registration = first()
    reason = {"reason_fr": "Non."} if second is actions.refuse else {}
    with pytest.raises(ValidationError):
        decide(second, registration, **reason)
    assert now(registration).status == registration.status


@pytest.mark.django_db(transaction=True)
def test_two_officers_deciding_at_once_make_one_decision(monkeypatch):
    registration = make.a_registration()
    meet_after(monkeypatch, "registrations.models:Registration.set_decision", parties=2)

    outcomes = at_once(
        lambda: decide(actions.accept, registration),
        lambda: decide(actions.refuse, registration, reason_fr="Non."),
    )

    assert sum(isinstance(one, ValidationError) for one in outcomes) == 1
    assert sum(isinstance(one, Registration) for one in outcomes) == 1


@pytest.mark.parametrize(
    ("action", "reason", "words"),
    [
        (actions.accept, {}, {"fr": "", "en": ""}),
        (
            actions.refuse,
            {"reason_fr": "Numéro introuvable.", "reason_en": "No such number."},
            {"fr": "Numéro introuvable.", "en": "No such number."},
        ),
    ],
)
def test_the_answer_is_written_to_each_esm_in_his_language(esm, action, reason, words):
    english = make.an_esm(company=esm.company, language="en")
    make.an_esm(company=esm.company, is_active=False)
    make.a_user(company=esm.company)
    make.an_esm()
    registration = make.a_registration(company=esm.company)
    decide(action, registration, **reason)
    letters = {email.to[0]: email for email in letters_sent()}
    assert letters.keys() == {esm.email, english.email}
    assert words["fr"] in letters[esm.email].body
    assert words["en"] in letters[english.email].body
    assert letters[esm.email].subject != letters[english.email].subject


# --- questions that only some ministries ask ------------------------------------------------------


@pytest.mark.parametrize("typed", ["", "123456789", "12345678a0", "١٢٣٤٥٦٧٨٩٠"])
def test_a_ministrys_own_number_has_its_digits(visitor, esm, ministry, typed):
    question = make.a_question(ministry=ministry, code="client-number", digits=10)
    visitor.sign_in(esm)
    start = reverse("register-start", kwargs={"subject": ministry.code})
    response = visitor.post(start, {"client-number": typed})
    assert response.context_data["form"].errors.keys() == {question.code}


def a_client_number(ministry):
    labels = {"label_fr": "Numéro de client", "label_en": "Client number"}
    return make.a_question(ministry=ministry, code="client-number", digits=10, **labels)


def answer_it(visitor, ministry):
    start = reverse("register-start", kwargs={"subject": ministry.code})
    consent = visitor.fill(start, **{"client-number": "1234 567 890"})
    visitor.transmit(visitor.fill(consent, consents="on"))


def test_answers_are_kept_with_the_registration(visitor, esm, ministry):
    a_client_number(ministry)
    answer_it(visitor.sign_in(esm), ministry)
    assert Registration._base_manager.get().answers == [
        {
            "question": "client-number",
            "answer": "1234567890",
            "label_fr": "Numéro de client",
            "label_en": "Client number",
        }
    ]


def answers_in_the_admin(visitor, registration, language):
    """What the officer reads of the answers."""
    address = reverse("admin:registrations_registration_change", args=[registration.pk])
    html = visitor.sign_in(make.an_officer()).read(address.replace("/fr/", f"/{language}/", 1))
    return html.partition("field-answers_in_words")[2].partition("fieldset")[0]


@pytest.mark.parametrize("change", ["changed", "removed"])
@pytest.mark.parametrize(
    ("language", "asked", "since"),
    [("fr", "Numéro de client", "Nombre de camions"), ("en", "Client number", "Number of trucks")],
)
def test_an_answer_keeps_its_question_whatever_becomes_of_it(
    visitor, esm, ministry, change, language, asked, since
):
    question = a_client_number(ministry)
    answer_it(visitor.sign_in(esm), ministry)
    if change == "removed":
        question.delete()
    else:
        question.label_fr, question.label_en = "Nombre de camions", "Number of trucks"
        question.save()
    shown = answers_in_the_admin(visitor, Registration._base_manager.get(), language)
    assert f"{asked} : 1234567890" in shown
    assert since not in shown


def test_an_answer_that_the_version_before_wrote_has_the_question_of_its_code(visitor, ministry):
    a_client_number(ministry)
    answers = [
        {"question": "client-number", "answer": "1234567890"},
        {"question": "gone", "answer": "Oui"},
    ]
    registration = make.a_registration(ministry=ministry, answers=answers)
    shown = answers_in_the_admin(visitor, registration, "fr")
    assert "Numéro de client : 1234567890 · gone : Oui" in shown


def test_answers_of_before_take_the_present_question_and_keep_their_order(ministry):
    a_client_number(ministry)
    answers = [
        {"question": "gone", "answer": "Oui"},
        {"question": "client-number", "answer": "1234567890"},
    ]
    asked = make.a_registration(ministry=ministry, answers=answers)
    other = make.a_registration(answers=answers)
    none = make.a_registration()
    with connection.cursor() as cursor:
        cursor.execute(KEEP_QUESTIONS)
    kept = {"label_fr": "Numéro de client", "label_en": "Client number"}
    assert now(asked).answers == [answers[0], answers[1] | kept]
    assert now(other).answers == answers
    assert now(none).answers == []


def test_without_consent_nothing_is_sent(visitor, esm, ministry):
    visitor.sign_in(esm)
    consent = visitor.fill(reverse("register-start", kwargs={"subject": ministry.code}))
    response = visitor.post(consent, {})
    assert response.context_data["form"].errors.keys() == {"consents"}
    at = {"subject": ministry.code, "draft": consent.split("/")[-3]}
    check = reverse("register-check", kwargs=at)
    assert visitor.get(check).url == consent
