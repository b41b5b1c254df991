"""How long a simulation's mailbox keeps its e-mails: as long as the letters that they were."""

from cse_portal.retention import Kept, forgets
from sandbox.models import SimulatedEmail

forgets(
    Kept(
        "simulated e-mails",
        lambda before: SimulatedEmail.objects.filter(sent_at__lt=before),
        "CSE_KEEP_LETTERS_DAYS",
        by="sent_at",
    ),
)
