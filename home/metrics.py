"""Metrics for Prometheus, read from the database at each scrape.

Nothing is counted in a process, so that all of them, on all machines, return the same.
"""

from collections.abc import Iterator

from django.db import DatabaseError
from django.db.models import Count
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Receipt
from home.health import clock_skew
from notices.letters import count_not_sent, count_waiting, seconds_due
from registrations.models import Registration
from users.models import FileStatus, SignInCode, Tries, User


class PortalCollector(Collector):
    """The figures an operator watches; `cse_up` alone when the database does not answer."""

    def collect(self) -> Iterator[Metric]:
        try:
            with across_companies(because="figures of the whole portal name no company"):
                metrics = list(figures())
        except DatabaseError:
            metrics = []
        yield GaugeMetricFamily("cse_up", "1 when the database answers", 1 if metrics else 0)
        yield from metrics


def figures() -> Iterator[Metric]:
    """Each metric, with its description."""
    skew = clock_skew()  # first: without a database it fails at once, the pool only after a while
    now = clock.now()
    codes = SignInCode.objects.all()
    counts = {
        "people_active": ("People whose file is active", User.objects.active()),
        "sessions_open": ("Sessions, neither idle nor too old", codes.open_sessions()),
        "sign_ins_pending": (
            "Sign-ins that wait for a verification code",
            codes.filter(confirmed=False, expires_at__gt=now),
        ),
        "sign_ins_closed": (
            "User codes under five wrong passwords since a day at most",
            Tries.objects.filter(kind=Tries.Kind.PASSWORD, count__gte=5),
        ),
        "people_unreachable": (
            "People whose e-mail address does not work",
            User.objects.with_status(FileStatus.UNREACHABLE),
        ),
        "registrations_in_process": (
            "Registrations that wait for an officer",
            Registration.objects.filter(status=Registration.Status.IN_PROCESS),
        ),
        "registrations_overdue": (
            "Those whose answer is late",
            Registration.objects.overdue(on=clock.today()),
        ),
    }
    yield GaugeMetricFamily(
        "cse_clock_skew_seconds", "By how much this machine's clock is ahead", skew
    )
    for name, (description, rows) in counts.items():
        yield GaugeMetricFamily(f"cse_{name}", description, rows.count())
    yield GaugeMetricFamily(
        "cse_emails_waiting", "E-mails still to be sent, now or later", count_waiting()
    )
    yield GaugeMetricFamily(
        "cse_oldest_email_waiting_seconds",
        "For how long the one that is due the longest has been so",
        seconds_due(),
    )
    not_sent = GaugeMetricFamily(
        "cse_emails_not_sent", "E-mails that will never be sent, by the reason", labels=["reason"]
    )
    for reason, count in count_not_sent().items():
        not_sent.add_metric([reason], count)
    yield not_sent
    receipts = CounterMetricFamily(
        "cse_transmissions", "Acknowledgments of receipt, by procedure", labels=["procedure"]
    )
    for row in Receipt.objects.order_by().values("flow").annotate(count=Count("pk")):
        receipts.add_metric([row["flow"]], row["count"])
    yield receipts
