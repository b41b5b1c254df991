"""Every address of the URLconf, as Django itself tells them."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation


def in_urlconf() -> dict[str, set[str]]:
    """Every address: its name (or else its French route), and its arguments."""
    with translation.override("fr"):
        return dict(walk(get_resolver()))


def walk(
    resolver: URLResolver,
    namespaces: tuple[str, ...] = (),
    route: str = "",
    arguments: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, set[str]]]:
    for one in resolver.url_patterns:
        here = route + str(one.pattern)
        asked = arguments | set(one.pattern.regex.groupindex)
        if isinstance(one, URLPattern):
            yield ":".join([*namespaces, one.name]) if one.name else here, set(asked)
        else:
            within = (*namespaces, one.namespace) if one.namespace else namespaces
            yield from walk(one, within, here, asked)
