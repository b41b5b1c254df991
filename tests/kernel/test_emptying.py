"""After a test that commits, the next one finds what the migrations left, and nothing else."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TransactionTestCase

from tests import emptying
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def rows():
    models = (one for one in apps.get_models(include_auto_created=True) if one._meta.managed)
    return {one._meta.db_table for one in models if one._base_manager.exists()}


def test_every_row_is_deleted_even_those_that_refuse_it_and_what_lasts_stays():
    make.a_receipt()
    make.an_event()
    make.an_assignment()
    written = rows()
    assert {"cse_portal_receipt", "notices_event", "proxies_assignment"} < written
    emptying.delete_what_was_written(TransactionTestCase())
    assert rows() == emptying.LASTING & written
    assert ContentType.objects.exists()
    assert Permission.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
