"""When the world moved on meanwhile: what can't be answered any more is said, never a wall."""

from datetime import timedelta
from typing import Any

import pytest

from cse_portal import clock
from cse_portal.companies.tenancy import company_scope
from cse_portal.flows.flow import DraftIncomplete
from proxies.flows import ChangeProxy, CopyProxy, CreateProxy, RenewProxies
from proxies.terms import last_allowed_day
from registrations import actions as registrations
from tests import factories as make
from tests.letters import letters_sent
from tests.proxies.conftest import row_set

pytestmark = pytest.mark.django_db

FULL = {"scope": ["full"], "services": []}


@pytest.fixture
def esm():
    return make.an_esm()


@pytest.fixture
def melccfp(esm):
    ministry = make.a_ministry(code="melccfp", acronym="MELCCFP")
    make.a_service(ministry=ministry)
    make.an_active_registration(company=esm.company, ministry=ministry)
    return ministry


def terms(**said):
    usual = {"kind": "internal", "agent_number": "", "description": "IQEA", "ministry": "melccfp"}
    last = last_allowed_day(clock.today()).isoformat()
    return {name: [value] for name, value in {**usual, "ends_on": last, **said}.items()}


def opened(flow, subject, esm) -> Any:
    """A new draft's answers, to be changed as a person would."""
    with company_scope(esm.company):
        return {page: dict(kept) for page, kept in flow.opening(subject, by=esm).items()}


def deactivates(esm, ministry):
    with company_scope(esm.company):
        registration = ministry.registrations.get(company=esm.company)
        registrations.deactivate(registration, by=esm)


def complete(flow, answers, esm, subject=None):
    with company_scope(esm.company):
        steps = flow.complete(answers, subject=subject, by=esm)
        return steps, flow.consequences(steps, subject=subject, by=esm)


def test_rights_at_a_department_that_left_meanwhile_are_dropped_and_it_is_said(esm, melccfp):
    other = make.a_ministry(code="autre")
    make.an_active_registration(company=esm.company, ministry=other)
    answers = {"proxy": terms(), "rights.melccfp": FULL, "rights.autre": FULL}
    deactivates(esm, melccfp)
    steps, said = complete(CreateProxy, answers, esm)
    assert [step.slot for step in steps] == ["proxy", "rights.autre"]
    assert "Inscription non active (MELCCFP)" in said[0]


def test_a_draft_left_without_any_rights_says_which_registration_ended(esm, melccfp):
    answers = {"proxy": terms(), "rights.melccfp": FULL}
    deactivates(esm, melccfp)
    with pytest.raises(DraftIncomplete) as stopped:
        complete(CreateProxy, answers, esm)
    (reproach,) = stopped.value.step.form.errors["ministry"]
    assert "MELCCFP" in reproach


@pytest.fixture
def withdrawn(esm, melccfp):
    """A proxy that ticks two services, of which one is no longer offered."""
    kept, gone = (make.a_service(ministry=melccfp) for _one in range(2))
    proxy = make.a_proxy(given_by=esm)
    make.an_access_right(proxy=proxy, services=[kept, gone])
    row_set(gone, is_offered=False)
    return proxy, kept, gone


def test_a_proxy_with_a_withdrawn_service_is_edited_without_losing_it(esm, withdrawn):
    proxy, kept, gone = withdrawn
    answers = opened(ChangeProxy, proxy, esm)
    answers["proxy"]["description"] = ["Autre"]
    steps, _said = complete(ChangeProxy, answers, esm, proxy)
    assert steps[-1].form.cleaned_data["rights"].services == {kept, gone}


def test_a_copy_leaves_a_withdrawn_service_out_and_says_so(esm, withdrawn):
    proxy, kept, gone = withdrawn
    answers = {**opened(CopyProxy, proxy, esm), "users": {"users": []}}
    steps, said = complete(CopyProxy, answers, esm, proxy)
    (rights,) = [step for step in steps if step.slot == "rights.melccfp"]
    assert rights.form.cleaned_data["rights"].services == {kept}
    assert any(gone.name in sentence for sentence in said)


def test_a_copy_that_becomes_external_forgets_who_was_ticked(esm, melccfp):
    proxy = make.a_proxy(given_by=esm)
    make.an_access_right(proxy=proxy, ministry=melccfp)
    user = make.an_assignment(proxy=proxy).user
    number = make.a_company().identification_number
    answers = opened(CopyProxy, proxy, esm)
    answers["proxy"] |= {"kind": ["external"], "agent_number": [number]}
    answers["users"] = {"users": [str(user.pk)]}
    steps, _said = complete(CopyProxy, answers, esm, proxy)
    assert steps[-1].form.cleaned_data["users"] == []


def test_a_copy_with_its_users_says_that_they_act_at_once(esm, melccfp):
    proxy = make.a_proxy(given_by=esm)
    make.an_access_right(proxy=proxy, ministry=melccfp)
    user = make.an_assignment(proxy=proxy).user
    answers = opened(CopyProxy, proxy, esm)
    answers["users"] = {"users": [str(user.pk)]}
    _steps, said = complete(CopyProxy, answers, esm, proxy)
    assert any(sentence.startswith("Cette personne pourra agir") for sentence in said)


def test_several_proxies_are_told_apart_by_their_agents_and_a_useless_date_is_refused(esm):
    agent = make.a_company(name="Conseils Air Pur inc.")
    ends_on = clock.today() + timedelta(days=400)
    for party in (None, agent):
        make.a_proxy(given_by=esm, agent=party, description="IQEA", ends_on=ends_on)
    with company_scope(esm.company):
        offered = RenewProxies.common(None, by=esm)
        sooner = (ends_on - timedelta(days=1)).isoformat()
        answers = {"proxies": {"proxies": list(offered), "ends_on": [sooner]}}
        (step,) = RenewProxies.walk(answers, subject=None, by=esm)
        choices: Any = step.form.choice_field("proxies").choices
        labels = [str(label) for _key, label in choices]
        assert "ends_on" in step.form.errors
    assert len(set(labels)) == 2
    assert any("Conseils Air Pur inc." in label for label in labels)


def test_nothing_is_e_mailed_to_a_suspended_person():
    message = make.a_message()
    row_set(message.user, is_active=False)
    assert letters_sent() == []
    row_set(message.user, is_active=True)
    assert letters_sent() == []
