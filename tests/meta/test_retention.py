"""The page of what is kept names every kind that is forgotten, its setting, and every table."""

import re
from pathlib import Path

import pytest
from django.apps import apps

from cse_portal import clock
from cse_portal.companies.tenancy import across_companies
from cse_portal.retention import every_kind
from tests.meta.test_models import OUR_MODELS

PAGE = (Path(__file__).parents[2] / "docs/retention.md").read_text()
FORGOTTEN = {
    name: (period, setting)
    for name, period, setting in re.findall(
        r"^\| ([\w -]+) \| [^|]+ \| ([^|]+) \| (`\w+`|–) \|", PAGE, flags=re.MULTILINE
    )
}
IN_WORDS = {1: "a day", 30: "30 days", 365: "a year", 1095: "three years", 0: "until it ends"}
#: tables that are kept, by what the page says of them
KEPT = {
    "acknowledgments (receipts)": {"cse_portal.Receipt"},
    "histories (events)": {"notices.Event"},
    "the trail": {"notices.TrailEntry", "notices.TrailHead"},
    "people's files": {"users.User"},
    "registrations": {"registrations.Registration"},
    "proxies, rights, assignments": {
        "proxies.Proxy",
        "proxies.AccessRight",
        "proxies.TickedService",
        "proxies.Assignment",
    },
    "companies": {"cse_portal.Company"},
    "ministries, e-services, questions": {
        "registrations.Ministry",
        "registrations.Service",
        "registrations.Question",
    },
    "django_admin_log": {"admin.LogEntry"},
    "the last run of each command": {"cse_portal.CommandRun"},
    "newcomers to a proxy": {"proxies.Newcomer"},
    "records of a restore": {"home.Restore"},
    "numbers of keys": {"cse_portal.KeyOnRecord"},
}
TABLES = [*OUR_MODELS, apps.get_model("sessions", "Session"), apps.get_model("admin", "LogEntry")]


def forgotten_tables():
    return {kept.past(clock.now()).model._meta.label for kept in every_kind().values()}


def test_each_kind_stands_on_the_page_with_its_period_and_setting():
    assert {name: setting for name, (_period, setting) in FORGOTTEN.items()} == {
        name: f"`{kept.days}`" if kept.days else "–" for name, kept in every_kind().items()
    }
    for name, kept in every_kind().items():
        period, _setting = FORGOTTEN[name]
        assert period.startswith(IN_WORDS[kept.period.days]), name


@pytest.mark.django_db
def test_each_table_is_forgotten_or_said_to_be_kept():
    """A new table declares its kind in its app's `retention`, or is said here and on the page."""
    with across_companies(because="a test asks which tables are forgotten"):
        forgotten = forgotten_tables()
    kept = set().union(*KEPT.values())
    assert forgotten & kept == set()
    assert forgotten | kept == {model._meta.label for model in TABLES}
    for words in KEPT:
        assert words in PAGE, words
