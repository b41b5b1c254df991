"""What sign-ins leave behind, and how long it is kept: none of it opens or closes anything more."""

from cse_portal.retention import Kept, forgets
from users.models import EmailChange, SignInCode, Tries

DAYS = "CSE_KEEP_CODES_DAYS"

forgets(
    # the code of an open session is its device: it stays for as long as a session may last
    Kept(
        "verification codes",
        lambda before: SignInCode.objects.filter(issued_at__lt=before, expires_at__lt=before),
        DAYS,
    ),
    Kept(
        "changes of address", lambda before: EmailChange.objects.filter(expires_at__lt=before), DAYS
    ),
    Kept("counted tries", lambda before: Tries.objects.filter(last_at__lt=before), DAYS),
)
