"""Pagination of lists."""

from django import template
from django.template import Context
from django.utils.formats import localize
from django.utils.translation import gettext

from cse_portal.speed.languages import cached_by_language

register = template.Library()


@register.simple_tag
@cached_by_language
def page_of(number: int, last: int) -> str:
    """« Page 2 de 200 »."""
    numbers = {"number": localize(number), "last": localize(last)}
    return gettext("Page %(number)s of %(last)s") % numbers


@register.simple_tag(takes_context=True)
def querystring_of(context: Context, parameter: str, number: int) -> str:
    """The current query string with another page number; other parameters stay."""
    query = context["request"].GET.copy()
    query[parameter] = str(number)
    return f"?{query.urlencode()}"
