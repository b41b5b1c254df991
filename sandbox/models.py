"""The e-mails of a simulation."""

from django.db import models

from cse_portal import clock
from cse_portal.companies.tenancy import EVERY_RIGHT, Rights


class SimulatedEmail(models.Model):
    """An e-mail of the portal, stored to be read in the browser instead of sent."""

    rights_of_roles = Rights(EVERY_RIGHT, EVERY_RIGHT, "the simulation's mailbox is everybody's")

    to = models.CharField(max_length=254)
    #: composed of a description or of names, like the body
    subject = models.TextField()
    body = models.TextField()
    html = models.TextField(default="")
    sent_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        indexes = [models.Index(fields=["-sent_at"], name="simulated_email_latest")]

    def __str__(self) -> str:
        return self.subject
