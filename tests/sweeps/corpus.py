"""What people and programs type that nobody expects, for each kind of field."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

from cse_portal import clock
from proxies.terms import last_allowed_day

MISSING = None
SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'

#: bytes are sent as they stand, already encoded; a list is sent as several fields of one name
ANYTHING: dict[str, Any] = {
    "NUL": "Roy\x00Roy",
    "broken UTF-8": b"Roy%ff%fe",
    "broken UTF-8, not even encoded": b"Roy\xff\xfe",
    "lone surrogate": b"Roy%ed%a0%80",
    "right-to-left override": "Roy\u202eyoR",
    "isolated direction": "Roy\u2066yoR\u2069",
    "zero-width": "Ro\u200by",
    "soft hyphen": "Ro\u00ady",
    "noncharacter": "Roy\uffff",
    "10,000 characters": "R" * 10_000,
    "10,000 combining marks": "e" + "\u0301" * 10_000,
    "Arabic digits": "١٢٣٤٥٦٧٨٩٠",
    "full-width digits": "１２３４５６７８９０",
    "line break": "Roy\r\nBcc: tous@ailleurs.example",
    "formula =": "=HYPERLINK(1)",
    "formula +": "+1",
    "formula -": "-1",
    "formula @": "@SUM(1)",
    "template": "{{ 7*7 }}{% now 'Y' %}",
    "format": "%s%(x)s{0}",
    "SQL": "' OR 1=1--",
    "script": SCRIPT,
    "image": IMAGE,
    "40 digits": "1" * 40,
    "5,000 digits": "1" * 5_000,
    "spaces": "   ",
    "nothing": "",
    "missing": MISSING,
    "twice, the last one wrong": ["Roy", "\u202e"],
}
UNPRINTABLE = {
    *("NUL", "broken UTF-8", "broken UTF-8, not even encoded", "lone surrogate"),
    *("right-to-left override", "isolated direction", "zero-width", "soft hyphen"),
    *("noncharacter", "line break", "twice, the last one wrong"),
}
TOO_LONG = {"10,000 characters", "10,000 combining marks", "5,000 digits"}
EMPTY = {"spaces", "nothing", "missing"}
DATES = {
    "year 0": "0000-01-01",
    "year 9999": "9999-12-31",
    "no such day": "2027-02-30",
    "no such month": "2027-13-01",
    "the other way": "31/12/2027",
    "Arabic date": "٢٠٢٧-٠١-٠١",
    "in words": "demain",
    "a date and its hour": "2027-01-01T00:00",
}


def dates() -> dict[str, Any]:
    today = clock.today()
    return (
        ANYTHING
        | DATES
        | {
            "yesterday": (today - timedelta(days=1)).isoformat(),
            "a day too late": (last_allowed_day(today) + timedelta(days=1)).isoformat(),
        }
    )


def encoded(answers: dict[str, Any]) -> bytes:
    """A body as a browser, or anything else, posts it."""
    pairs = []
    for name, value in answers.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not MISSING:
                typed = one if isinstance(one, bytes) else quote_plus(str(one)).encode()
                pairs.append(quote_plus(name).encode() + b"=" + typed)
    return b"&".join(pairs)


def as_shown(value: Any) -> str | None:
    """What a text box shows of what was typed; None where bytes were no text to begin with."""
    if isinstance(value, list):
        value = value[-1]
    if value is MISSING or isinstance(value, bytes):
        return None
    return str(value).replace("\x00", "\ufffd")
