"""The actions that exist only in a simulation. Each is one transaction."""

from cse_portal.acting.door import act
from cse_portal.acting.permissions import Verb
from registrations import actions
from registrations.models import Registration
from users.models import User


@act(Verb.ANSWER_FOR_MINISTRY)
def answer_for_ministry(
    registration: Registration,
    *,
    by: User,
    accepts: bool,
    reason_fr: str = "",
    reason_en: str = "",
) -> Registration:
    """Play the ministry's answer to a registration of the ESM's own company.

    Raises Registration.DoesNotExist, and ValidationError when it is already decided.
    """
    own = Registration.objects.get(pk=registration.pk, company=by.company)
    if accepts:
        return actions.accept(own, by=None)
    return actions.refuse(own, by=None, reason_fr=reason_fr, reason_en=reason_en)
