"""How far the longest tests go: `make test` takes a part of them, `make test-all` everything."""

import os
import subprocess
from pathlib import Path

from tests.journeys.words import LANGUAGES

PROJECT = Path(__file__).parents[1]

#: `make test-all`: both languages, all the examples, all the values
EVERYTHING = os.environ.get("CSE_TEST_ALL") == "true"


def walked_languages() -> tuple[str, ...]:
    """The languages in which every page is walked through: `CSE_LANGUAGE`, else the commit's.

    French and English alternate with the last digit of the commit's hash: a run that is made again
    walks the same one. Where there is no commit to read, both.
    """
    asked = os.environ.get("CSE_LANGUAGE") or ("both" if EVERYTHING else _language_of_the_commit())
    if asked not in {*LANGUAGES, "both"}:
        raise ValueError(f"CSE_LANGUAGE is {asked!r}: fr, en or both")
    return LANGUAGES if asked == "both" else (asked,)


def _language_of_the_commit() -> str:
    git = ["git", "rev-parse", "--verify", "HEAD"]
    try:
        found = subprocess.run(git, cwd=PROJECT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "both"
    return LANGUAGES[int(found.stdout.strip()[-1], 16) % len(LANGUAGES)]
