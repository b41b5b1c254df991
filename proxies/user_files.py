"""The proxies that people hold, in force or not, beside their user files."""

from collections.abc import Sequence

from django.template.loader import render_to_string

from cse_portal.pages.rendering import rendered_for_each
from proxies import queries
from proxies.models import Assignment, Proxy
from users.models import User


def held_by(people: Sequence[User]) -> dict[int, list[Proxy]]:
    """The proxies that are assigned to each person, in force or not."""
    assigned = queries.holders_and_proxies.all([person.pk for person in people])
    keys = {proxy for _person, proxy in assigned}
    proxies = {proxy.pk: proxy for proxy in queries.shown_with_holders.all(list(keys))}
    held: dict[int, list[Proxy]] = {person.pk: [] for person in people}
    for person, proxy in assigned:
        if proxy in proxies:
            held[person].append(proxies[proxy])
    return held


def cells(people: Sequence[User]) -> dict[int, str]:
    """What each person holds, for the list of user files."""
    held = held_by(people)
    rendered = rendered_for_each("proxies/held_in_list.html", "proxies", held.values())
    return dict(zip(held, rendered, strict=True))


def row(person: User) -> str:
    """What the person holds, on the user file: each proxy with its mandator and its last day."""
    held = Assignment.objects.standing().filter(user=person).select_related("proxy__mandator")
    context = {"person": person, "proxies": [assignment.proxy for assignment in held]}
    return render_to_string("proxies/held_on_file.html", context)
