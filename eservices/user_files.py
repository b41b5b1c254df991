"""What a person can open, one link away from the list of user files."""

from collections.abc import Sequence

from cse_portal.pages.rendering import rendered_for_each
from users.models import User


def cells(people: Sequence[User]) -> dict[int, str]:
    """The link to what each person can open."""
    rendered = rendered_for_each("eservices/access_link.html", "person", people)
    return dict(zip((person.pk for person in people), rendered, strict=True))
