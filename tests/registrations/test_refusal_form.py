"""The officer refuses in the languages of the companies' ESMs: a missing one is told beside it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from notices.models import Event, Message
from registrations.models import Registration
from tests import factories as make
from tests.journeys.dom import parse

pytestmark = pytest.mark.django_db

TYPED = {"reason_fr": "Numéro introuvable.", "reason_en": "No such number."}
MISSING = "Inscrivez le motif du refus dans cette langue."


@pytest.fixture
def pending():
    """Two companies: in one, the ESMs read French; in the other, English."""
    registrations = [make.a_registration() for _one in range(2)]
    for registration, language in zip(registrations, ["fr", "en"], strict=True):
        make.an_esm(company=registration.company, language=language)
    return registrations


@pytest.fixture
def bilingual():
    """One company whose ESMs read both."""
    registration = make.a_registration()
    for language in ("fr", "en"):
        make.an_esm(company=registration.company, language=language)
    return [registration]


def refuse(visitor, registrations, **typed):
    """« Refuser » in the officer's list, then in the form where the reason is typed."""
    address = reverse("admin:registrations_registration_changelist")
    chosen = [str(one.pk) for one in registrations]
    return visitor.post(address, {"action": "refuse", "_selected_action": chosen, **typed})


def told_beside(page, name):
    """What is reproached at a field: right above it, and read with it by a screen reader."""
    field = page.first("input", name=name)
    told = page.first(id=field["aria-describedby"] or "none")
    if told is None:
        return ""
    above = [one for one in told.parent.children if not isinstance(one, str)]
    assert above[above.index(told) + 1] is field.around("p")
    return told.text


def statuses(registrations):
    keys = [one.pk for one in registrations]
    rows = Registration._base_manager.filter(pk__in=keys)
    return set(rows.values_list("status", flat=True))


def traces():
    return [model._base_manager.count() for model in (Event, Message, LogEntry)]


@pytest.mark.parametrize("chosen", ["bilingual", "pending"])
@pytest.mark.parametrize("missing", ["reason_fr", "reason_en"])
def test_a_missing_language_is_told_beside_its_field_and_nothing_is_lost(
    request, visitor, chosen, missing
):
    registrations = request.getfixturevalue(chosen)
    visitor.sign_in(make.an_officer())
    (kept,) = TYPED.keys() - {missing}

    response = refuse(visitor, registrations, **TYPED | {missing: "  "})

    assert response.status_code == 200
    page = parse(response.content.decode())
    assert told_beside(page, missing) == MISSING
    assert told_beside(page, kept) == ""
    assert [one["value"] for one in page.all("input", name=kept)] == [TYPED[kept]]
    still = {int(one["value"]) for one in page.all("input", name="_selected_action")}
    assert still == {one.pk for one in registrations}
    assert statuses(registrations) == {Registration.Status.IN_PROCESS}
    assert traces() == [0, 0, 0]


def test_once_both_are_typed_each_company_is_refused(visitor, pending):
    visitor.sign_in(make.an_officer())
    assert refuse(visitor, pending, **TYPED).status_code == 302
    assert statuses(pending) == {Registration.Status.REFUSED}
    assert traces() == [2, 2, 2]


def test_a_language_that_no_esm_of_the_chosen_companies_reads_may_be_missing(visitor, pending):
    visitor.sign_in(make.an_officer())
    french, english = pending
    make.a_user(company=french.company, language="en")
    make.an_esm(company=french.company, language="en", is_active=False)
    assert refuse(visitor, [french], reason_fr=TYPED["reason_fr"], reason_en="").status_code == 302
    assert statuses([french]) == {Registration.Status.REFUSED}
    assert statuses([english]) == {Registration.Status.IN_PROCESS}


def test_the_empty_form_reproaches_nothing_yet(visitor, bilingual):
    visitor.sign_in(make.an_officer())
    page = parse(refuse(visitor, bilingual).content.decode())
    assert [told_beside(page, name) for name in TYPED] == ["", ""]
    assert traces() == [0, 0, 0]
