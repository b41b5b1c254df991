"""The short code that proves that a printed acknowledgment comes from this portal, unaltered.

The code is not stored: it is computed from the receipt with a key that is kept for that alone
(`CSE_RECEIPT_KEYS`). If somebody changes a receipt in the database, the printed code no longer
matches. A receipt knows the number of its key: shown again after years, it shows the code that its
paper bears.

The names of company and person are covered since receipts keep them. A receipt of before shows the
code that its paper bears, without them. What the version before prints while both serve is good
for any receipt: that form, and a code under the `SECRET_KEY` that it has (key 0).
"""

import json
import re
from datetime import UTC

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from cse_portal.models import Receipt
from cse_portal.numbered_keys import OF_BEFORE, NumberedKey

#: ten characters of five bits: a guess is right once in 2^50; without I, L, O and U, which are
#: easily confused with others
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
SALT = "cse_portal.authenticity"
READ_AS = str.maketrans("OIL", "011")
#: receipt numbers are base32: they have letters I and O, but no digits 0 and 1
NUMBER = re.compile(r"(?:CSE)?([0-9]{4})([A-Z2-7]{8})")
NUMBER_READ_AS = str.maketrans("01", "OI")


def code_of(receipt: Receipt) -> str:
    """`7K3Q-X2AB-9M`, as the acknowledgment shows it; empty where its key is not listed here."""
    keys: list[NumberedKey] = settings.CSE_RECEIPT_KEYS
    key = next((one for one in keys if one.number == receipt.code_key), None)
    if key is None:
        return ""
    content = _content(receipt) if receipt.code_covers_names else _content_of_before(receipt)
    code = _code(content, key.value)
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def is_code_of(receipt: Receipt | None, typed: str) -> bool:
    """Whether that is the receipt's code: under the key of its number, or one of before.

    Without a receipt, or for one of another key, it does the same work, so that the response time
    reveals nothing.
    """
    given = _signs(typed).translate(READ_AS)
    looked_at = receipt or _PLACEHOLDER
    contents = [_content(looked_at), _content_of_before(looked_at)]
    keys: list[NumberedKey] = settings.CSE_RECEIPT_KEYS
    fits = [
        (constant_time_compare(_code(content, key.value), given), key.number)
        for content in contents
        for key in keys
    ]
    its_own = {looked_at.code_key, OF_BEFORE}
    right = [number for is_equal, number in fits if is_equal and number in its_own]
    return bool(right) and receipt is not None


def number_typed(typed: str) -> str:
    """The number of a receipt as stored, from what a person typed; empty if it can't be one."""
    signs = _signs(typed)
    match = NUMBER.fullmatch(signs[:-8] + signs[-8:].translate(NUMBER_READ_AS))
    return f"CSE-{match[1]}-{match[2]}" if match else ""


def _signs(typed: str) -> str:
    """Letters and digits only, in capitals."""
    return re.sub(r"[\W_]", "", typed).upper()


def _content(receipt: Receipt) -> str:
    """The content of a receipt as text that never depends on time zone or session."""
    names = [
        receipt.company_name,
        receipt.identification_number,
        receipt.person_name,
        receipt.user_code,
    ]
    return json.dumps([*_facts(receipt), names], sort_keys=True)


def _content_of_before(receipt: Receipt) -> str:
    """The same without the names, as papers printed before bear it."""
    return json.dumps(_facts(receipt), sort_keys=True)


def _facts(receipt: Receipt) -> list[object]:
    return [
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
    ]


def _code(content: str, key: str | bytes) -> str:
    digest = salted_hmac(SALT, content, secret=key, algorithm="sha256").digest()
    number = int.from_bytes(digest) >> (len(digest) * 8 - LENGTH * 5)
    return "".join(SIGNS[number >> shift & 31] for shift in range(LENGTH * 5 - 5, -1, -5))


_PLACEHOLDER = Receipt(
    number="CSE-0000-AAAAAAAA",
    code_key=OF_BEFORE,
    groups=[],
    consequences=[],
    company_name="",
    identification_number="",
    person_name="",
    user_code="",
)
