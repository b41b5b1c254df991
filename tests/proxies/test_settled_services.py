"""What a right to an e-service means does not change under those who have it (decision 5)."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import translation

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.settled import Settled
from proxies import actions
from proxies.actions import giving
from proxies.models import AccessRight, Proxy, TickedService
from registrations.models import Service
from tests import factories as make
from tests.conftest import Visitor
from tests.proxies.conftest import EXPIRED, FULL, change, give, row_set, ticked
from tests.together import PATIENCE, Meeting, at_once

pytestmark = pytest.mark.django_db

#: each column that says what a right means, with another value than a plain e-service has
MEANING: dict[str, dict[str, Any]] = {
    "needs_tick": {"needs_tick": True},
    "is_external_only": {"is_external_only": True},
    "iqea_role": {"iqea_role": "operator", "needs_tick": True},
    "ministry": {},
}
#: how an e-service was ticked, or is included without restriction
GIVEN = {
    "ticked": lambda esm, service: give(esm, rights={service.ministry: ticked(service)}),
    "without restriction": lambda esm, service: give(esm, rights={service.ministry: FULL}),
}
each_meaning = pytest.mark.parametrize("column", MEANING)
each_way = pytest.mark.parametrize("way", GIVEN)


@pytest.fixture
def admin(visitor) -> Visitor:
    return visitor.sign_in(make.an_officer())


def meant_otherwise(column: str) -> dict[str, Any]:
    return MEANING[column] or {"ministry": make.a_ministry().pk}


def posted(service: Service, **changed: Any) -> dict[str, Any]:
    """What the admin's form of an e-service sends, with some changes; « off » sends nothing."""
    names = ("ministry_id", "code", "name_fr", "name_en", "iqea_role", "position")
    fields = {name.removesuffix("_id"): getattr(service, name) for name in names}
    ticks = ("needs_tick", "is_external_only", "is_offered")
    fields |= {name: getattr(service, name) for name in ticks} | changed
    return {
        name: "on" if value is True else value
        for name, value in fields.items()
        if value is not False
    }


def corrects(admin: Visitor, service: Service, **changed: Any) -> Any:
    where = reverse("admin:registrations_service_change", args=[service.pk])
    return admin.post(where, posted(service, **changed))


def reproached(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200, "it was saved"
    return answer.context_data["adminform"].form.errors


def now(service: Service) -> Service:
    return Service.objects.get(pk=service.pk)


# --- in the admin ---------------------------------------------------------------------------------


@each_way
@each_meaning
def test_what_proxies_give_is_not_made_another_right(admin, esm, phosphorus, column, way):
    GIVEN[way](esm, phosphorus)
    before = Service.objects.filter(pk=phosphorus.pk).values().get()
    asked = meant_otherwise(column)
    said = []
    for language in ("fr", "en"):
        with translation.override(language):
            errors = reproached(corrects(admin, phosphorus, **asked))
        assert errors.keys() <= asked.keys()
        said += [str(message) for messages in errors.values() for message in messages]
    assert len(set(said)) == 2, "a sentence beside the field, in each language"
    assert Service.objects.filter(pk=phosphorus.pk).values().get() == before


@each_meaning
def test_what_no_proxy_gives_is_still_corrected(admin, esm, melccfp, phosphorus, column):
    other = make.a_service(ministry=melccfp)
    give(esm, rights={melccfp: ticked(other)})
    asked = meant_otherwise(column)
    assert corrects(admin, phosphorus, **asked).status_code == 302
    for name, value in asked.items():
        stored = getattr(now(phosphorus), "ministry_id" if name == "ministry" else name)
        assert stored == value


def test_an_e_service_does_not_move_in_where_proxies_give_all_of_them(admin, esm, melccfp):
    """They would give what nobody read when they were given."""
    give(esm, rights={melccfp: FULL})
    newcomer = make.a_service()
    assert reproached(corrects(admin, newcomer, ministry=melccfp.pk)).keys() == {"ministry"}


@pytest.mark.parametrize(
    "over",
    [
        {"revoked_at": clock.now()},
        {**EXPIRED, "is_expiry_recorded": True},
    ],
    ids=["revoked", "expired"],
)
def test_once_proxies_without_restriction_are_over_it_may_change(admin, esm, phosphorus, over):
    row_set(GIVEN["without restriction"](esm, phosphorus), **over)
    assert corrects(admin, phosphorus, needs_tick=True).status_code == 302


def test_what_was_ticked_stays_on_record_after_the_proxy(admin, esm, phosphorus):
    """The regulation asks for the role held within the last three years (RDOCECA, section 6.6)."""
    row_set(GIVEN["ticked"](esm, phosphorus), revoked_at=clock.now())
    errors = reproached(corrects(admin, phosphorus, iqea_role="operator", needs_tick=True))
    assert errors.keys() <= {"iqea_role", "needs_tick"}


def test_no_change_of_an_e_service_gives_an_agent_both_roles(
    admin, esm, agent_esm, melccfp, phosphorus, verifier
):
    agent = agent_esm.company
    give(esm, agent=agent, rights={melccfp: ticked(verifier)})
    give(esm, agent=agent, rights={melccfp: ticked(phosphorus)})
    reproached(corrects(admin, phosphorus, iqea_role="operator", needs_tick=True))
    reproached(corrects(admin, verifier, iqea_role="operator"))
    with across_companies(because="a test"):
        held = AccessRight.objects.filter(proxy__agent=agent, ticked__service__iqea_role="operator")
        assert not held.exists()


def test_names_and_the_offer_change_as_before(admin, esm, melccfp, phosphorus):
    GIVEN["ticked"](esm, phosphorus)
    answer = corrects(admin, phosphorus, name_fr="Phosphore", is_offered=False, position=7)
    assert answer.status_code == 302
    assert (now(phosphorus).name_fr, now(phosphorus).is_offered) == ("Phosphore", False)


@pytest.mark.parametrize("model", ["service", "ministry"])
def test_a_code_never_changes(admin, phosphorus, model):
    if model == "service":
        answer = corrects(admin, phosphorus, code="autre")
    else:
        answer = corrects_ministry(admin, phosphorus, code="autre")
    assert reproached(answer).keys() == {"code"}
    assert now(phosphorus).code == phosphorus.code


def corrects_ministry(admin: Visitor, service: Service, /, **changed: Any) -> Any:
    """The page of a department or agency, with its e-services in lines below."""
    ministry = service.ministry
    names = ("code", "acronym", "name_fr", "name_en", "consent_fr", "consent_en", "telephone")
    fields = {name: getattr(ministry, name) for name in (*names, "processing_days")}
    line = posted(service) | {"id": service.pk} | changed.pop("line", {})
    forms = {f"services-0-{name}": value for name, value in line.items()}
    for formset, count in (("services", 1), ("questions", 0)):
        forms |= {f"{formset}-TOTAL_FORMS": count, f"{formset}-INITIAL_FORMS": count}
    where = reverse("admin:registrations_ministry_change", args=[ministry.pk])
    on = {"is_offered": "on", "takes_external_proxies": "on"}
    return admin.post(where, fields | on | forms | changed)


def test_the_lines_of_a_ministry_say_it_too_and_delete_nothing(admin, esm, phosphorus):
    GIVEN["without restriction"](esm, phosphorus)
    answer = corrects_ministry(admin, phosphorus, line={"needs_tick": "on"})
    assert answer.status_code == 200
    (lines,) = (
        one.formset
        for one in answer.context_data["inline_admin_formsets"]
        if one.opts.model is Service
    )
    assert [errors.keys() for errors in lines.errors] == [{"needs_tick"}]
    assert corrects_ministry(admin, phosphorus, line={"DELETE": "on"}).status_code == 302
    assert not now(phosphorus).needs_tick


# --- in PostgreSQL --------------------------------------------------------------------------------


def test_a_tick_whose_rules_were_checked_under_another_role_is_refused(esm, melccfp, operator):
    right = make.an_access_right(scope=AccessRight.Scope.RESTRICTED, ministry=melccfp)
    stale = TickedService(access_right=right, service=operator, ministry=melccfp, iqea_role="")
    refused = pytest.raises(IntegrityError, match="ticked_service_keeps_its_iqea_role")
    with refused, transaction.atomic():
        TickedService.objects.bulk_create([stale])


def test_the_version_before_ticks_without_naming_the_role(melccfp, operator):
    right = make.an_access_right(scope=AccessRight.Scope.RESTRICTED, ministry=melccfp)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO proxies_tickedservice (access_right_id, service_id, ministry_id)"
            " VALUES (%s, %s, %s)",
            [right.pk, operator.pk, melccfp.pk],
        )
    assert TickedService._base_manager.get(service=operator).iqea_role == "operator"


@pytest.mark.django_db(transaction=True)
@each_way
def test_who_gives_a_right_at_this_moment_comes_first(monkeypatch, esm, phosphorus, way):
    """What is given and not yet committed is waited for."""
    is_given, meeting = threading.Event(), Meeting(2)
    grant = giving._grant

    def slowed(*arguments: Any) -> None:
        grant(*arguments)
        is_given.set()
        meeting.wait()  # until the officer waits for the lock

    monkeypatch.setattr(giving, "_grant", slowed)

    def officer_changes() -> int:
        assert is_given.wait(PATIENCE)
        return Service.objects.filter(pk=phosphorus.pk).update(needs_tick=True)

    given, refused = at_once(lambda: GIVEN[way](esm, phosphorus), officer_changes)
    assert isinstance(given, Proxy)
    assert isinstance(refused, IntegrityError)
    assert not now(phosphorus).needs_tick


def test_what_was_given_since_the_form_was_checked_is_told_by_the_form(
    monkeypatch, admin, esm, phosphorus
):
    """PostgreSQL refuses; the form is asked once more, instead of an error 500."""
    GIVEN["ticked"](esm, phosphorus)
    checked = []
    validate = Settled.validate

    def too_early(self: Settled, *arguments: Any, **options: Any) -> None:
        checked.append(self.name)
        if checked.count(self.name) > 1:
            validate(self, *arguments, **options)

    monkeypatch.setattr(Settled, "validate", too_early)
    errors = reproached(corrects(admin, phosphorus, is_external_only=True))
    assert errors.keys() == {"is_external_only"}


def test_a_proxy_is_given_extended_and_copied_with_what_stays(esm, agent_esm, melccfp, operator):
    """The role is written with each tick, by every way in which rights are given."""
    proxy = give(esm, agent=agent_esm.company, rights={melccfp: ticked(operator)})
    change(proxy, by=esm, rights={melccfp: ticked(operator, make.a_service(ministry=melccfp))})
    with company_scope(esm.company):
        actions.copy(
            proxy,
            by=esm,
            agent=agent_esm.company,
            ends_on=proxy.ends_on,
            description="Copie",
            rights={melccfp: ticked(operator)},
        )
    roles = TickedService._base_manager.filter(service=operator).values_list("iqea_role", flat=True)
    assert list(roles) == ["operator"] * 3
