"""What the benchmark seeds by COPY fits the tables of today, and people work with it."""

from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import F
from django.urls import reverse

from bench.chaining import chain
from bench.seeding import LARGER, Seeds, copy_rows
from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company
from proxies.models import TickedService
from tests import factories as make
from tests.conftest import Visitor
from tests.notices.trail_told import verify
from users.models import User

pytestmark = pytest.mark.django_db
COMPANIES = 2


def test_the_seeds_of_the_benchmark_fit_the_tables():
    ministries = [make.a_ministry() for _one in range(2)]
    service = make.an_operator_service(ministry=ministries[0])
    wrapper: Any = connection
    with across_companies(because="a test arranges every company"):
        wrapper.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT quote_ident(current_user)")
            (role,) = cursor.fetchone()
            cursor.execute("RESET ROLE")
            seeds = Seeds(COMPANIES, make_password("x"), [one.pk for one in ministries], service.pk)
            copy_rows(wrapper.connection, seeds)
            chain(wrapper.connection)
            cursor.execute(f"SET ROLE {role}")
        connection.check_constraints()
        settled = F("service__iqea_role")  # no foreign key looked while COPY wrote
        assert not TickedService.objects.exclude(iqea_role=settled).exists()
        assert Company.objects.count() >= COMPANIES + len(LARGER)
        esm = User.objects.esms().get(company=1)
        seeded = COMPANIES + len(LARGER)
    assert verify() == f"{3 * seeded} entries, {seeded} companies: whole.\n"
    visitor = Visitor().sign_in(esm)
    for page in ("home", "users:files", "proxies:list", "registrations:list", "notices:history"):
        assert visitor.get(reverse(page)).status_code == 200, page
