"""How long messages and letters are kept. One that still waits to be e-mailed is not forgotten."""

from cse_portal.retention import Kept, forgets
from notices.models import IN_HAND, WAITING, AccountLetter, Message

#: waits, or is leaving at this moment
STILL_TO_SEND = WAITING | IN_HAND

forgets(
    Kept(
        "letters about accounts",
        lambda before: AccountLetter.objects.filter(written_at__lt=before).exclude(STILL_TO_SEND),
        "CSE_KEEP_LETTERS_DAYS",
    ),
    Kept(
        "read messages",
        lambda before: Message.objects.filter(read_at__lt=before).exclude(STILL_TO_SEND),
        "CSE_KEEP_READ_DAYS",
        by="read_at",
    ),
    Kept(
        "unread messages",
        lambda before: Message.objects.filter(read_at=None, written_at__lt=before).exclude(
            STILL_TO_SEND
        ),
        "CSE_KEEP_UNREAD_DAYS",
        by="written_at",
    ),
)
