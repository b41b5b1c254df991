"""Links from one page of a list to another."""

from typing import Any

from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def querystring_of(context: Any, parameter: str, number: int) -> str:
    """The query of the page shown, with another page number: searches and other lists stay."""
    query = context["request"].GET.copy()
    query[parameter] = str(number)
    return f"?{query.urlencode()}"
