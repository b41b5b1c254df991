"""What is there for speed is tested where it is in."""

import pytest
from django.conf import settings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = __name__.rpartition(".")[0]
    for item in items:
        if settings.CSE_PLAIN and item.module.__name__.startswith(here):  # type: ignore[attr-defined]
            item.add_marker(pytest.mark.skip(reason="CSE_PLAIN: the annex for speed is out"))
