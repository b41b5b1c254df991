"""The longest of everything meets: each procedure is transmitted, shown and told, and never cut."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.forms import Field
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company, Receipt
from cse_portal.pages import fields
from notices.models import Event, Message
from proxies.flows import GrantRights
from proxies.forms.terms import OneUserTermsForm
from proxies.models import Proxy
from proxies.reminders import Round
from registrations import actions
from registrations.forms import LONGEST_ANSWER
from registrations.models import Ministry, Question, Service
from sandbox.mailbox import MailboxBackend
from tests import factories as make
from tests.letters import letters_sent
from tests.samples import ALL, Sample
from tests.shared_rows import shared_rows
from tests.sweeps.addresses import LANGUAGES, address_with, every_page, of_sample
from tests.sweeps.visits import Sweeper
from tests.sweeps.world import Ministries, World, a_world
from users.models import User

pytestmark = pytest.mark.django_db

#: what is typed in columns of their own, by model; each is as long as its column
NAMES: dict[Any, tuple[str, ...]] = {
    Company: ("name",),
    User: ("family_name", "first_name"),
    Ministry: ("acronym", "name_fr", "name_en", "contact_fr", "contact_en"),
    Service: ("name_fr", "name_en"),
    Question: ("label_fr", "label_en", "hint_fr", "hint_en"),
    Proxy: ("description",),
}
#: 254 characters, as RFC 5321 allows (its erratum 1690)
ADDRESS = f"{'l' * 64}@{'d' * 63}.{'e' * 63}.{'f' * 53}.example"


def words(length: int, end: str = "x") -> str:
    """So many characters, in words, with letters of more than one byte and one that grows."""
    return ("Œuvre-Élisabeth Straße " * length)[: length - 1] + end


@pytest.fixture(scope="module")
def wide(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """A world in which all that has a name has the longest."""
    with shared_rows(a_wide_world, django_db_blocker) as made:
        yield made


def a_wide_world() -> World:
    world = a_world("Zyxowvut", Ministries.make(), samples=[])
    with across_companies(because="tests arrange every company"):
        for model, names in NAMES.items():
            rooms = {name: model._meta.get_field(name).max_length for name in names}
            model.objects.update(**{name: words(room) for name, room in rooms.items()})
    return world


def longest(field: Field | None, value: list[str]) -> list[str]:
    """The longest that a field takes where it takes words, an address; else what it had."""
    if isinstance(field, fields.EmailField):
        return [ADDRESS]
    if isinstance(field, fields.TextField) and field.max_length:
        return [words(field.max_length, end="z")]  # other than what stood there
    return value


def answers_of(sample: Sample, world: World) -> dict[str, dict[str, list[str]]]:
    forms = {page.slug: page.form_class.base_fields for page in every_page(sample.flow)}
    answers = sample.lists(world)
    for slot, asked in answers.items():
        known = forms[slot.partition(".")[0]]
        for name, value in asked.items():
            asked[name] = longest(known.get(name), value)
        if "words" in asked:  # the ministry's own question
            asked["words"] = [words(LONGEST_ANSWER)]
    return answers


def all_that_was_told(language: str) -> None:
    """Each event has its sentence; each message is shown in the portal, and leaves as a letter."""
    with translation.override(language):
        for event in Event._base_manager.exclude(kind="file.created"):
            assert event.sentence != f"{event.title}."
        for message in Message._base_manager.exclude(kind="assignment.made"):
            assert message.subject
            assert message.text
    letters_sent()
    MailboxBackend().send_messages(mail.outbox)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.name)
def test_a_procedure_is_transmitted_with_the_longest_of_everything(wide, sample, language):
    User._base_manager.update(language=language)
    draft = make.a_draft(
        author=wide.esm,
        flow=sample.flow.slug,
        subject=sample.key(wide),
        answers=answers_of(sample, wide),
    )
    wide.drafts[sample.name] = draft
    arguments = of_sample(sample)[f"{sample.flow.slug}-check"]["draft"](wide)
    check = address_with(f"{sample.flow.slug}-check", arguments, language=language)
    visitor = Sweeper().sign_in(wide.esm)

    with CaptureQueriesContext(connection) as queries:
        landed = visitor.transmit(check)
    assert [query["sql"] for query in queries if "TIME ZONE" in query["sql"].upper()] == []

    receipt = Receipt._base_manager.get(pk=draft.pk)
    assert receipt.outcome
    assert receipt.language == language
    with translation.override(language):
        pages = [landed, sample.flow.receipt_address(receipt)]
        pages += [reverse(name) for name in ("notices:history", "notices:history_file", "home")]
    for page in pages:
        assert visitor.get(page).status_code == 200, page
    all_that_was_told(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_ministry_answers_and_what_the_days_bring_has_room(wide, language):
    User._base_manager.update(language=language)
    reason = words(400)
    with across_companies(because="tests play the officer and the daily command"):
        refused = make.a_registration(company=wide.company, ministry=wide.ministries.free)
        actions.accept(wide.pending, by=make.an_officer())
        actions.refuse(refused, by=make.an_officer(), reason_fr=reason, reason_en=reason)
    assert Round().write().written
    yesterday = clock.today() - timedelta(days=1)
    ending = Proxy._base_manager.filter(pk=wide.ending.pk)
    ending.update(term_starts_on=yesterday, ends_on=yesterday)
    assert Round().write().written
    all_that_was_told(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_short_way_begins_with_a_description_that_it_takes(wide, language):
    """It bears the name of the user, however long: whole words and an ellipsis."""
    person = User._base_manager.get(pk=wide.newcomer.pk)
    with translation.override(language):
        (description,) = GrantRights.opening(person, by=wide.esm)["proxy"]["description"]
        assert OneUserTermsForm.base_fields["description"].clean(description) == description
    kept = description.removesuffix("…")
    assert kept != description
    assert f"{person.full_name} ".startswith(f"{kept[kept.index('Œ') :]} ")
