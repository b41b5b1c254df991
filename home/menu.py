"""The context of every page: the menu tree (domain, section 2) and the language links."""

import contextlib
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse, translate_url
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from cse_portal.acting.permissions import Verb, may
from cse_portal.pages.addresses import address
from cse_portal.speed.languages import cached_by_language
from cse_portal.web import session_life
from users.models import User


@dataclass(frozen=True)
class MenuItem:
    """An item of the menu; without a URL, the heading of its children."""

    label: str
    url: str = ""
    is_current: bool = False
    children: tuple["MenuItem", ...] = ()


@dataclass(frozen=True)
class LanguageLink:
    """The same page in a language."""

    code: str
    name: str
    url: str
    is_current: bool


def page_frame(request: HttpRequest) -> dict[str, object]:
    """Context processor of every page."""
    frame: dict[str, object] = {
        "sandbox": settings.SANDBOX,
        "menu": (),
        "language_links": language_links(request),
    }
    user = getattr(request, "user", None)
    if user and user.is_authenticated and user.is_verified() and not user.must_choose_password:
        frame["menu"] = menu_of(user, at=request.path)
        frame["unread"] = getattr(user, "unread_messages", 0)
        frame["session_left"] = session_life.planned(request.session)
    return frame


def language_links(request: HttpRequest) -> list[LanguageLink]:
    """A link for each language. A view may set `request.page_address` when it isn't the path."""
    current_address = getattr(request, "page_address", "")
    if not current_address:
        current_address = (
            request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
        )
    current = get_language()
    return [
        LanguageLink(code, name, current_address, is_current=True)
        if code == current
        else LanguageLink(code, name, in_language(request, current_address, code), is_current=False)
        for code, name in settings.LANGUAGES
    ]


def in_language(request: HttpRequest, current_address: str, code: str) -> str:
    """The address of the same page in a language, by the resolved URL when it is the request's."""
    path, query, rest = current_address.partition("?")
    match = request.resolver_match
    if match is None or path != request.path or not match.view_name:
        return translate_url(current_address, code)
    with contextlib.suppress(NoReverseMatch):
        if not (match.args or match.kwargs):
            return address(match.view_name, code) + query + rest
        with override(code):
            return reverse(match.view_name, args=match.args, kwargs=match.kwargs) + query + rest
    return current_address


def menu_of(user: User, *, at: str) -> tuple[MenuItem, ...]:
    """The menu of the person's own pages; `at` is the path of the page shown.

    Empty for an officer, whose pages are in the admin.
    """
    if not may(user, Verb.SEE_OWN_PAGES):
        return ()
    is_esm = may(user, Verb.SEE_ACCOUNT)
    prefix = get_script_prefix()
    return _menu(current_screen(_screens(prefix, is_esm=is_esm), at), prefix, is_esm=is_esm)


def current_screen(screens: dict[str, str], at: str) -> str:
    """The name of the closest screen that the page is, or is under."""
    candidates = [
        name
        for name, url in screens.items()
        if at == url or (name != "home" and at.startswith(url))
    ]
    return max(candidates, key=lambda name: len(screens[name]), default="")


@cached_by_language
def _screens(_prefix: str, *, is_esm: bool) -> dict[str, str]:
    """The address of each screen of the menu, by its name."""
    names = ["home", "users:profile", "notices:messages"]
    if is_esm:
        names += ["proxies:deactivation", "registrations:list", "create-user-file-start"]
        names += ["users:files", "proxies:list", "proxies:one_user"]
    return {name: address(name) for name in names}


@cached_by_language
def _menu(current: str, prefix: str, *, is_esm: bool) -> tuple[MenuItem, ...]:
    screens = _screens(prefix, is_esm=is_esm)

    def item(label: str, name: str) -> MenuItem:
        return MenuItem(label, screens[name], is_current=name == current)

    home = item(_("Home"), "home")
    profile = item(_("User profile"), "users:profile")
    messages = item(_("Messages"), "notices:messages")
    if not is_esm:
        return (home, profile, messages)
    register = item(
        _("Registration for services offered by a department or agency"), "registrations:list"
    )
    deactivation = item(_("Deactivation of a registration"), "proxies:deactivation")
    create_file = item(_("Create a file"), "create-user-file-start")
    files = item(_("View and edit a file"), "users:files")
    proxies = item(_("Proxy management"), "proxies:list")
    one_user = item(_("Access rights management"), "proxies:one_user")
    one_file = group(_("Management of a user’s file"), create_file, files)
    return (
        home,
        group(_("Electronic service registration"), register, deactivation),
        group(_("User file management"), one_file, one_user, proxies),
        profile,
        messages,
    )


def group(label: str, *children: MenuItem) -> MenuItem:
    """A heading, current when a screen under it is."""
    return MenuItem(label, "", any(child.is_current for child in children), children)
