"""No page makes a query per row: at most twelve, and no more with three times the rows."""

import gzip
from dataclasses import dataclass

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from tests.sweeps.crowd import PAGES, a_crowd
from tests.sweeps.together import told_together

pytestmark = pytest.mark.django_db

AT_MOST = 12
HEAVIEST = 15_000  # bytes
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
                for role, pages in PAGES.items():
                    ContentType.objects.clear_cache()
                    for page, where_of in pages.items():
                        where = where_of(crowd)
                        with CaptureQueriesContext(connection) as queries:
                            answer = visitors[role].get(where)
                        sql = [query["sql"] for query in queries]
                        weight = len(gzip.compress(answer.content))
                        found[role, page, times] = Seen(answer.status_code, sql, weight)
                transaction.set_rollback(True)
    return found


def test_three_times_the_rows_take_no_more_queries(seen):
    with told_together() as at:
        for role, page in EACH:
            few, many = (seen[role, page, times] for times in (1, 3))
            with at(role, page):
                assert (few.status, many.status) == (200, 200)
                assert len(many.queries) <= len(few.queries), "\n".join(sorted(many.queries))


def test_no_page_takes_more_than_twelve_queries(seen):
    with told_together() as at:
        for role, page in EACH:
            queries = seen[role, page, 3].queries
            with at(role, page):
                assert len(queries) <= AT_MOST, "\n".join(one[:300] for one in queries)


def test_no_page_after_the_first_weighs_more_than_fifteen_kilobytes(seen):
    of_people = {key: one.weight for key, one in seen.items() if key[0] != "officer"}
    assert of_people
    assert {key: weight for key, weight in of_people.items() if weight > HEAVIEST} == {}
