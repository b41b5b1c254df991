"""The history of an account: append-only, in the reader's language, exported without formulas."""

import csv
import io
import string

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from cse_portal.companies.tenancy import across_companies, company_scope
from notices.actions import record
from notices.happenings import GROUPS, HAPPENINGS, NOTICES
from notices.models import Event, Message
from notices.views import escape_formula
from tests import factories as make
from users.happenings import FILE_CREATED
from users.models import User

pytestmark = pytest.mark.django_db

FACTS = {
    "ministry_fr": "Ministère",
    "ministry_en": "Department",
    "acronym": "MO",
    "reason_fr": "Motif",
    "reason_en": "",
    "name": "Julie Gagné",
    "names": "Julie Gagné",
    "code": "GAGN1234",
    "proxy": "IQEA",
    "mandator": "Aciérie",
    "agent": "Conseils",
    "company": "Aciérie",
    "ends_on": "2026-12-31",
    "count": 2,
    "telephone": "418 555-0100",
}
CHANGES = [
    "UPDATE notices_event SET kind = 'file.changed' WHERE id = %s",
    "UPDATE notices_event SET facts = '{}' WHERE id = %s",
    "DELETE FROM notices_event WHERE id = %s",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_an_event_is_never_changed_nor_deleted(statement):
    event = make.an_event()
    refused = pytest.raises(DatabaseError, match="an event is never changed nor deleted")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [event.pk])
    assert Event._base_manager.get().facts == event.facts


def wrong(**fields):
    with transaction.atomic(), across_companies(because="this test"):
        Event.objects.create(kind="file.created", **fields)


def test_a_history_names_nobody_of_another_company():
    with pytest.raises(IntegrityError, match="event_is_by_the_companys_own_person"):
        wrong(company=make.a_company(), by=make.an_esm())


def test_an_event_is_by_a_person_or_by_another_party():
    esm = make.an_esm()
    with pytest.raises(IntegrityError, match="event_is_by_a_person_or_by_another_party"):
        wrong(company=esm.company, by=esm, by_party="MELCCFP")


def test_an_event_is_once_in_a_companys_history():
    event = make.an_event()
    with pytest.raises(IntegrityError, match="event_once_for_a_company"):
        wrong(company=event.company, occurrence=event.occurrence)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_kind_has_its_words_in_both_languages(language):
    with translation.override(language):
        for kind in HAPPENINGS:
            sentence = str(Event(kind=kind, facts=FACTS))
            assert "%" not in sentence
            assert sentence.rstrip()[-1] in ".k" or "Motif" in sentence
        for one in NOTICES:
            message = Message(kind=one, facts=FACTS)
            assert "%" not in message.subject + message.text + message.advice


def test_every_kind_stands_in_a_group_of_the_history():
    assert {kind.partition(".")[0] for kind in HAPPENINGS} == GROUPS.keys()


def test_a_day_and_a_ministry_are_read_in_the_language_of_the_page():
    event = Event(kind="proxy.extended", facts=FACTS)
    asked = Event(kind="registration.refused", facts=FACTS)
    with translation.override("fr"):
        assert "31 décembre 2026" in str(event)
        assert "Ministère" in str(asked)
    with translation.override("en"):
        assert "December 31, 2026" in str(event)
        # what is missing in a language is read in the other
        assert "Department" in str(asked)
        assert "Motif" in str(asked)


def test_the_sentences_name_only_known_facts():
    known = {name.removesuffix("_fr").removesuffix("_en") for name in FACTS}
    said = [one.sentence for one in HAPPENINGS.values()]
    said += [part for one in NOTICES.values() for part in (one.subject, one.text, one.advice)]
    for sentence in said:
        names = [part.partition(")")[0] for part in str(sentence).split("%(")[1:]]
        assert set(names) <= known
        assert all(set(name) <= {*string.ascii_lowercase, "_"} for name in names)


# --- the page and the file ------------------------------------------------------------------------


@pytest.fixture
def esm():
    return make.an_esm(family_name="Tremblay", first_name="Marie")


def test_who_acted_is_named_as_on_that_day(esm):
    """And of before, when no name was kept, as they are named now."""
    with company_scope(esm.company):
        event = record(FILE_CREATED, company=esm.company, by=esm, name="Julie", code="GAGN1234")
    of_before = make.an_event(company=esm.company, by=esm)
    User._base_manager.filter(pk=esm.pk).update(family_name="Roy")
    kept, old = (Event._base_manager.get(pk=one.pk) for one in (event, of_before))
    assert kept.done_by == f"Marie Tremblay ({esm.user_code})"
    assert old.done_by == f"Marie Roy ({esm.user_code})"
    assert make.an_event(by_party="MELCCFP").done_by == "MELCCFP"


def groups(visitor):
    return visitor.get(reverse("notices:history")).context_data["groups"]


def test_the_history_is_narrowed_by_kind_and_by_person(visitor, esm):
    colleague = make.an_esm(company=esm.company)
    mine = make.an_event(company=esm.company, by=esm)
    theirs = make.an_event(company=esm.company, by=colleague, kind="proxy.given", facts=FACTS)
    make.an_event()
    visitor.sign_in(esm)

    def shown(**query):
        page = visitor.get(reverse("notices:history"), query).context_data["page"]
        return set(page.object_list)

    assert shown() == {mine, theirs}
    assert shown(kind="proxy") == {theirs}
    assert shown(person=esm.pk) == {mine}
    assert shown(kind="proxy", person=esm.pk) == set()
    titles = [str(title) for _code, title, _is_chosen in groups(visitor)]
    assert titles == ["Inscriptions", "Dossiers des utilisateurs", "Procurations", "Assignations"]
    for nonsense in ("x", "9" * 40, "²", "\x00"):
        assert shown(kind=nonsense, person=nonsense) == {mine, theirs}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_taken_for_a_formula(cell):
    assert escape_formula(cell) == f"'{cell}"
    assert escape_formula(f"a{cell}") == f"a{cell}"


@pytest.mark.parametrize(("language", "delimiter"), [("fr", ";"), ("en", ",")])
def test_the_file_holds_what_the_page_shows(visitor, esm, language, delimiter):
    facts = FACTS | {"name": "=HYPERLINK(1)"}
    make.an_event(company=esm.company, by=esm, facts=facts)
    make.an_event(
        company=esm.company, by_party="@MELCCFP", kind="registration.accepted", facts=FACTS
    )
    with translation.override(language):
        address = reverse("notices:history_file")
    answer = visitor.sign_in(esm).get(address)
    text = answer.content.decode("utf-8-sig")
    header, first, second = csv.reader(io.StringIO(text), delimiter=delimiter)
    assert len(header) == len(first) == len(second) == 5
    assert first[3] == "'@MELCCFP"
    assert second[3] == f"Marie Tremblay ({esm.user_code})"
    assert answer["Content-Disposition"].startswith("attachment")
    only = visitor.get(address, {"kind": "file"}).content.decode("utf-8-sig")
    assert len(only.splitlines()) == 2


def test_two_thousand_events_take_as_many_queries_as_thirty(visitor, esm):
    visitor.sign_in(esm)

    def queries(times):
        Event._base_manager.bulk_create(
            Event(company=esm.company, by=esm, kind="file.created", facts=FACTS)
            for _one in range(times)
        )
        with CaptureQueriesContext(connection) as made:
            visitor.read(f"{reverse('notices:history')}?page=2&kind=file&person={esm.pk}")
        return len(made)

    few = queries(30)
    assert queries(2_000) == few <= 12
