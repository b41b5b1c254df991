"""An officer who reads the portal's public pages is offered no company's screen."""

import pytest

from home.menu import menu_of
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_an_officer_has_no_menu_of_a_company():
    assert menu_of(make.an_officer(), at="/fr/aide/") == ()
    assert menu_of(make.a_user(), at="/fr/aide/")
