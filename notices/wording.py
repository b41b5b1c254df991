"""The texts of events and messages, with their facts, in the language of the page."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from django.utils import formats

from cse_portal.pages.bilingual import LANGUAGES, page_language
from notices.happenings import Text


def build_text(text: Text, facts: object, further: Mapping[str, Text] | None = None) -> str:
    """The text with its facts, then each further sentence whose fact is present.

    Empty when a fact is missing or malformed.
    """
    values = readable_facts(facts)
    sentences = [sentence for name, sentence in (further or {}).items() if values.get(name)]
    try:
        return " ".join([str(sentence) % values for sentence in (text, *sentences)])
    except (KeyError, TypeError, ValueError):
        return ""


def readable_facts(facts: object) -> dict[str, str]:
    """Facts as people read them: dates formatted, bilingual values in the language of the page.

    Dates are stored as `2029-11-22` under a name that ends in `_on`; an invalid one is left out.
    Bilingual values are stored as two facts (`ministry_fr`, `ministry_en`) and give one.
    """
    if not isinstance(facts, Mapping):
        return {}
    language = page_language()
    other = LANGUAGES[language == "fr"]
    values = {}
    for name, value in facts.items():
        if name.endswith("_on"):
            with suppress(TypeError, ValueError):
                values[name] = formats.date_format(date.fromisoformat(value))
        elif name.endswith(("_fr", "_en")):
            stem = name[:-3]
            translated = facts.get(f"{stem}_{language}") or facts.get(f"{stem}_{other}")
            values[stem] = str(translated or "")
        else:
            values[name] = str(value)
    return values


def as_facts(facts: Mapping[str, object]) -> dict[str, object]:
    """Facts as they are stored in JSON: a date as `2029-11-22`."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in facts.items()
    }
