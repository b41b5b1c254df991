"""Facts of an event or of a message, in the words of the page's language."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from django.utils import formats

from cse_portal.pages.bilingual import LANGUAGES, page_language
from notices.happenings import Text


def written(text: Text, facts: Any, further: Mapping[str, Text] | None = None) -> str:
    """The text with its facts, then each further sentence whose fact is there.

    Empty where a fact is missing, or is not what it should be.
    """
    words = in_words(facts)
    more = [sentence for name, sentence in (further or {}).items() if words.get(name)]
    try:
        return " ".join([str(one) % words for one in (text, *more)])
    except (KeyError, TypeError, ValueError):
        return ""


def in_words(facts: Any) -> dict[str, str]:
    """Days written out, names of ministries in the page's language (`ministry_fr`, `ministry_en`).

    Days are stored as `2029-11-22` under a name that ends in `_on`; what is no day is left out.
    """
    if not isinstance(facts, Mapping):
        return {}
    here = page_language()
    there = LANGUAGES[here == "fr"]
    words = {}
    for name, value in facts.items():
        if name.endswith("_on"):
            with suppress(TypeError, ValueError):
                words[name] = formats.date_format(date.fromisoformat(value))
        elif name.endswith(("_fr", "_en")):
            stem = name[:-3]
            found = facts.get(f"{stem}_{here}") or facts.get(f"{stem}_{there}")
            words[stem] = str(found or "")
        else:
            words[name] = str(value)
    return words


def as_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON stores them: a day as `2029-11-22`."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in facts.items()
    }
