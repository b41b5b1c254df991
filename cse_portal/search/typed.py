"""What somebody typed to search, in the shapes by which it is looked up."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext_lazy as _

from cse_portal.patterns import INVISIBLE, without_spacing

#: characters; the longest name of a company has 120, and no one types it whole
LONGEST = 100
#: letters in a row that the index of parts finds; a shorter word is found as a whole word
SHORTEST_PART = 3
TOO_LONG = _("Your search is too long. Type at most %(longest)d characters.")
NOTHING = _("Type a letter or a digit at least.")


@dataclass(frozen=True)
class Typed:
    """A text as it was typed, and its keys (`search_key`), without the spaces at their ends."""

    text: str
    key: str
    #: of what stands before and after the comma of « Tremblay, Marie »
    family_key: str
    first_key: str

    @classmethod
    def read(cls, text: str) -> "Typed":
        """Raises ValidationError for a text that is too long, or has neither letter nor digit."""
        text = without_invisible(text)
        if len(text) > LONGEST:
            raise ValidationError(TOO_LONG, params={"longest": LONGEST}, code="too_long")
        family, _comma, first = text.partition(",")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT search_key(%s), search_key(%s), search_key(%s)", [text, family, first]
            )
            keys = [key.strip() for key in cursor.fetchone()]
        typed = cls(text, *keys)
        if not any(letter.isalnum() for letter in typed.key):
            raise ValidationError(NOTHING, code="nothing")
        return typed

    @cached_property
    def words(self) -> list[str]:
        return self.key.split()

    @cached_property
    def code(self) -> str:
        """As codes are written: in capitals, without spaces."""
        return "".join(self.text.split()).upper()

    @cached_property
    def digits(self) -> str:
        """A number however it was spaced; empty for anything else."""
        found = without_spacing(self.text)
        return found if re.fullmatch("[0-9]+", found) else ""

    @property
    def is_email(self) -> bool:
        return "@" in self.text

    @property
    def parts(self) -> list[str]:
        """The parts that a key must have: each word, the short ones as whole words."""
        return [word if len(word) >= SHORTEST_PART else f" {word} " for word in self.words]


def without_invisible(text: str) -> str:
    """As it is seen: one space for any, compatible forms as one, no mark of direction, no NUL."""
    spaced = " ".join(unicodedata.normalize("NFKC", text).split())
    return "".join(one for one in spaced if unicodedata.category(one) not in INVISIBLE).strip()
