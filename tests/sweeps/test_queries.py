"""No page makes a query per row: at most twelve, and no more with three times the rows."""

import gzip
from dataclasses import dataclass

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from tests.sweeps.addresses import Who, addresses
from tests.sweeps.crowd import a_crowd

pytestmark = pytest.mark.django_db

AT_MOST = 12
HEAVIEST = 15_000  # bytes
PAGES = {
    "esm": [
        "users:session",
        *("home", "registrations:list", "users:files", "users:files, page 2"),
        *("users:files, found", "proxies:list", "proxies:list, page 2"),
        *("sandbox:mailbox", "sandbox:answer", "open_service"),
        *("access_of", "access_of, page 2", "access_chain", "access_chain, of a client"),
        *(f"create-user-file-{page}" for page in ("start", "user", "check", "receipt")),
        *(f"register-{page}" for page in ("start", "information", "consent", "check", "receipt")),
        *(f"create-proxy-{page}" for page in ("start", "proxy", "rights", "check", "receipt")),
        *(f"create-proxy-{page}, external" for page in ("proxy", "rights", "check")),
        *(f"change-proxy-{page}" for page in ("start", "proxy", "rights", "check", "receipt")),
        *(f"assign-proxy-{page}" for page in ("start", "proxy", "users", "check", "receipt")),
        *(f"assign-proxy-{page}, received" for page in ("start", "users", "check")),
        *("proxies:proxy", "proxies:proxy, given", "proxies:proxy, received"),
        *("proxies:one_user", "proxies:present_proxy", "registrations:deactivation"),
        "users:file",
        *(f"users:{p}" for p in ("profile", "sessions", "contact")),
        *(f"users:{p}" for p in ("change_password", "new_email")),
        *("users:email_code", "notices:messages", "notices:message"),
        *("notices:history", "notices:history_file"),
        *(f"edit-user-file-{page}" for page in ("start", "user", "check", "receipt")),
        *(f"suspend-user-file-{page}" for page in ("start", "file", "check", "receipt")),
        *(f"reactivate-user-file-{page}" for page in ("start", "file", "check", "receipt")),
        *(f"reset-password-{page}" for page in ("start", "file", "check", "receipt")),
        *(f"deactivate-registration-{p}" for p in ("start", "registration", "check", "receipt")),
        *(f"reactivate-registration-{p}" for p in ("start", "consent", "check", "receipt")),
        *(f"copy-proxy-{p}" for p in ("start", "proxy", "rights", "users", "check", "receipt")),
        *(f"grant-rights-{page}" for page in ("start", "proxy", "rights", "check", "receipt")),
        *(f"renew-proxies-{page}" for page in ("start", "proxies", "check", "receipt")),
        *(f"remove-proxy-{page}" for page in ("start", "users", "check", "receipt")),
        *(f"move-user-{page}" for page in ("start", "proxy", "check", "receipt")),
        *(f"extend-proxy-{page}" for page in ("start", "end-date", "check", "receipt")),
        *(f"revoke-proxy-{page}" for page in ("start", "proxy", "check", "receipt")),
        *(f"renounce-proxy-{page}" for page in ("start", "proxy", "check", "receipt")),
    ],
    "user": [
        "users:session",
        "notices:messages",
        "users:profile",
        "home",
        "open_service",
        "open_service, of a client",
    ],
    "agent_esm": [
        *("home", "proxies:list"),
        *(f"assign-proxy-{page}" for page in ("start", "proxy", "users", "check", "receipt")),
    ],
    "officer": [
        f"admin:{model}"
        for model in (
            *("cse_portal_company", "cse_portal_receipt", "users_user", "auth_group"),
            *("registrations_ministry", "registrations_service", "registrations_registration"),
            *("proxies_proxy", "proxies_assignment", "notices_event"),
        )
    ],
}
EACH = [(role, page) for role, pages in PAGES.items() for page in pages]


@dataclass(frozen=True)
class Seen:
    status: int
    queries: list[str]
    weight: int  # bytes, compressed as it leaves


@pytest.fixture(scope="module")
def seen(django_db_setup, django_db_blocker):
    """What each page took, with a crowd and with one three times as large."""
    found = {}
    with django_db_blocker.unblock(), translation.override("fr"):
        for times in (1, 3):
            with transaction.atomic():
                crowd = a_crowd(times)
                visitors = crowd.visitors()
                for role, pages in crowd.pages.items():
                    ContentType.objects.clear_cache()
                    for page, where in pages.items():
                        with CaptureQueriesContext(connection) as queries:
                            answer = visitors[role].get(where)
                        sql = [query["sql"] for query in queries]
                        weight = len(gzip.compress(answer.content))
                        found[role, page, times] = Seen(answer.status_code, sql, weight)
                transaction.set_rollback(True)
    return found


@pytest.mark.parametrize(("role", "page"), EACH)
def test_three_times_the_rows_take_no_more_queries(seen, role, page):
    few, many = (seen[role, page, times] for times in (1, 3))
    assert (few.status, many.status) == (200, 200)
    assert len(many.queries) <= len(few.queries), "\n".join(sorted(many.queries))


@pytest.mark.parametrize(("role", "page"), [one for one in EACH if one[0] != "officer"])
def test_no_page_takes_more_than_twelve_queries(seen, role, page):
    queries = seen[role, page, 3].queries
    assert len(queries) <= AT_MOST, "\n".join(queries)


def test_no_page_after_the_first_weighs_more_than_fifteen_kilobytes(seen):
    of_people = {key: one.weight for key, one in seen.items() if key[0] != "officer"}
    assert of_people
    assert {key: weight for key, weight in of_people.items() if weight > HEAVIEST} == {}


def test_every_page_of_a_company_is_counted():
    asked = {page.partition(",")[0] for role in ("esm", "user") for page in PAGES[role]}
    known = set(addresses(lambda name, known: known.to in {Who.ESM, Who.PEOPLE}))
    # one is but a form of two passwords, the other a post
    assert known - asked == {"users:own_password", "users:access_key"}
