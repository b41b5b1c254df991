"""A named address that is a page for people is looked at in the browser."""

from tests.browser.areas import AREAS
from tests.sweeps.addresses import Who, addresses


def test_every_page_is_looked_at_in_a_walk():
    """Django's own pages, for officers, are not the portal's."""
    pages = addresses(lambda name, known: known.is_a_page and known.to is not Who.OFFICER)
    assert set().union(*(area.addresses for area in AREAS)) == set(pages)
