"""Messages that say what is no longer so are not e-mailed (reminders: `test_reminders.py`)."""

from datetime import timedelta

import pytest
from django.core import mail

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies, company_scope
from notices.models import Message
from proxies import actions
from registrations import actions as registration_actions
from registrations.models import Registration
from tests import factories as make
from tests.letters import sends
from tests.proxies.conftest import row_set

pytestmark = pytest.mark.django_db
ENDED = "La procuration qui vous était assignée a pris fin"


@pytest.fixture
def proxy():
    """External, with a right at a ministry, held by a user of the agent."""
    found = make.a_proxy(agent=make.a_company(), ends_on=clock.today() + timedelta(days=30))
    make.an_access_right(proxy=found)
    agent_esm = make.an_esm(company=found.agent)
    holder = make.a_user(company=found.agent)
    make.an_assignment(proxy=found, user=holder, assigned_by=agent_esm)
    return found


@pytest.fixture
def registration(proxy):
    return Registration._base_manager.get(company=proxy.mandator)


def extends(proxy):
    with company_scope(proxy.mandator):
        actions.extend(proxy, by=proxy.given_by, ends_on=proxy.ends_on + timedelta(days=30))


def test_that_a_proxy_is_extended_is_void_once_it_is_revoked(proxy):
    extends(proxy)
    with company_scope(proxy.mandator):
        actions.revoke(proxy, by=proxy.given_by)
    assert sends() == {"void": 2, "sent": 2}
    subjects = {str(letter.subject) for letter in mail.outbox}
    assert subjects == {f"Procuration révoquée\u00a0: {proxy.description}", ENDED}
    assert Message._base_manager.count() == 4  # in the boxes of the portal, they stay


def test_that_a_proxy_is_extended_is_void_once_it_is_extended_further(proxy):
    extends(proxy)
    assert Message._base_manager.count() == 2
    row_set(proxy, ends_on=proxy.ends_on + timedelta(days=60))
    assert sends() == {"void": 2}


@pytest.mark.parametrize("again", [True, False])
def test_that_e_services_are_closed_is_void_once_they_are_open_again(registration, again):
    officer = make.an_officer()
    esm = make.an_esm(company=registration.company)
    with company_scope(registration.company):
        registration_actions.deactivate(registration, by=esm)
        if again:
            registration_actions.request_reactivation(registration, by=esm)
    if again:
        with across_companies(because="a ministry officer decides for every company"):
            registration_actions.accept(registration, by=officer)
    closed = Message._base_manager.filter(kind__startswith="rights.closed")
    assert closed.exists()
    count = closed.count()
    ends = sends()
    assert ends["void"] == (count if again else 0)
    assert ends["sent"] == Message._base_manager.count() - ends["void"]
