"""Figures for Prometheus that are read from the database, at each scrape.

They are the same on all machines. What a process counts is `cse_portal/watching`'s; a scrape has
both (`home/scrape.py`).
"""

from collections.abc import Iterator

from django.db import DatabaseError
from django.db.models import Count
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.companies.timeouts import PEOPLE, with_timeouts
from cse_portal.models import CommandRun, Receipt
from home.health import clock_skew
from notices.letter_figures import count_not_sent, count_waiting, seconds_waiting
from registrations.models import Registration
from users.models import FileStatus, SignInCode, Tries, User


class PortalCollector(Collector):
    """The figures an operator watches; `cse_up` alone when the database does not answer."""

    def collect(self) -> Iterator[Metric]:
        try:
            skew = (
                clock_skew()
            )  # first: without a database it fails at once, the pool after a while
            figures = list(figures_of_database())
        except DatabaseError:
            yield from state_of_database(None)
        else:
            yield from state_of_database(skew)
            yield from figures


def state_of_database(skew: float | None) -> Iterator[Metric]:
    """Whether it answers (`skew` is None where it does not), and this machine's clock."""
    yield GaugeMetricFamily("cse_up", "1 when the database answers", 0 if skew is None else 1)
    if skew is not None:
        yield GaugeMetricFamily(
            "cse_clock_skew_seconds", "By how much this machine's clock is ahead", skew
        )


def figures_of_database() -> Iterator[Metric]:
    """Those of all machines. Raises DatabaseError."""
    with (
        across_companies(because="figures of the whole portal name no company"),
        with_timeouts(PEOPLE),
    ):
        yield from figures()
        yield from runs_of_commands()


def runs_of_commands() -> Iterator[Metric]:
    """When each command last began and last succeeded (seconds since 1970); whether it failed."""
    began = GaugeMetricFamily(
        "cse_command_last_start_timestamp_seconds", "When it last began", labels=["command"]
    )
    succeeded = GaugeMetricFamily(
        "cse_command_last_success_timestamp_seconds",
        "When its last run that succeeded ended",
        labels=["command"],
    )
    failed = GaugeMetricFamily(
        "cse_command_failed", "1 when its last run failed", labels=["command"]
    )
    for run in CommandRun.objects.order_by("command"):
        began.add_metric([run.command], run.started_at.timestamp())
        if run.succeeded_at:
            succeeded.add_metric([run.command], run.succeeded_at.timestamp())
        failed.add_metric([run.command], run.result == CommandRun.Result.FAILED)
    yield from (began, succeeded, failed)


def figures() -> Iterator[Metric]:
    """Each metric, with its description."""
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
    for name, (description, rows) in counts.items():
        yield GaugeMetricFamily(f"cse_{name}", description, rows.count())
    yield by_label(
        "cse_emails_waiting",
        "E-mails still to be sent: never tried, or to be tried again after a failure",
        "state",
        count_waiting(),
    )
    yield by_label(
        "cse_oldest_email_waiting_seconds",
        "For how long the one that is due the longest has been so",
        "state",
        seconds_waiting(),
    )
    yield by_label(
        "cse_emails_not_sent",
        "E-mails that will never be sent, by the reason",
        "reason",
        count_not_sent(),
    )
    receipts = CounterMetricFamily(
        "cse_transmissions", "Acknowledgments of receipt, by procedure", labels=["procedure"]
    )
    for row in Receipt.objects.order_by().values("flow").annotate(count=Count("pk")):
        receipts.add_metric([row["flow"]], row["count"])
    yield receipts


def by_label(name: str, description: str, label: str, values: dict[str, int]) -> Metric:
    """A gauge with a value for each of its label's."""
    metric = GaugeMetricFamily(name, description, labels=[label])
    for key, value in values.items():
        metric.add_metric([key], value)
    return metric
