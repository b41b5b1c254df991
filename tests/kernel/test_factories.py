"""The factories' own promise: what they make by default is valid."""

import pytest

from tests import factories as make

FACTORIES = [
    make.a_company,
    make.a_user,
    make.an_esm,
    make.an_officer,
    make.a_ministry,
    make.a_question,
    make.a_service,
    make.an_operator_service,
    make.a_verifier_service,
    make.a_registration,
    make.an_active_registration,
    make.a_refused_registration,
    make.a_proxy,
    make.an_access_right,
    make.a_ticked_service,
    make.an_assignment,
    make.a_draft,
    make.a_receipt,
    make.a_restore,
    make.a_key_on_record,
]


@pytest.mark.django_db
@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_what_a_factory_makes_by_default_is_valid(factory):
    assert factory().pk is not None


@pytest.mark.django_db
def test_a_visitor_who_signs_in_reads_his_home_page(visitor):
    esm = make.an_esm(first_name="Marie")
    assert "Marie" in visitor.sign_in(esm).read("/fr/accueil/")
