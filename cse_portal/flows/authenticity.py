"""The short code by which a paper proves that it is an acknowledgment of this portal, unaltered.

Nothing is kept for it: it is made again from the receipt, under the portal's key. A receipt that
somebody changes in the database no longer has the code that was printed.
"""

import json
import re
from datetime import UTC

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from cse_portal.models import Receipt

#: ten signs of five bits: a guess is right once in 2^50; no sign is taken for another (I, L, O, U)
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
SALT = "cse_portal.authenticity"
READ_AS = str.maketrans("OIL", "011")
#: in the numbers of receipts it is the other way round: they have no 0 and no 1
NUMBER = re.compile(r"(?:CSE)?([0-9]{4})([A-Z2-7]{8})")
NUMBER_READ_AS = str.maketrans("01", "OI")


def code_of(receipt: Receipt) -> str:
    """`7K3Q-X2AB-9M`, as the acknowledgment shows it."""
    code = _code(_words(receipt), settings.SECRET_KEY)
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def is_code_of(receipt: Receipt | None, typed: str) -> bool:
    """Whether that is the receipt's code, under the key of today or one of before.

    As much work without a receipt as with one: how long it takes tells nothing.
    """
    asked = _signs(typed).translate(READ_AS)
    words = _words(receipt or _NOBODYS)
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    right = [constant_time_compare(_code(words, key), asked) for key in keys]
    return any(right) and receipt is not None


def number_typed(typed: str) -> str:
    """The number of a receipt as it is kept, from what a person typed; empty when it is none."""
    signs = _signs(typed)
    found = NUMBER.fullmatch(signs[:-8] + signs[-8:].translate(NUMBER_READ_AS))
    return f"CSE-{found[1]}-{found[2]}" if found else ""


def _signs(typed: str) -> str:
    """Capitals and digits: however it was spaced, hyphened or written."""
    return re.sub(r"[\W_]", "", typed).upper()


def _words(receipt: Receipt) -> str:
    """All that the receipt says, the same on any day and in any session."""
    return json.dumps(
        [
            str(receipt.pk),
            receipt.number,
            receipt.company_id,
            receipt.transmitted_by_id,
            receipt.transmitted_at.astimezone(UTC).isoformat(),
            receipt.flow,
            receipt.subject,
            receipt.language,
            receipt.outcome,
            receipt.groups,
            receipt.consequences,
        ],
        sort_keys=True,
    )


def _code(words: str, key: str | bytes) -> str:
    digest = salted_hmac(SALT, words, secret=key, algorithm="sha256").digest()
    number = int.from_bytes(digest) >> (len(digest) * 8 - LENGTH * 5)
    return "".join(SIGNS[number >> shift & 31] for shift in range(LENGTH * 5 - 5, -1, -5))


_NOBODYS = Receipt(number="CSE-0000-AAAAAAAA", groups=[], consequences=[])
