"""Formats of what is kept: one table of good and of bad values for each."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import connection

from cse_portal import patterns

GOOD = [
    (
        patterns.email_address,
        [
            "julie@acierie.example",
            "o'brien+cse@acierie.example",
            "{a}%b!c@x.example",
            "julie@aciérie.example",
            "julie@xn--acirie-eva.example",
            "julie@日本.example",
            "julie@ACIERIE.example",
            f"{'a' * 64}@x.example",
        ],
    ),
    (patterns.ten_digits, ["1000000001", "0000000000"]),
    (patterns.up_to_four_digits, ["", "1", "0042", "9999"]),
    (patterns.user_code, ["TREM1001", "ABCD", "123456789012"]),
    (patterns.plain_text, ["", "Aciérie Boréale inc.", "IQEA – exploitant", "日本", "a\u00a0b"]),
    (
        patterns.person_name,
        [
            "Roy",
            "Côté-L’Heureux",
            "O'Brien",
            "d’Ivernois",
            "Nguyễn Thị Minh Khai",
            "Nguye\u0302\u0303n",
            "ᐃᓄᒃᑎᑐᑦ",
            "Müller‑Lüdenscheidt",
            "St. Laurent",
            "Владимир",
            "李",
        ],
    ),
]
BAD = [
    (
        patterns.email_address,
        [
            "",
            "julie",
            "julie@acierie.example\nBcc: x@x.example",
            # the mail library sends none of these, or sends it to another address
            '"=?utf-8?q?a=0Ab?="@x.example',
            "=?utf-8?q?a=0Ab?=@x.example",
            "=?utf-8?q?a?=@x.example",
            '"a,b"@x.example',
            '""@x.example',
            '"\x01"@x.example',
            "\N{KELVIN SIGN}@x.example",
            "\N{LATIN SMALL LETTER LONG S}@x.example",
            f"a@{'é' * 60}.example",
            "a@straße.example",
            "a@\N{LATIN SMALL LIGATURE FI}n.example",
            "a@\N{FULLWIDTH LATIN SMALL LETTER X}.example",
            "a@xn--a.example",
            # what no mail server takes (RFC 5321, 4.5.3.1)
            f"{'a' * 65}@x.example",
            f"a@{'.'.join(['日本' * 20] * 5)}.example",
        ],
    ),
    (
        patterns.ten_digits,
        [
            "",
            "123456789",
            "12345678901",
            "12345678a0",
            "1234567890\n",
            "\n1234567890",
            "1000 000 001",
            "１２３４５６７８９０",
            "١٢٣٤٥٦٧٨٩٠",
            "123456789\x00",
        ],
    ),
    (patterns.up_to_four_digits, ["12345", "12a", "123\n", "١٢", "12 3", "-1"]),
    (patterns.user_code, ["ABC", "ABCDEFGHIJKLM", "trem1001", "TRÉM1001", "TREM1001\n", "A B C D"]),
    (
        patterns.plain_text,
        ["\x00", "a\nb", "a\tb", "a\u202eb", "a\u200bb", "a\u2066b", "\ufffd", "\ue000", "\ud800"],
    ),
    (
        patterns.person_name,
        [
            "",
            " ",
            "-",
            "R0y",
            "Roy3",
            "<b>",
            "Roy\n",
            "Roy\x00",
            "Roy\u202e",
            "Roy, Luc",
            "١٢",
            "🙂",
        ],
    ),
]


def pairs(table):
    return [
        pytest.param(check, value, id=f"{getattr(check, '__name__', check.__class__)}-{value!a}")
        for check, values in table
        for value in values
    ]


@pytest.mark.parametrize(("check", "value"), pairs(GOOD))
def test_a_good_value_is_taken(check, value):
    assert check(value) is None


@pytest.mark.parametrize(("check", "value"), pairs(BAD))
def test_a_bad_value_is_refused(check, value):
    with pytest.raises(ValidationError):
        check(value)


def addresses(*, good):
    (found,) = [some for check, some in (GOOD if good else BAD) if check == patterns.email_address]
    return found


@pytest.mark.parametrize("address", addresses(good=True))
def test_a_good_address_is_written_to_as_it_is(address):
    """By the mail library itself."""
    local, _at, domain = address.rpartition("@")
    written = EmailMessage("s", "b", to=[address]).message()["To"]
    assert written == f"{local}@{domain.encode('idna').decode()}"


@pytest.mark.parametrize(
    "typed", ["1000 000 002", "1000-000-002", "1000.000.002", "1000\u00a0000\u202f002"]
)
def test_digits_are_kept_without_the_spacing_that_people_type(typed):
    assert patterns.without_spacing(typed) == "1000000002"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "pattern", [patterns.TEN_DIGITS, patterns.UP_TO_FOUR_DIGITS, patterns.USER_CODE]
)
def test_python_and_postgresql_read_a_pattern_alike(pattern):
    values = [value for table in (GOOD, BAD) for _check, some in table for value in some]
    values = [value for value in values if "\x00" not in value and "\ud800" not in value]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT value, value ~ %s FROM unnest(%s::text[]) AS value", [pattern, values]
        )
        read = cursor.fetchall()
    assert read == [(value, bool(re.search(pattern, value))) for value in values]
