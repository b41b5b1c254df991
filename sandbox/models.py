"""What only a simulation keeps: the e-mails that it sends, to be read in the browser."""

from django.db import models

from cse_portal import clock


class SimulatedEmail(models.Model):
    """An e-mail that the portal sent. It left for nowhere but the simulation's mailbox."""

    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=250)
    body = models.TextField()
    html = models.TextField(default="")
    sent_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        indexes = [models.Index(fields=["-sent_at"], name="simulated_email_latest")]

    def __str__(self) -> str:
        return self.subject
