"""The agent of an external proxy: ten digits, a company of the portal, not one's own."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from cse_portal.models import Draft
from proxies.models import Proxy
from tests.proxies.conftest import FULL, give, refused, row_set

pytestmark = pytest.mark.django_db

TERMS = {"ends_on": "2027-01-31", "description": "IQEA", "ministry": "melccfp"}


def test_the_agent_is_not_the_mandator_itself(esm, melccfp):
    with refused("own"):
        give(esm, agent=esm.company, rights={melccfp: FULL})


def test_what_the_database_alone_refuses_is_said_in_words(esm, melccfp, monkeypatch):
    """Should the check before it ever be missing, the constraint answers, and not by an error."""
    monkeypatch.setattr("proxies.actions.giving.check_agent", lambda agent, *, mandator: None)
    with pytest.raises(ValidationError, match="autre entreprise"):
        give(esm, agent=esm.company, rights={melccfp: FULL})


def test_the_agent_is_a_company_whose_account_is_open(esm, agent_esm, melccfp):
    closed = agent_esm.company
    closed.is_active = False
    with refused("unknown"):
        give(esm, agent=closed, rights={melccfp: FULL})


def test_an_external_proxy_appears_at_the_agents_at_once(visitor, esm, agent_esm, melccfp):
    give(esm, agent=agent_esm.company, description="IQEA Boréale", rights={melccfp: FULL})
    assert "IQEA Boréale" in visitor.sign_in(agent_esm).read(reverse("proxies:list"))


@pytest.fixture
def ask(visitor, esm, melccfp):
    """Type an agent's number on the page of a new proxy; the errors beside that field."""

    def ask(number, kind="external"):
        typed = TERMS | {"kind": kind, "agent_number": number}
        visitor.sign_in(esm)
        response = visitor.post(reverse("create-proxy-start"), typed)
        assert response.status_code == 200
        assert Draft._base_manager.get().answers["proxy"]["agent_number"] == [number]
        return response.context_data["form"].errors.get("agent_number", [])

    return ask


@pytest.mark.parametrize(
    "number", ["", "123456789", "12345678901", "12345678a0", "١٢٣٤٥٦٧٨٩٠", "9" * 10_000]
)
def test_the_agents_number_has_exactly_ten_digits(ask, number):
    assert len(ask(number)) == 1


def test_the_agents_number_is_that_of_a_company_of_the_portal(ask):
    assert len(ask("9999999999")) == 1


def test_the_agents_number_is_not_that_of_a_closed_account(ask, agent_esm):
    row_set(agent_esm.company, is_active=False)
    assert len(ask(agent_esm.company.identification_number)) == 1


def test_the_agents_number_is_not_ones_own(ask, esm):
    assert len(ask(esm.company.identification_number)) == 1


def test_an_internal_proxy_has_no_agents_number(ask, agent_esm):
    assert len(ask(agent_esm.company.identification_number, kind="internal")) == 1


def test_the_agents_number_may_be_typed_with_spaces(ask, agent_esm):
    number = agent_esm.company.identification_number
    assert ask(f" {number[:4]} {number[4:7]}\u00a0{number[7:]} ") == []


def test_the_agents_name_is_shown_before_transmitting(visitor, esm, agent_esm, melccfp):
    typed = TERMS | {"kind": "external", "agent_number": agent_esm.company.identification_number}
    visitor.sign_in(esm)
    rights = visitor.fill(reverse("create-proxy-start"), **typed, detour="rights")
    page = visitor.fill(rights, scope="full")
    check = visitor.fill(page, **typed)
    (terms, *_rights) = visitor.get(check).context_data["groups"]
    shown = [value for row in terms["rows"] for value in row["values"]]
    assert agent_esm.company.name in shown
    assert agent_esm.company.identification_number in " ".join(shown)
    visitor.transmit(check)
    assert Proxy._base_manager.get().agent == agent_esm.company
