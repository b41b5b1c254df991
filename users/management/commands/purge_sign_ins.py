"""Delete old verification codes, sessions, counted tries and letters about accounts."""

from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session

from cse_portal import clock
from cse_portal.commands.long_command import LongCommand
from cse_portal.commands.progress import Progress
from cse_portal.companies.tenancy import across_companies
from notices.models import WORTH_SENDING, AccountLetter
from users.models import EmailChange, SignInCode, Tries

KEPT_FOR = timedelta(days=1)


class Command(LongCommand):
    help = (
        "Forget verification codes, ended sessions and counted tries that are a day old: none of "
        "them opens or closes anything any more; and letters about accounts, after a month. Safe "
        "to run as often as one likes."
    )

    def perform(self, progress: Progress, **options: Any) -> str:
        before = clock.now() - KEPT_FOR
        with across_companies(because="what every company's sign-ins left behind is forgotten"):
            codes, _each = SignInCode.objects.filter(
                issued_at__lt=before, expires_at__lt=before
            ).delete()
            changes, _each = EmailChange.objects.filter(expires_at__lt=before).delete()
            old = clock.now() - WORTH_SENDING
            letters, _each = AccountLetter.objects.filter(written_at__lt=old).delete()
            tries, _each = Tries.objects.filter(last_at__lt=before).delete()
            sessions, _each = Session.objects.filter(expire_date__lt=clock.now()).delete()
        return (
            f"Forgotten: codes {codes + changes}, tries {tries}, ended sessions {sessions}, "
            f"letters {letters}."
        )
