"""Form pages → verification → transmission → receipt, tried on a procedure of two pages."""

import pytest
from django import forms
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.urls import reverse
from django.utils.text import format_lazy
from freezegun import freeze_time

from cse_portal.acting.permissions import Verb
from cse_portal.companies.tenancy import company_scope
from cse_portal.flows import transmission
from cse_portal.flows.answers import as_lists, as_post
from cse_portal.flows.flow import DraftIncomplete, Flow, Outcome, Page
from cse_portal.flows.forms import PageForm
from cse_portal.flows.registry import all_flows, flow_named
from cse_portal.flows.transmission import SummaryChanged, save_page, summarize, transmit
from cse_portal.flows.views import flow_urls
from cse_portal.models import LONGEST_DRAFT, Draft, Receipt
from tests import factories as make
from tests.together import at_once

pytestmark = pytest.mark.django_db


class DishForm(PageForm):
    dish = forms.ChoiceField(choices=[("soup", "Soupe"), ("pie", "Tourtière")])
    drinks = forms.MultipleChoiceField(choices=[("milk", "Lait"), ("tea", "Thé")], required=False)


class TableForm(PageForm):
    table = forms.IntegerField(max_value=12)

    def narrow(self):
        if self.at.earlier.get("dish", {}).get("dish") == "pie":
            self.fields["table"].validators = [self.small_table]

    def small_table(self, value):
        if value > 3:
            raise ValidationError("Les tourtières ne vont qu’aux tables 1 à 3.")


class Order(Flow):
    """Orders a dish for a table; what it does is written on the wall."""

    slug = "order"
    verb = Verb.CREATE_FILE  # as good as any that an ESM may
    title = format_lazy("Commander")
    pages = (
        Page("dish", format_lazy("dish/"), format_lazy("Plat"), DishForm),
        Page("table", format_lazy("table/"), format_lazy("Table"), TableForm),
    )
    wall: list[dict] = []
    is_closed = False

    @classmethod
    def consequences(cls, steps, *, subject, by):
        return [f"Le plat ira à la table {steps[-1].form.cleaned_data['table']}."]

    @classmethod
    def perform(cls, answers, *, subject, by):
        if cls.is_closed:
            raise ValidationError("La cuisine est fermée.")
        cls.wall.append(dict(answers))
        return Outcome(by, "Le plat est commandé.")


SOUP, TABLE_5 = {"dish": ["soup"], "drinks": ["milk", "tea"]}, {"table": ["5"]}


@pytest.fixture
def esm():
    return make.an_esm()


@pytest.fixture
def order(monkeypatch):
    monkeypatch.setattr(Order, "wall", [])
    return Order


@pytest.fixture
def scope(esm):
    with company_scope(esm.company):
        yield


@pytest.fixture
def draft(esm, scope):
    """Both pages filled in."""
    first = save_page(Order, "dish", SOUP, by=esm)
    return save_page(Order, "table", TABLE_5, by=esm, draft_id=first.pk)


def seal_of(draft, esm):
    return summarize(Order, Draft.objects.get(pk=draft.pk), subject=None, by=esm).seal


def pages_of(walk):
    return [(step.page.slug, step.is_done) for step in walk]


# --- walking --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "walked"),
    [
        ({}, [("dish", False)]),
        ({"table": TABLE_5}, [("dish", False)]),
        ({"dish": {"dish": ["cake"]}, "table": TABLE_5}, [("dish", False)]),
        ({"dish": SOUP}, [("dish", True), ("table", False)]),
        ({"dish": SOUP, "table": {"table": ["13"]}}, [("dish", True), ("table", False)]),
        ({"dish": SOUP, "table": TABLE_5}, [("dish", True), ("table", True)]),
    ],
)
def test_a_walk_stops_at_the_first_page_to_fix(esm, answers, walked):
    assert pages_of(Order.walk(answers, subject=None, by=esm)) == walked


def test_a_page_is_judged_with_what_the_earlier_pages_answer(esm):
    answers = {"dish": {"dish": ["pie"]}, "table": TABLE_5}
    with pytest.raises(DraftIncomplete) as incomplete:
        Order.complete(answers, subject=None, by=esm)
    assert incomplete.value.step.slot == "table"


# --- keeping --------------------------------------------------------------------------------------


def test_looking_at_the_first_page_writes_nothing(visitor, esm):
    visitor.sign_in(esm).read(reverse("create-user-file-start"))
    assert not Draft._base_manager.exists()


def test_what_is_typed_is_kept_as_it_was_typed_valid_or_not(esm, scope):
    typed = {"dish": [" Çà\u00a0et là "], "drinks": ["tea", "tea"], "else": ["<b>"]}
    draft = save_page(Order, "dish", typed, by=esm)
    assert Draft.objects.get(pk=draft.pk).answers == {"dish": typed}


def test_keeping_one_page_leaves_the_others_alone(esm, draft):
    save_page(Order, "dish", {"dish": ["pie"]}, by=esm, draft_id=draft.pk)
    assert Draft.objects.get().answers == {"dish": {"dish": ["pie"]}, "table": TABLE_5}


def test_a_page_can_be_forgotten(esm, draft):
    save_page(Order, "table", None, by=esm, draft_id=draft.pk)
    assert Draft.objects.get().answers == {"dish": SOUP}


def test_a_colleague_does_not_write_in_the_draft_of_another(esm, draft):
    colleague = make.an_esm(company=esm.company)
    with pytest.raises(Draft.DoesNotExist):
        save_page(Order, "dish", SOUP, by=colleague, draft_id=draft.pk)


def test_a_nul_which_postgresql_cannot_keep_is_kept_as_a_mark():
    assert as_lists(as_post({"name": ["a\x00b"]}), {"name"}) == {"name": ["a\ufffdb"]}


def test_only_the_fields_of_a_page_are_kept(visitor, esm):
    typed = make.A_PERSON | {f"field-{number}": "x" * 1_000 for number in range(200)}
    check = visitor.sign_in(esm).fill(reverse("create-user-file-start"), **typed)
    draft = Draft._base_manager.get()
    assert str(draft.pk) in check
    assert draft.answers == {"user": {name: [value] for name, value in make.A_PERSON.items()}}


def test_a_draft_that_is_too_long_is_refused_and_stays_as_it_was(visitor, esm):
    visitor.sign_in(esm).fill(reverse("create-user-file-start"), **make.A_PERSON)
    draft = Draft._base_manager.get()
    where = reverse("create-user-file-user", kwargs={"draft": draft.pk})
    typed = make.A_PERSON | {"family_name": "R" * (LONGEST_DRAFT + 1)}
    page = visitor.post(where, typed).content.decode()
    assert "trop long pour être conservé" in page
    assert "R" * LONGEST_DRAFT in page
    assert Draft._base_manager.get().answers == draft.answers


def test_a_person_has_so_many_drafts_and_the_oldest_makes_room(esm, scope, monkeypatch):
    monkeypatch.setattr(transmission, "MOST_DRAFTS", 3)
    colleague = make.an_esm(company=esm.company)
    theirs = save_page(Order, "dish", SOUP, by=colleague)
    with freeze_time("2026-11-23 12:00") as moment:
        mine = []
        for _one in range(3):
            moment.tick(60)
            mine.append(save_page(Order, "dish", SOUP, by=esm))
        moment.tick(60)
        save_page(Order, "table", TABLE_5, by=esm, draft_id=mine[0].pk)
        moment.tick(60)
        latest = save_page(Order, "dish", SOUP, by=esm)
    kept = {theirs.pk, mine[0].pk, mine[2].pk, latest.pk}
    assert set(Draft.objects.values_list("pk", flat=True)) == kept


@pytest.mark.django_db(transaction=True)
def test_drafts_begun_at_once_are_no_more_for_it(esm, monkeypatch):
    monkeypatch.setattr(transmission, "MOST_DRAFTS", 3)

    def begin():
        with company_scope(esm.company):
            save_page(Order, "dish", SOUP, by=esm)

    assert at_once(*[begin] * 7) == [None] * 7
    assert Draft._base_manager.count() == 3


# --- transmitting ---------------------------------------------------------------------------------


def test_a_draft_becomes_its_receipt(esm, order, draft):
    receipt = transmit(order, draft.pk, seal=seal_of(draft, esm), subject=None, by=esm)
    assert receipt.pk == draft.pk
    assert not Draft.objects.exists()
    assert receipt.outcome == "Le plat est commandé."
    assert receipt.consequences == ["Le plat ira à la table 5."]
    assert receipt.groups == [
        {
            "title": "Plat",
            "rows": [
                {"label": "Dish", "values": ["Soupe"]},
                {"label": "Drinks", "values": ["Lait", "Thé"]},
            ],
        },
        {"title": "Table", "rows": [{"label": "Table", "values": ["5"]}]},
    ]
    assert (receipt.company, receipt.transmitted_by) == (esm.company, esm)
    assert order.wall == [
        {"dish": {"dish": "soup", "drinks": ["milk", "tea"]}, "table": {"table": 5}}
    ]


def test_transmitting_again_gives_the_same_receipt_and_does_nothing(esm, order, draft):
    seal = seal_of(draft, esm)
    first, second = (
        transmit(order, draft.pk, seal=seal, subject=None, by=esm) for _time in range(2)
    )
    assert first == second
    assert len(order.wall) == 1


def test_what_changed_since_it_was_shown_is_not_transmitted(esm, order, draft):
    seal = seal_of(draft, esm)
    save_page(order, "table", {"table": ["6"]}, by=esm, draft_id=draft.pk)
    with pytest.raises(SummaryChanged):
        transmit(order, draft.pk, seal=seal, subject=None, by=esm)
    assert order.wall == []
    assert Draft.objects.get().answers["table"] == {"table": ["6"]}


@pytest.mark.parametrize("seal", ["", "0", "é"])
def test_a_seal_that_was_never_shown_transmits_nothing(esm, order, draft, seal):
    with pytest.raises(SummaryChanged):
        transmit(order, draft.pk, seal=seal, subject=None, by=esm)
    assert order.wall == []


def test_the_seal_of_another_draft_transmits_nothing(esm, order, draft):
    other = save_page(order, "dish", SOUP, by=esm)
    other = save_page(order, "table", TABLE_5, by=esm, draft_id=other.pk)
    with pytest.raises(SummaryChanged):
        transmit(order, draft.pk, seal=seal_of(other, esm), subject=None, by=esm)


def test_a_consequence_that_changed_is_shown_again(esm, order, draft, monkeypatch):
    seal = seal_of(draft, esm)
    monkeypatch.setattr(order, "consequences", lambda *_, **__: ["Il y aura des betteraves."])
    with pytest.raises(SummaryChanged):
        transmit(order, draft.pk, seal=seal, subject=None, by=esm)


def test_an_incomplete_draft_is_not_transmitted(esm, order, draft):
    seal = seal_of(draft, esm)
    save_page(order, "table", {"table": ["13"]}, by=esm, draft_id=draft.pk)
    with pytest.raises(DraftIncomplete):
        transmit(order, draft.pk, seal=seal, subject=None, by=esm)
    assert order.wall == []


def test_a_refused_transmission_leaves_the_draft_as_it_was(esm, order, draft, monkeypatch):
    monkeypatch.setattr(order, "is_closed", True)
    with pytest.raises(ValidationError, match="fermée"):
        transmit(order, draft.pk, seal=seal_of(draft, esm), subject=None, by=esm)
    assert Draft.objects.get().answers == {"dish": SOUP, "table": TABLE_5}
    assert not Receipt.objects.exists()


def test_a_colleague_does_not_transmit_the_draft_of_another(esm, order, draft):
    colleague = make.an_esm(company=esm.company)
    with pytest.raises(Receipt.DoesNotExist):
        transmit(order, draft.pk, seal=seal_of(draft, esm), subject=None, by=colleague)
    assert order.wall == []


def test_a_draft_of_one_procedure_is_not_transmitted_by_another(esm, draft):
    class Other(Order):
        slug = "other"

    with pytest.raises(Receipt.DoesNotExist):
        transmit(Other, draft.pk, seal=seal_of(draft, esm), subject=None, by=esm)


# --- the register ---------------------------------------------------------------------------------


def test_two_procedures_of_one_slug_are_a_mistake():
    class Other(Order):
        slug = "create-user-file"

    with pytest.raises(ImproperlyConfigured, match="CreateUserFile"):
        flow_urls(Other)
    assert flow_named("create-user-file").__name__ == "CreateUserFile"


def below(flow):
    return {one for each in flow.__subclasses__() for one in (each, *below(each))}


def test_every_procedure_of_the_apps_has_its_addresses():
    ours = {one for one in below(Flow) if "slug" in vars(one) and one.__module__[:6] != "tests."}
    assert ours == set(all_flows())
