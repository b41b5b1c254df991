"""The context of every page: the menu tree (domain, section 2) and the language links."""

from dataclasses import dataclass
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, ResolverMatch, resolve, reverse
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
    """The same page in another language."""

    code: str
    name: str
    url: str


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
    """A link for each other language. A view may set `page_address` when it isn't the path."""
    match, query = page_shown(request)
    current = get_language()
    return [
        LanguageLink(code, name, in_language(match, query, code))
        for code, name in settings.LANGUAGES
        if code != current
    ]


def page_shown(request: HttpRequest) -> tuple[ResolverMatch | None, str]:
    """What the address of the page resolves to, if anything, and its query."""
    page_address: str = getattr(request, "page_address", "")
    if page_address:
        path, mark, rest = page_address.partition("?")
        return resolved(unquote(path)), mark + rest
    is_looked_at = request.method in {"GET", "HEAD"}
    query = "".join(request.get_full_path().partition("?")[1:]) if is_looked_at else ""
    return request.resolver_match or resolved(request.path), query


def resolved(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None


def in_language(match: ResolverMatch | None, query: str, code: str) -> str:
    """The address of that page in a language; without a page, of the public one.

    Written anew from the names of addresses: what was asked for is never made a link, since
    browsers take `//host/fr/x` for another host's.
    """
    try:
        if match is None or not match.view_name:
            return address(settings.LANDING_URL, code)
        if not (match.args or match.kwargs):
            return address(match.view_name, code) + query
        with override(code):
            return reverse(match.view_name, args=match.args, kwargs=match.kwargs) + query
    except NoReverseMatch:
        return address(settings.LANDING_URL, code)


def menu_of(user: User, *, at: str) -> tuple[MenuItem, ...]:
    """The menu of the person's own pages; `at` is the path of the page shown.

    Empty for an officer, whose pages are in the admin.
    """
    if not may(user, Verb.SEE_OWN_PAGES):
        return ()
    is_esm = may(user, Verb.SEE_ACCOUNT)
    return _menu(current_screen(_screens(is_esm=is_esm), at), is_esm=is_esm)


def current_screen(screens: dict[str, str], at: str) -> str:
    """The name of the closest screen that the page is, or is under."""
    candidates = [
        name
        for name, url in screens.items()
        if at == url or (name != "home" and at.startswith(url))
    ]
    return max(candidates, key=lambda name: len(screens[name]), default="")


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
