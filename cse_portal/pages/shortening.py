"""A text composed of names, brought to the length that a field takes."""

import re
import unicodedata

ELLIPSIS = "…"


def shortened(text: str, room: int) -> str:
    """The text in at most `room` characters: whole words, then an ellipsis if some are left out.

    Composed first, as a text field does: some characters become two. A word that is longer than
    the room is cut.
    """
    text = unicodedata.normalize("NFC", text)
    if len(text) <= room:
        return text
    whole_words = re.sub(r"\s+\S*\Z", "", text[:room])
    return whole_words[: room - len(ELLIPSIS)] + ELLIPSIS
