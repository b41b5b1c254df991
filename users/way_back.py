"""Where a person goes after the sign-in: back to their page, if it is one that can be opened."""

from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language_from_path, override

from cse_portal.acting.permissions import Verb, may
from cse_portal.web.session_life import is_mark_of
from users.models import User

#: views without a class, which say that they take POST only when they are called
ONLY_POSTED = {"admin:logout", "csp_report"}


#: what an address says of it (`session_life.way_back_of`): the page, and the mark of whose it is
NAMES = ("next", "of")


def asked_for(request: HttpRequest) -> dict[str, str]:
    """Where the person was going, by the address of this page; empty where it says nothing."""
    return {name: request.GET[name] for name in NAMES if request.GET.get(name)}


def after_sign_in(request: HttpRequest, user: User, way_back: Mapping[str, str]) -> str:
    """The page that was asked for (`next`), else the person's home page.

    A page that was somebody else's (`of`) is not this person's way back: after a colleague at the
    same browser, they come home.
    """
    mark = way_back.get("of", "")
    is_theirs = not mark or is_mark_of(mark, user.pk)
    requested = way_back.get("next", "")
    if is_theirs and is_way_back(request, requested):
        return requested
    return reverse("admin:index" if may(user, Verb.WORK_IN_ADMIN) else "home")


def is_way_back(request: HttpRequest, address: str) -> bool:
    """Whether it is an address of the portal that a browser may open, not only send a form to."""
    is_own = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if not is_own:
        return False
    path = urlsplit(address).path
    with override(get_language_from_path(path)), suppress(Resolver404):
        return can_be_opened(resolve(path))
    return False


def can_be_opened(match: ResolverMatch) -> bool:
    """Whether the view answers GET."""
    view_class = getattr(match.func, "view_class", None)
    if view_class is None:
        return match.view_name not in ONLY_POSTED
    return "get" in view_class.http_method_names and hasattr(view_class, "get")
