"""What this process tells of itself, as far as its operator asked for it."""

import logging
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from cse_portal.watching.figures import Figures

logger = logging.getLogger(__name__)


@cache
def figures_of_process() -> "Figures | None":
    """The figures of this process; None where nobody asked, or its folder can't be written.

    Pages are served without figures, as without a log: it is said once, and nobody is refused.
    """
    if not settings.CSE_FIGURES:
        return None
    from cse_portal.watching.figures import Figures

    try:
        return Figures(Path(settings.CSE_FIGURES))
    except OSError as error:
        logger.warning("nothing is counted in %s: %s", settings.CSE_FIGURES, error.strerror)
        return None
