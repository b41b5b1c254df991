"""What a restore of the database took away, as the operator recorded it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cse_portal import clock
from cse_portal.companies.tenancy import Rights


class Restore(models.Model):
    """The database was put back to an earlier state; what was written to it since then is lost.

    Acknowledgments delivered between `lost_from` and `lost_until` are on paper, and in no row. The
    row is all that the portal knows of them: nothing tells one that was delivered from one that
    somebody made up.
    """

    #: the state that was put back is of this instant
    lost_from = models.DateTimeField(_("lost from"))
    #: the last instant at which the state that was lost may have been served
    lost_until = models.DateTimeField(_("lost until"))
    recorded_at = models.DateTimeField(_("restored on"), default=clock.now)

    rights_of_roles = Rights("SELECT", "SELECT, INSERT, DELETE", "the public page tells it anybody")

    class Meta:
        verbose_name = _("restore of the database")
        verbose_name_plural = _("restores of the database")
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="restore_loses_what_came_after_its_state",
                condition=Q(lost_from__lt=F("lost_until")),
                violation_error_message=_("What was lost begins before it ends."),
            ),
            models.CheckConstraint(
                name="restore_is_recorded_after_what_it_lost",
                condition=Q(lost_until__lte=F("recorded_at")),
                violation_error_message=_("What was lost ends before the restore is recorded."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lost_from.isoformat()} – {self.lost_until.isoformat()}"

    def may_have_lost(self, number: str) -> bool:
        """Whether an acknowledgment of that number, by its year, may have been in what was lost.

        Only what is typed decides: whether the number is in the register changes nothing.
        """
        first, last = (clock.in_quebec(at).year for at in (self.lost_from, self.lost_until))
        return number[4:8] in {str(year) for year in range(first, last + 1)}
