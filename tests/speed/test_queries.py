"""Queries compiled once: new values each time, the company's scope as for any other query."""

import threading

import pytest
from django.db import connection, transaction
from django.db.models import Count
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from cse_portal.companies.tenancy import CompanyScopeMissing, across_companies, company_scope
from cse_portal.speed.queries import Compiled, Given, InPages, IsAmong, counted
from tests import factories as make
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    first = make.an_esm()
    return [first, make.an_esm(company=first.company), make.an_esm()]


def test_the_same_query_is_asked_with_new_values(people):
    by_code = Compiled(lambda: User.objects.filter(user_code=Given("code")))
    with across_companies(because="a test"):
        assert [by_code.first(code=one.user_code) for one in people] == people
        assert by_code.first(code="PERSONNE") is None
        assert by_code.all(code=people[0].user_code) == [people[0]]


def test_it_shows_the_rows_of_the_company_under_way_and_no_others(people):
    everybody = Compiled(lambda: User.objects.order_by("pk"))
    first, _colleague, second = people
    for _again in range(3):
        with company_scope(first.company):
            assert everybody.all() == people[:2]
        with company_scope(second.company):
            assert everybody.all() == [second]
        with across_companies(because="a test"):
            assert everybody.all() == people


def test_the_filter_of_the_first_wall_is_in_what_is_compiled(people):
    everybody = Compiled(lambda: User.objects.order_by("pk"))
    with (
        company_scope(people[0].company),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        everybody.all()
    assert '"users_user"."company_id" = ' in asked[-1]["sql"]


def test_it_is_fatal_outside_of_any_scope(people):
    everybody = Compiled(lambda: User.objects.order_by("pk"))
    with company_scope(people[0].company):
        everybody.all()
    with across_companies(because="a test"):
        everybody.all()
    for _again in range(2):
        with pytest.raises(CompanyScopeMissing):
            everybody.all()


def test_related_rows_and_annotations_come_as_from_any_query(people):
    told = Compiled(
        lambda: User.objects.select_related("company").with_unread_messages().filter(pk=Given("pk"))
    )
    with across_companies(because="a test"):
        found = told.first(pk=people[1].pk)
    with CaptureQueriesContext(connection) as asked:
        assert found.company == people[1].company
        assert found.unread_messages == 0
    assert len(asked) == 0


def test_rows_are_counted_and_come_in_pages(people):
    rows = Compiled(lambda: User.objects.order_by("-pk"), sliced=True)
    count = Compiled(lambda: counted(User.objects.all(), count=Count("*")))
    with across_companies(because="a test"):
        shown = InPages(rows, count)
        assert len(shown) == 3
        assert shown[0:2] == people[:0:-1]
        assert shown[2:4] == [people[0]]
    with company_scope(make.a_company()):
        assert len(InPages(rows, count)) == 0


def test_a_column_is_among_the_values_of_a_list(people):
    some = Compiled(lambda: User.objects.filter(IsAmong("id", Given("keys"))).order_by("pk"))
    with across_companies(because="a test"):
        assert some.all(keys=[one.pk for one in people[:2]]) == people[:2]
        assert some.all(keys=[]) == []


def test_the_one_row_that_is_needed_is_missed_when_it_is_not_there(people):
    by_code = Compiled(lambda: User.objects.filter(user_code=Given("code")))
    with across_companies(because="a test"):
        assert by_code.get(code=people[0].user_code) == people[0]
        with pytest.raises(User.DoesNotExist):
            by_code.get(code="PERSONNE")


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_inside_of_a_transaction_alone():
    person = make.an_esm()
    lock = Compiled(lambda: User.objects.select_for_update().filter(pk=Given("key")))
    with across_companies(because="a test"):
        for _again in range(2):
            with transaction.atomic():
                assert lock.get(key=person.pk) == person
            with pytest.raises(TransactionManagementError):
                lock.get(key=person.pk)


def test_a_value_that_is_not_given_is_a_mistake(people):
    by_code = Compiled(lambda: User.objects.filter(user_code=Given("code")))
    with across_companies(because="a test"), pytest.raises(KeyError):
        by_code.all()


@pytest.mark.django_db(transaction=True)
def test_it_is_compiled_by_several_threads_at_once():
    esms = [make.an_esm() for _one in range(6)]
    everybody = Compiled(lambda: User.objects.order_by("pk"))
    barrier, seen = threading.Barrier(len(esms)), {}

    def look(esm):
        barrier.wait()
        with company_scope(esm.company):
            seen[esm.pk] = everybody.all()
        connection.close()

    threads = [threading.Thread(target=look, args=(esm,)) for esm in esms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {esm.pk: [esm] for esm in esms}
