"""Each constraint of cse_portal's models, broken on purpose twice."""

import pytest

from tests import factories as make
from tests.breaks import Break, is_refused_by_postgresql, is_told_by_a_form, names_of

pytestmark = pytest.mark.django_db

BREAKS = {
    "company_identification_number_is_ten_digits": Break(
        make.a_company, {"identification_number": "123"}
    ),
    "company_neq_is_ten_digits": Break(make.a_company, {"neq": "١٢٣٤٥٦٧٨٩٠"}),
    "company_has_a_name": Break(make.a_company, {"name": ""}),
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
