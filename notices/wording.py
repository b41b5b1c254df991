"""Facts of an event or of a message, in the words of the page's language."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import formats

from cse_portal.pages.bilingual import LANGUAGES, page_language
from notices.kinds import RIGHTS_SENTENCES


def in_words(facts: Mapping[str, Any]) -> dict[str, str]:
    """Days written out, names of ministries in the page's language (`ministry_fr`, `ministry_en`).

    Days are kept as `2029-11-22` under a name that ends in `_on`.
    """
    here = page_language()
    there = LANGUAGES[here == "fr"]
    said = {}
    for name, value in facts.items():
        if name.endswith("_on"):
            said[name] = formats.date_format(date.fromisoformat(value))
        elif name.endswith(("_fr", "_en")):
            stem = name[:-3]
            said[stem] = facts.get(f"{stem}_{here}") or facts.get(f"{stem}_{there}") or ""
        else:
            said[name] = str(value)
    return said


def as_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON keeps them: a day as `2029-11-22`."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in facts.items()
    }


def said_with_rights(sentence: Any, words: Mapping[str, str]) -> str:
    """What happened and, where rights were gained or lost by it, which ones."""
    rights = [str(said) % words for name, said in RIGHTS_SENTENCES.items() if words.get(name)]
    return " ".join([str(sentence) % words, *rights])
