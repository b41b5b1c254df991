"""Each constraint of registrations's models, broken on purpose twice."""

import pytest
from django.core.exceptions import ValidationError

from cse_portal import clock
from registrations.models import Registration
from tests import factories as make
from tests.breaks import Break, is_refused_by_postgresql, is_told_by_a_form, names_of

pytestmark = pytest.mark.django_db


def a_second_question():
    first = make.a_question(code="client-number")
    return make.a_question(ministry=first.ministry)


def a_registration_after_a_refusal():
    refused = make.a_refused_registration()
    make.an_active_registration(company=refused.company, ministry=refused.ministry)
    return refused


def a_ticked_operator_service():
    return make.a_ticked_service(service=make.an_operator_service()).service


BREAKS = {
    "ministry_keeps_its_code": Break(make.a_ministry, {"code": "autre"}),
    "service_keeps_its_code": Break(make.a_service, {"code": "autre"}),
    "service_in_proxies_keeps_its_meaning": Break(
        a_ticked_operator_service, {"is_external_only": True}
    ),
    "question_once_per_ministry": Break(a_second_question, {"code": "client-number"}),
    "service_with_an_iqea_role_must_be_ticked": Break(
        make.an_operator_service, {"needs_tick": False}
    ),
    "service_of_the_verifier_is_external_only": Break(
        make.a_verifier_service, {"is_external_only": False}
    ),
    "registration_once_per_ministry_unless_refused": Break(
        a_registration_after_a_refusal, {"status": Registration.Status.ACTIVE, "reason_fr": ""}
    ),
    "registration_is_decided_unless_in_process": Break(
        make.an_active_registration, {"decided_at": None}
    ),
    "registration_is_deactivated_with_its_date": Break(
        make.a_deactivated_registration, {"deactivated_at": None}
    ),
    "registration_is_refused_with_a_reason": Break(make.a_refused_registration, {"reason_fr": ""}),
}


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        (
            "registration_is_decided_unless_in_process",
            Break(make.a_registration, {"decided_at": clock.now()}),
        ),
        (
            "registration_is_refused_with_a_reason",
            Break(make.an_active_registration, {"reason_en": "No such number."}),
        ),
        (
            "registration_once_per_ministry_unless_refused",
            Break(
                a_registration_after_a_refusal,
                {
                    "status": Registration.Status.DEACTIVATED,
                    "deactivated_at": clock.now(),
                    "reason_fr": "",
                },
            ),
        ),
        (
            "registration_is_deactivated_with_its_date",
            Break(make.an_active_registration, {"deactivated_at": clock.now()}),
        ),
    ],
)
def test_a_constraint_holds_the_other_way_round_too(name, broken):
    is_told_by_a_form(name, broken)
    is_refused_by_postgresql(name, broken)


each_break = pytest.mark.parametrize("name", BREAKS)


def test_no_constraint_is_left_untried():
    assert names_of("registrations") == BREAKS.keys()


@each_break
def test_a_form_says_so(name):
    is_told_by_a_form(name, BREAKS[name])


@each_break
def test_postgresql_refuses(name):
    is_refused_by_postgresql(name, BREAKS[name])


@pytest.mark.parametrize("said", [{"digits": 0}, {"code": "detour"}, {"code": "remove"}])
def test_a_question_that_nobody_could_answer_is_told_to_the_officer(said):
    with pytest.raises(ValidationError):
        make.a_question(**said)


def test_a_department_takes_a_day_at_least_to_answer():
    with pytest.raises(ValidationError):
        make.a_ministry(processing_days=0)
