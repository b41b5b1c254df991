"""What people type in all its forms, and the one form that is kept."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from cse_portal.pages import fields

TYPED = [
    (fields.TextField, "  IQEA – exploitant ", "IQEA – exploitant"),
    (fields.TextField, "IQEA   2026", "IQEA 2026"),
    (fields.TextField, "Ge\u0301rard", "Gérard"),
    (fields.PersonNameField, " Côté-L’Heureux ", "Côté-L’Heureux"),
    (fields.PersonNameField, "O'Brien", "O'Brien"),
    (fields.PersonNameField, "Nguye\u0302\u0303n Thi\u0323", "Nguyễn Thị"),
    (fields.PersonNameField, "Jean  Paul", "Jean Paul"),
    (fields.PersonNameField, "ᐃᓄᒃᑎᑐᑦ", "ᐃᓄᒃᑎᑐᑦ"),
    (fields.IdentificationNumberField, "1000000002", "1000000002"),
    (fields.IdentificationNumberField, " 1000 000 002 ", "1000000002"),
    (fields.IdentificationNumberField, "1000-000-002", "1000000002"),
    (fields.IdentificationNumberField, "1000\u00a0000\u202f002\n", "1000000002"),
    (fields.ExtensionField, " 12 34 ", "1234"),
    (fields.EmailField, " julie@acierie.example ", "julie@acierie.example"),
    (fields.TelephoneField, "4185550142", "418 555-0142"),
    (fields.TelephoneField, "(418) 555.0142", "418 555-0142"),
    (fields.TelephoneField, "1-418-555-0142", "418 555-0142"),
    (fields.TelephoneField, "418\u00a0555‑0142", "418 555-0142"),
    (fields.TelephoneField, "+33 1 70 18 99 00", "+33170189900"),
    (fields.DayField, "2029-11-22", date(2029, 11, 22)),
    (fields.DayField, " 2029/11/22 ", date(2029, 11, 22)),
    (fields.DayField, "2029 11 22", date(2029, 11, 22)),
    (fields.DayField, "2029.1.2", date(2029, 1, 2)),
    (fields.DayField, "20291122", date(2029, 11, 22)),
]
REFUSED = [
    (fields.TextField, "a\x00b"),
    (fields.TextField, "a\nb"),
    (fields.TextField, "a\u202eb"),
    (fields.TextField, "a\ufffdb"),
    (fields.PersonNameField, "Roy3"),
    (fields.PersonNameField, "Roy\x00"),
    (fields.PersonNameField, "\u200b"),
    (fields.PersonNameField, "-"),
    (fields.IdentificationNumberField, "123456789"),
    (fields.IdentificationNumberField, "12345678901"),
    (fields.IdentificationNumberField, "１２３４５６７８９０"),
    (fields.IdentificationNumberField, "١٢٣٤٥٦٧٨٩٠"),
    (fields.IdentificationNumberField, "100000000\x002"),
    (fields.IdentificationNumberField, "1000000\u202e002"),
    (fields.ExtensionField, "12345"),
    (fields.ExtensionField, "x12"),
    (fields.EmailField, "julie"),
    (fields.EmailField, "julie@acierie.example\nBcc: tous@acierie.example"),
    (fields.EmailField, "julie\u200b@acierie.example"),
    (fields.EmailField, '"=?utf-8?q?a=0Ab?="@x.example'),
    (fields.TelephoneField, "555-0142"),
    (fields.TelephoneField, "٤١٨٥٥٥٠١٤٢"),
    (fields.TelephoneField, "418 555-0142\x00"),
    (fields.TelephoneField, "4" * 10_000),
    (fields.DayField, "22 novembre 2029"),
    (fields.DayField, "2029-02-30"),
    (fields.DayField, "0000-01-01"),
    (fields.DayField, "٢٠٢٩-11-22"),
    (fields.DayField, "2029-11-22\x00"),
]


@pytest.mark.parametrize(("field", "typed", "kept"), TYPED)
def test_what_people_type_is_kept_in_one_form(field, typed, kept):
    assert field().clean(typed) == kept


@pytest.mark.parametrize(("field", "typed"), REFUSED)
def test_what_cannot_be_kept_is_refused_with_a_sentence(field, typed):
    with pytest.raises(ValidationError) as refusal:
        field().clean(typed)
    assert all(str(message).strip() for message in refusal.value.messages)


@pytest.mark.parametrize("field", [fields.TextField, fields.PersonNameField])
def test_a_text_is_measured_as_it_is_kept(field):
    """Some characters become two when they are composed: there is a sentence, and no error 500."""
    grows = "\N{DEVANAGARI LETTER QA}"
    with pytest.raises(ValidationError):
        field(max_length=5).clean(grows * 3)
    assert len(field(max_length=6).clean(grows * 3)) == 6


@pytest.mark.parametrize("field", [fields.ExtensionField, fields.TelephoneField, fields.TextField])
def test_a_field_that_may_stay_empty_is_kept_empty(field):
    assert field(required=False).clean("  ") == ""


def test_a_day_that_may_stay_empty_is_kept_as_none():
    assert fields.DayField(required=False).clean("  ") is None
