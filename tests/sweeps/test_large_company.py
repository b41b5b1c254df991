"""A company of 2,000 users, proxies, events and receipts asks no more than one of 500 of each."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cse_portal import clock
from cse_portal.models import Receipt
from notices.models import Event
from proxies.models import Assignment, Proxy
from proxies.terms import last_allowed_day
from tests import factories as make
from tests.sweeps.crowd import count_the_rows
from tests.sweeps.visits import Sweeper
from users.models import User

pytestmark = pytest.mark.django_db

FACTS = {"name": "Julie Gagné", "code": "GAGN1234"}


def grow(esm, size, mark):
    """Written in bulk; the first proxy is in the hands of every other user."""
    company, last = esm.company, last_allowed_day(clock.today())
    people = User._base_manager.bulk_create(
        User(
            company=company,
            user_code=f"{mark}{n:06}",
            family_name=f"Roy{n}",
            first_name="Alex",
            email="alex@entreprise.example",
        )
        for n in range(size)
    )
    given = Proxy._base_manager.bulk_create(
        Proxy(mandator=company, given_by=esm, ends_on=last, description=f"Procuration {n}")
        for n in range(size)
    )
    Assignment._base_manager.bulk_create(
        Assignment(proxy=given[0], user=user, company=company, mandator=company, assigned_by=esm)
        for user in people[::2]
    )
    keys = [uuid.uuid4() for _one in range(size)]
    Receipt._base_manager.bulk_create(
        Receipt(
            id=key,
            number=f"CSE-{mark}-{n}",
            company=company,
            transmitted_by=esm,
            flow="create-user-file",
            language="fr",
            outcome="Fait.",
            groups=[],
        )
        for n, key in enumerate(keys)
    )
    Event._base_manager.bulk_create(
        Event(company=company, by=esm, kind="file.created", facts=FACTS, receipt_id=key)
        for key in keys
    )
    count_the_rows()
    return given[0], people[-1], people[0]


def pages(proxy, free, holder):
    return [
        *(reverse(name) for name in ("home", "users:files", "proxies:list", "proxies:one_user")),
        *(reverse(name) for name in ("notices:history", "renew-proxies-start")),
        reverse("users:files") + "?q=roy1&status=new&page=2",
        reverse("proxies:proxy", kwargs={"proxy": proxy.pk}),
        reverse("remove-proxy-start", kwargs={"subject": proxy.pk}),
        reverse("proxies:present_proxy", kwargs={"person": holder.pk}),
        reverse("grant-rights-start", kwargs={"subject": free.pk}),
        reverse("copy-proxy-start", kwargs={"subject": proxy.pk}),
    ]


def test_a_large_company_takes_as_many_queries_as_a_small_one():
    counted = []
    for mark, size in (("A", 500), ("B", 2_000)):
        esm = make.an_esm()
        visitor = Sweeper().sign_in(esm)
        made = []
        for page in pages(*grow(esm, size, mark)):
            with CaptureQueriesContext(connection) as queries:
                visitor.read(page)
            made.append(len(queries))
        counted.append(made)
    small, large = counted
    assert large == small
    assert max(large) <= 12
