"""Django's `collectstatic`, which also writes the pages that the proxy before the portal shows."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.management.commands import collectstatic
from django.template.loader import get_template

#: statuses that the proxy answers by itself, when the portal does not (`deploy/nginx.conf`)
OF_THE_PROXY = ("400", "404", "413", "429", "502", "504")
FOLDER = "errors"


class Command(collectstatic.Command):
    """Collects the static files, and the proxy's pages beside them."""

    def collect(self) -> dict[str, Any]:
        collected: dict[str, Any] = super().collect()
        if not self.dry_run:
            write_pages_of_the_proxy(Path(settings.STATIC_ROOT) / FOLDER)
        return collected


def write_pages_of_the_proxy(folder: Path) -> None:
    """Write `<status>.html` for each status, in both languages, without anything that changes."""
    folder.mkdir(parents=True, exist_ok=True)
    for status in OF_THE_PROXY:
        page = get_template(f"proxy/{status}.html").render({})
        (folder / f"{status}.html").write_text(page, encoding="utf-8")
