"""What frames every page: the menu tree (domain, section 2) and the language switch."""

import contextlib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse, translate_url
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from cse_portal.acting.permissions import Verb, may
from cse_portal.pages.addresses import address
from cse_portal.speed.languages import cached_by_language
from cse_portal.web import session_life
from users.models import User


@dataclass(frozen=True)
class MenuItem:
    """A line of the menu; without an address, the heading of those below it."""

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


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every page."""
    frame = {"sandbox": settings.SANDBOX, "menu": (), "language_links": language_links(request)}
    user = getattr(request, "user", None)
    if user and user.is_authenticated and user.is_verified() and not user.must_choose_password:
        frame["menu"] = menu_of(user, at=request.path)
        frame["unread"] = getattr(user, "unread_messages", 0)
        frame["session_left"] = session_life.planned(request.session)
    return frame


def language_links(request: HttpRequest) -> list[LanguageLink]:
    """A view may say by `page_address` where its page stands, when that isn't the request's."""
    here = getattr(request, "page_address", "")
    if not here:
        here = request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
    current = get_language()
    return [
        LanguageLink(code, name, here, is_current=True)
        if code == current
        else LanguageLink(code, name, in_language(request, here, code), is_current=False)
        for code, name in settings.LANGUAGES
    ]


def in_language(request: HttpRequest, here: str, code: str) -> str:
    """The same page's address, by the screen that was found for the request if it is its own."""
    path, query, rest = here.partition("?")
    found = request.resolver_match
    if found is None or path != request.path or not found.view_name:
        return translate_url(here, code)
    with contextlib.suppress(NoReverseMatch):
        if not (found.args or found.kwargs):
            return address(found.view_name, code) + query + rest
        with override(code):
            return reverse(found.view_name, args=found.args, kwargs=found.kwargs) + query + rest
    return here


def menu_of(user: User, *, at: str) -> tuple[MenuItem, ...]:
    """The tree of the person's own screens; `at` is the address of the page shown.

    An officer's screens are the admin's: no line here would open to him.
    """
    if not may(user, Verb.SEE_OWN_PAGES):
        return ()
    is_esm = may(user, Verb.SEE_ACCOUNT)
    return _menu(current_screen(_screens(is_esm=is_esm), at), is_esm=is_esm)


def current_screen(screens: dict[str, str], at: str) -> str:
    """The name of the screen that the page is, or is under: the nearest of them."""
    found = [
        name
        for name, url in screens.items()
        if at == url or (name != "home" and at.startswith(url))
    ]
    return max(found, key=lambda name: len(screens[name]), default="")


@cached_by_language
def _screens(*, is_esm: bool) -> dict[str, str]:
    """The address of each screen of the menu, by its name."""
    names = ["home", "users:profile", "notices:messages"]
    if is_esm:
        names += ["proxies:deactivation", "registrations:list", "create-user-file-start"]
        names += ["users:files", "proxies:list", "proxies:one_user"]
    return {name: address(name) for name in names}


@cached_by_language
def _menu(current: str, *, is_esm: bool) -> tuple[MenuItem, ...]:
    screens = _screens(is_esm=is_esm)

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
