"""Compiled queries: what they read, in which scope, and what they refuse."""

import threading
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, QuerySet
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from cse_portal import clock
from cse_portal.companies.tenancy import CompanyScopeMissing, across_companies, company_scope
from cse_portal.models import Draft
from cse_portal.speed.queries import CannotBeCompiled, Compiled, InPages, counted
from tests import factories as make
from users.models import User

pytestmark = pytest.mark.django_db


def of_code(code: str) -> QuerySet[User]:
    return User.objects.filter(user_code=code)


def in_order() -> QuerySet[User]:
    return User.objects.order_by("pk")


def of_keys(keys: list[int]) -> QuerySet[User]:
    return User.objects.filter(pk__in=keys).order_by("pk")


def locked(key: int) -> QuerySet[User]:
    return User.objects.select_for_update().filter(pk=key)


@pytest.fixture
def people():
    first = make.an_esm(pk=1)
    return [first, make.an_esm(company=first.company, pk=2), make.an_esm(pk=3)]


def test_the_same_query_is_asked_with_new_values(people):
    by_code = Compiled(of_code)
    with across_companies(because="a test"):
        assert [by_code.first(one.user_code) for one in people] == people
        assert by_code.first(code="PERSONNE") is None
        assert by_code.all(code=people[0].user_code) == [people[0]]


def test_it_shows_the_rows_of_the_current_company_and_no_others(people):
    everybody = Compiled(in_order)
    first, _colleague, second = people
    for _again in range(3):
        with company_scope(first.company):
            assert everybody.all() == people[:2]
        with company_scope(second.company):
            assert everybody.all() == [second]
        with across_companies(because="a test"):
            assert everybody.all() == people


def test_the_filter_of_the_first_wall_is_in_what_is_compiled(people):
    everybody = Compiled(in_order)
    with company_scope(people[0].company), CaptureQueriesContext(connection) as asked:
        everybody.all()
    assert '"users_user"."company_id" = ' in asked[-1]["sql"]


def test_it_is_fatal_outside_of_any_scope(people):
    everybody = Compiled(in_order)
    with company_scope(people[0].company):
        everybody.all()
    with across_companies(because="a test"):
        everybody.all()
    for _again in range(2):
        with pytest.raises(CompanyScopeMissing):
            everybody.all()


def test_related_rows_and_annotations_come_as_from_any_query(people):
    def with_messages(pk: int) -> QuerySet[User]:
        return User.objects.select_related("company").with_unread_messages().filter(pk=pk)

    with across_companies(because="a test"):
        found: Any = Compiled(with_messages).first(pk=people[1].pk)
    with CaptureQueriesContext(connection) as asked:
        assert found.company == people[1].company
        assert found.unread_messages == 0
    assert len(asked) == 0


def test_rows_are_counted_and_come_in_pages(people):
    def backwards() -> QuerySet[User]:
        return User.objects.order_by("-pk")

    rows = Compiled(backwards)
    with across_companies(because="a test"):
        shown = InPages(rows.count(), rows.slice)
        assert len(shown) == 3
        assert shown[0:2] == people[:0:-1]
        assert shown[2:4] == [people[0]]
    with company_scope(make.a_company()):
        assert rows.count() == 0


def test_the_one_row_that_is_needed_is_missed_when_it_is_not_there(people):
    by_code, everybody = Compiled(of_code), Compiled(in_order)
    with across_companies(because="a test"):
        assert by_code.get(code=people[0].user_code) == people[0]
        with pytest.raises(User.DoesNotExist):
            by_code.get(code="PERSONNE")
        with pytest.raises(User.MultipleObjectsReturned):
            everybody.get()


def test_rows_without_an_order_begin_with_the_first_key(people):
    def everybody() -> QuerySet[User]:
        return User.objects.all()

    with across_companies(because="a test"):
        User.objects.filter(pk=people[0].pk).update(telephone="418 555-0000")  # last on its page
        assert Compiled(everybody).first() == User.objects.first() == people[0]


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_inside_of_a_transaction_alone():
    person = make.an_esm()
    lock = Compiled(locked)
    with across_companies(because="a test"):
        for _again in range(2):
            with transaction.atomic():
                assert lock.get(key=person.pk) == person
            with pytest.raises(TransactionManagementError):
                lock.get(key=person.pk)


# --- what is refused at the call ------------------------------------------------------------------


def of_each_type(key: int, code: str, day: date, at: datetime, draft: UUID) -> QuerySet[Draft]:
    return Draft.objects.filter(
        pk=draft, author=key, flow=code, kept_at=at, company__registrations__requested_on=day
    )


GOOD: dict[str, Any] = {
    "key": 1,
    "code": "x",
    "day": date(2026, 11, 23),
    "at": clock.now(),
    "draft": UUID(int=1),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, None) for name in GOOD),
        *(("key", value) for value in ("1", True, 1.0, [1])),
        ("code", 1),
        *(("day", value) for value in ("2026-11-23", clock.now())),
        *(("at", value) for value in (clock.today(), clock.now().replace(tzinfo=None))),
        ("draft", str(GOOD["draft"])),
    ],
)
def test_a_value_of_another_type_is_refused_and_none_always(name, value):
    """Django makes `IS NULL` of None; SQL would compare with NULL, and find nothing."""
    query = Compiled(of_each_type)
    for read in (query.all, query.first, query.get, query.count):
        with across_companies(because="a test"), pytest.raises(CannotBeCompiled, match=name):
            read(**GOOD | {name: value})


@pytest.mark.parametrize("keys", [(1, 2), None, [None], ["1"], {1}])
def test_a_list_is_a_list_of_its_type(keys):
    with across_companies(because="a test"), pytest.raises(CannotBeCompiled, match="keys"):
        Compiled(of_keys).all(keys)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), (("a", "b"), {}), ((), {"other": "a"}), (("a",), {"code": "a"})],
)
def test_arguments_are_those_of_the_function(args, kwargs):
    with across_companies(because="a test"), pytest.raises(TypeError, match=r"argument"):
        Compiled(of_code).all(*args, **kwargs)


# --- what is refused when it is built -------------------------------------------------------------


def without_annotation(key) -> QuerySet[User]:
    return User.objects.filter(pk=key)


def of_another_type(key: float) -> QuerySet[User]:
    return User.objects.filter(pk=key)


def perhaps(key: int | None) -> QuerySet[User]:
    return User.objects.filter(company=key)


def by_default(key: int = 3) -> QuerySet[User]:
    return User.objects.filter(pk=key)


def of_many(*keys: int) -> QuerySet[User]:
    return User.objects.filter(pk__in=keys)


@pytest.mark.parametrize(
    "function", [without_annotation, of_another_type, perhaps, by_default, of_many]
)
def test_an_argument_has_a_known_type_and_no_default(function):
    with pytest.raises(CannotBeCompiled, match=function.__name__):
        Compiled(function)


def decided(key: int) -> QuerySet[User]:
    return User.objects.filter(pk=key) if key else User.objects.all()


def compared(key: int) -> QuerySet[User]:
    return User.objects.filter(pk=key) if key == 3 else User.objects.all()


def compared_with_nothing(code: str) -> QuerySet[User]:
    return User.objects.filter(user_code=code) if code != "" else User.objects.all()


def computed(key: int) -> QuerySet[User]:
    return User.objects.filter(pk=key + 1)


def written(code: str) -> QuerySet[User]:
    return User.objects.filter(user_code=f"A{code}")


def walked(keys: list[int]) -> QuerySet[User]:
    return User.objects.filter(pk__in=[key for key in keys if key])


def measured(keys: list[int]) -> QuerySet[User]:
    return User.objects.filter(pk__in=keys) if len(keys) > 1 else User.objects.all()


def not_used(key: int, other: int) -> QuerySet[User]:
    return User.objects.filter(pk=key)


def dated(key: int) -> QuerySet[User]:
    return User.objects.filter(pk=key, created_at__lt=clock.now() + timedelta(days=1))


def prefetched(key: int) -> QuerySet[User]:
    return User.objects.filter(pk=key).prefetch_related("assignments")


def sliced(key: int) -> QuerySet[User]:
    return User.objects.filter(pk=key)[:3]


def joined(key: int) -> QuerySet[User]:
    return User.objects.filter(pk=key).union(User.objects.all())


def empty(key: int) -> QuerySet[User]:
    return User.objects.filter(pk=key).none()


def elsewhere(key: int) -> QuerySet[User]:
    return User.objects.using("other").filter(pk=key)


def extra(key: int) -> QuerySet[User]:
    return User.objects.filter(pk=key).extra(select={"two": "1 + 1"})


def named(key: int) -> Any:
    return User.objects.filter(pk=key).values_list("pk", named=True)


def already_read(key: int) -> Any:
    return list(User.objects.filter(pk=key))


def listed_elsewhere(keys: list[int]) -> QuerySet[User]:
    return User.objects.annotate(keys=F("pk")).filter(keys=keys)


@pytest.mark.parametrize(
    "function",
    [
        *(decided, compared, compared_with_nothing, computed, written, walked, measured),
        *(not_used, dated, prefetched, sliced, joined, empty, elsewhere, extra, named),
        *(already_read, listed_elsewhere),
    ],
)
def test_what_would_be_decided_once_for_all_values_is_refused(function):
    (parameter,) = {name for name in function.__annotations__ if name not in {"return", "other"}}
    values = {"key": 1, "keys": [1], "code": "x"}
    given = {parameter: values[parameter]} | ({"other": 1} if function is not_used else {})
    with across_companies(because="a test"), pytest.raises(Exception) as refused:  # noqa: PT011
        Compiled(function).all(**given)
    assert refused.type in {CannotBeCompiled, TypeError} or "cannot adapt" in str(refused.value)


def test_grouped_rows_are_not_counted():
    def per_role() -> QuerySet[User, dict[str, Any]]:
        return counted(User.objects.all(), count=Count("*"))

    with across_companies(because="a test"), pytest.raises(CannotBeCompiled, match="count"):
        Compiled(per_role).count()


def test_a_lock_is_not_counted():
    with across_companies(because="a test"), pytest.raises(CannotBeCompiled, match="count"):
        Compiled(locked).count(1)


@pytest.mark.django_db(transaction=True)
def test_it_is_compiled_by_several_threads_at_once():
    esms = [make.an_esm() for _one in range(6)]
    everybody = Compiled(in_order)
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
