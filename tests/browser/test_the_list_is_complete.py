"""A new named address is looked at in the browser, or is here with the reason why not."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tests.browser.areas import AREAS

NOT_LOOKED_AT = {
    "root": "redirects to the public page in the person's language",
    "csp_report": "POST only: what a browser sends by itself",
    "healthz": "what a monitor asks: no page",
    "readyz": "what a balancer asks: no page",
    "notices:history_file": "a file for a spreadsheet, not a page",
    "users:session": "what a page asks by itself: no page",
    "users:new_code": "POST only: leads back to the page of the code",
    "users:sign_out": "POST only: leads to the page of those who are signed out",
}
#: Django's own pages, for officers; not the portal's screens
NOT_OURS = {"admin"}


def named_addresses(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            assert one.name, f"{one.pattern} has no name"
            yield f"{namespace}{one.name}"
        elif one.namespace not in NOT_OURS:
            deeper = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from named_addresses(one, deeper)


def looked_at() -> set[str]:
    return set().union(*(area.addresses for area in AREAS))


def test_every_named_address_is_looked_at_or_excused():
    named = set(named_addresses(get_resolver()))
    assert named - looked_at() - NOT_LOOKED_AT.keys() == set()


def test_the_list_names_no_address_that_is_gone_and_excuses_none_that_is_looked_at():
    named = set(named_addresses(get_resolver()))
    assert (looked_at() | NOT_LOOKED_AT.keys()) - named == set()
    assert looked_at() & NOT_LOOKED_AT.keys() == set()
