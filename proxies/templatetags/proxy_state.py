"""The state of a proxy, as a status mark."""

from django import template

from cse_portal.pages.bilingual import label_of
from cse_portal.templatetags.components import status
from proxies.models import Proxy

register = template.Library()


@register.simple_tag
def proxy_state(proxy: Proxy) -> str:
    """In force, or how it ended."""
    state = proxy.state
    return status("ok" if state == Proxy.State.IN_FORCE else "off", label_of(Proxy.State, state))
