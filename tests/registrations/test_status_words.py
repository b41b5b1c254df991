"""The pages say a registration's status in the words of the model."""

import re

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from registrations.models import Registration
from tests import factories as make

pytestmark = pytest.mark.django_db
OF_EACH = {
    Registration.Status.IN_PROCESS: make.a_registration,
    Registration.Status.ACTIVE: make.an_active_registration,
    Registration.Status.REFUSED: make.a_refused_registration,
    Registration.Status.DEACTIVATED: make.a_deactivated_registration,
}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("status", Registration.Status)
def test_a_status_is_said_as_the_model_names_it(status, language):
    registration = OF_EACH[status]()
    assert registration.status == status
    with override(language):
        said = render_to_string("registrations/status.html", {"registration": registration})
        found = re.search(r'<span class="tag [^"]*">([^<]*)</span>', said)
        assert found is not None
        assert found[1] == str(status.label) == registration.status_name
