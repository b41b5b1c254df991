"""Formats of what people type: one regular expression for validator and constraint alike.

`[0-9]` and not `\\d`, which also matches other scripts' digits; `\\A…\\Z` and not `^…$`, which also
accepts a trailing newline.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

TEN_DIGITS = r"\A[0-9]{10}\Z"
UP_TO_FOUR_DIGITS = r"\A[0-9]{0,4}\Z"
USER_CODE = r"\A[A-Z0-9]{4,12}\Z"

ten_digits = RegexValidator(TEN_DIGITS, _("Enter ten digits, without spaces."))
up_to_four_digits = RegexValidator(
    UP_TO_FOUR_DIGITS, _("Enter an extension of at most four digits.")
)
user_code = RegexValidator(USER_CODE, _("Enter four to twelve letters or digits."))

# Cc: controls; Cf: bidirectional and zero-width marks; Cs, Co, Cn: surrogates, private, unassigned.
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain_text(value: str) -> None:
    """Refuse invisible and unprintable characters: they would falsify a name on a receipt."""
    if any(unicodedata.category(char) in INVISIBLE or char == REPLACEMENT for char in value):
        raise ValidationError(_("Remove the characters that cannot be printed."), code="invisible")


complete_address = EmailValidator(
    _("Enter a complete e-mail address, for example name@company.example.")
)
#: what stands before the @, unquoted: RFC 5321's Dot-string
LOCAL_PART = re.compile(
    r"[A-Z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.IGNORECASE | re.ASCII
)
LONGEST_LOCAL_PART, LONGEST_ADDRESS = 64, 254  # RFC 5321, section 4.5.3.1; its erratum 1690


def email_address(value: str) -> None:
    """Refuse an invalid address, or one to which letters could not be sent as it is written.

    In addition to Django's validator, refuse encoded words (`=?utf-8?q?a?=@x.example` is sent to
    `a@x.example`, or to nobody), quotes, characters that mail servers refuse before the @, and
    domains that can't be encoded for DNS, or only as another name.
    """
    complete_address(value)
    local, _at, domain = value.rpartition("@")
    try:
        written = domain.encode("idna").decode("ascii")
        read_back = written.encode("ascii").decode("idna")
        is_same = domain.lower() in {written.lower(), read_back.lower()}
    except UnicodeError:
        is_same, written = False, ""
    if (
        not is_same
        or "=?" in local
        or not LOCAL_PART.fullmatch(local)
        or len(local) > LONGEST_LOCAL_PART
        or len(f"{local}@{written}") > LONGEST_ADDRESS
    ):
        raise ValidationError(complete_address.message, code=complete_address.code)


def person_name(value: str) -> None:
    """Accept letters of any script, accents, apostrophes, hyphens, spaces and full stops."""
    for char in value:
        if not (unicodedata.category(char)[0] in "LM" or char in " -.'’‑"):
            raise ValidationError(
                _("Enter a name made of letters, apostrophes, hyphens and spaces."), code="name"
            )
    if not any(unicodedata.category(char)[0] == "L" for char in value):
        raise ValidationError(
            _("Enter a name made of letters, apostrophes, hyphens and spaces."), code="name"
        )


def without_spacing(value: str) -> str:
    """`1000 000 002` and `1000-000-002` as people write them → `1000000002`."""
    return re.sub(r"[\s\u00a0\u202f\-.]", "", value)
