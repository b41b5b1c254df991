"""A text composed of names is brought to the length of a field: whole words, then an ellipsis."""

import pytest

from cse_portal.pages.shortening import shortened


@pytest.mark.parametrize(
    ("text", "room", "kept"),
    [
        ("Droits d’accès de Zoé", 21, "Droits d’accès de Zoé"),
        ("Droits d’accès de Zoé", 20, "Droits d’accès de…"),
        ("Droits d’accès de Zoé", 18, "Droits d’accès de…"),
        ("Droits d’accès de Zoé", 17, "Droits d’accès…"),
        ("Droits d’accès de\u00a0Zoé", 20, "Droits d’accès de…"),
        ("Anticonstitutionnellement", 10, "Anticonst…"),
        ("Ge\u0301rard", 6, "Gérard"),
        ("\u0958\u0958", 3, "\u0915\u093c…"),
    ],
)
def test_whole_words_are_kept(text, room, kept):
    found = shortened(text, room)
    assert found == kept
    assert len(found) <= room
