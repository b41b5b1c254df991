"""Each constraint of cse_portal's models, broken on purpose twice."""

import pytest

from cse_portal.models import LONGEST_DRAFT
from cse_portal.numbered_keys import OF_BEFORE
from tests import factories as make
from tests.breaks import Break, is_refused_by_postgresql, is_told_by_a_form, names_of

pytestmark = pytest.mark.django_db

BREAKS = {
    "company_identification_number_is_ten_digits": Break(
        make.a_company, {"identification_number": "123"}
    ),
    "company_neq_is_ten_digits": Break(make.a_company, {"neq": "١٢٣٤٥٦٧٨٩٠"}),
    "company_has_a_name": Break(make.a_company, {"name": ""}),
    "draft_is_no_longer_than_a_procedure_asks": Break(
        make.a_draft, {"answers": {"user": {"family_name": ["R" * LONGEST_DRAFT]}}}
    ),
    "key_is_on_record_once": Break(
        lambda: make.a_key_on_record(number=OF_BEFORE),
        lambda row: {"fingerprint": make.a_key_on_record(number=OF_BEFORE).fingerprint},
    ),
    "number_is_of_one_key": Break(
        make.a_key_on_record, lambda row: {"number": make.a_key_on_record().number}
    ),
}

each_break = pytest.mark.parametrize("name", BREAKS)


def test_no_constraint_is_left_untried():
    assert names_of("cse_portal") == BREAKS.keys()


@each_break
def test_a_form_says_so(name):
    is_told_by_a_form(name, BREAKS[name])


@each_break
def test_postgresql_refuses(name):
    is_refused_by_postgresql(name, BREAKS[name])
