"""Composite foreign keys, broken in SQL: nothing straddles companies, ministries or IQEA roles."""

import pytest
from django.db import IntegrityError, connection, transaction

from tests import factories as make

pytestmark = pytest.mark.django_db


def a_right_moved_to_the_proxy_of_another_company():
    return make.an_access_right(), {"proxy": make.a_proxy()}


def a_right_moved_to_the_registration_of_another_company():
    right = make.an_access_right()
    return right, {"registration": make.an_active_registration(ministry=right.ministry)}


def a_right_moved_to_another_ministry_than_its_registrations():
    return make.an_access_right(), {"ministry": make.a_ministry()}


def a_ticked_service_moved_to_the_right_at_another_ministry():
    return make.a_ticked_service(), {"access_right": make.an_access_right()}


def a_service_ticked_at_a_ministry_that_does_not_offer_it():
    return make.a_ticked_service(), {"service": make.a_service()}


def a_service_ticked_under_another_role_than_its_own():
    return make.a_ticked_service(service=make.an_operator_service()), {"iqea_role": "verifier"}


def an_assignment_moved_to_a_proxy_held_by_another_agent():
    assignment = make.an_assignment(proxy=make.a_proxy(agent=make.a_company()))
    theirs = make.a_proxy(mandator=assignment.mandator, agent=make.a_company())
    return assignment, {"proxy": theirs}


def an_assignment_moved_to_a_proxy_of_another_mandator():
    assignment = make.an_assignment(proxy=make.a_proxy(agent=make.a_company()))
    return assignment, {"proxy": make.a_proxy(agent=assignment.company)}


def an_assignment_moved_to_a_user_of_another_company():
    return make.an_assignment(), {"user": make.a_user()}


def a_message_moved_to_a_user_of_another_company():
    return make.a_message(), {"user": make.a_user()}


#: an event can't be moved, by whoever: `tests/notices/test_events.py` tries to write a wrong one
NEVER_CHANGED = {"event_is_by_the_companys_own_person"}
BREAKS = {
    "message_is_to_the_companys_own_person": a_message_moved_to_a_user_of_another_company,
    "access_right_is_of_the_mandators_proxy": a_right_moved_to_the_proxy_of_another_company,
    "access_right_is_of_the_mandators_registration": (
        a_right_moved_to_the_registration_of_another_company
    ),
    "access_right_is_of_the_registrations_ministry": (
        a_right_moved_to_another_ministry_than_its_registrations
    ),
    "ticked_service_is_of_the_rights_ministry": (
        a_ticked_service_moved_to_the_right_at_another_ministry
    ),
    "ticked_service_is_offered_by_the_ministry": (
        a_service_ticked_at_a_ministry_that_does_not_offer_it
    ),
    "ticked_service_keeps_its_iqea_role": a_service_ticked_under_another_role_than_its_own,
    "assignment_is_made_by_the_holder": an_assignment_moved_to_a_proxy_held_by_another_agent,
    "assignment_is_for_the_proxys_mandator": an_assignment_moved_to_a_proxy_of_another_mandator,
    "assignment_is_to_a_user_of_the_holder": an_assignment_moved_to_a_user_of_another_company,
}


def test_no_composite_foreign_key_is_left_untried():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND cardinality(conkey) > 1"
        )
        assert {name for (name,) in cursor.fetchall()} == BREAKS.keys() | NEVER_CHANGED


@pytest.mark.parametrize("name", BREAKS)
def test_postgresql_refuses(name):
    row, fault = BREAKS[name]()
    with pytest.raises(IntegrityError, match=f'"{name}"'), transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**fault)


def test_an_external_proxy_is_assigned_by_its_agent_and_not_by_its_mandator():
    proxy = make.a_proxy(agent=make.a_company())
    user = make.a_user(company=proxy.mandator)
    refused = pytest.raises(IntegrityError, match='"assignment_is_made_by_the_holder"')
    with refused, transaction.atomic():
        make.an_assignment(proxy=proxy, user=user, company=proxy.mandator)
