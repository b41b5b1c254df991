"""What frames every page: the menu tree (domain, section 2) and the language switch."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse, translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cse_portal import session_life
from users.models import User


@dataclass(frozen=True)
class MenuItem:
    """A line of the menu; without an address, the heading of those below it."""

    label: str
    url: str = ""
    is_current: bool = False
    children: list["MenuItem"] = field(default_factory=list)


@dataclass(frozen=True)
class LanguageLink:
    """The same page in a language."""

    code: str
    name: str
    url: str
    is_current: bool


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every page."""
    frame = {"sandbox": settings.SANDBOX, "menu": [], "language_links": language_links(request)}
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
    return [
        LanguageLink(code, name, translate_url(here, code), code == get_language())
        for code, name in settings.LANGUAGES
    ]


def menu_of(user: User, *, at: str) -> list[MenuItem]:
    """The tree of the person's own screens; `at` is the address of the page shown.

    An officer's screens are the admin's: no line here would open to him.
    """
    if user.is_officer:
        return []
    home = item(_("Home"), "home", at)
    profile = item(_("User profile"), "users:profile", at)
    messages = item(_("Messages"), "notices:messages", at)
    if not user.is_esm:
        return [home, profile, messages]
    deactivation = item(_("Deactivation of a registration"), "registrations:deactivation", at)
    register = item(
        _("Registration for services offered by a department or agency"),
        "registrations:list",
        at,
        but=deactivation,
    )
    create_file = item(_("Create a file"), "create-user-file-start", at)
    files = item(_("View and edit a file"), "users:files", at, but=create_file)
    proxies = item(_("Proxy management"), "proxies:list", at)
    one_user = item(_("Access rights management"), "proxies:one_user", at)
    one_file = group(_("Management of a user’s file"), [create_file, files])
    return [
        home,
        group(_("Electronic service registration"), [register, deactivation]),
        group(_("User file management"), [one_file, one_user, proxies]),
        profile,
        messages,
    ]


def item(label: str, name: str, at: str, but: MenuItem | None = None) -> MenuItem:
    """A screen, current when the page shown is it or one under it (and not under `but`)."""
    url = reverse(name)
    is_current = at == url if name == "home" else at.startswith(url)
    return MenuItem(label, url, is_current and not (but and but.is_current))


def group(label: str, children: list[MenuItem]) -> MenuItem:
    """A heading, current when a screen under it is."""
    return MenuItem(label, "", any(child.is_current for child in children), children)
