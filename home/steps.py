"""The four steps of the procedure, and a company's progress (domain, section 4, Home)."""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.pages.addresses import address
from home.dashboard import Counts, Line, missing
from registrations.models import Registration

DONE, UNDER_WAY, TO_DO, LATER = "done", "under_way", "to_do", "later"


@dataclass(frozen=True)
class HomeStep:
    """One step: its title, its progress, and the URL of its page."""

    number: int
    title: str
    text: str
    progress: str
    url: str
    missing: list[Line] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """The number as it is shown, the same in both languages."""
        return str(self.number)

    @property
    def is_done(self) -> bool:
        return self.progress == DONE

    @property
    def is_under_way(self) -> bool:
        return self.progress == UNDER_WAY

    @property
    def is_to_do(self) -> bool:
        return self.progress == TO_DO


def four_steps(registrations: list[Registration], counts: Counts) -> list[HomeStep]:
    """The steps of a company, each with what is missing.

    The registration that every company has from the start (Revenu Québec) is not a step done: only
    those that it requested count.
    """
    requested = [registration for registration in registrations if registration.requested_by_id]
    steps = [
        registration_step(requested),
        files_step(counts.users),
        proxy_step(counts.given, any(registration.is_active for registration in registrations)),
        assignment_step(counts.given, counts.holders),
    ]
    lines = missing(registrations, counts)
    return [replace(step, missing=lines[step.number]) for step in steps]


def registration_step(requested: list[Registration]) -> HomeStep:
    active = [registration for registration in requested if registration.is_active]
    pending = [registration for registration in requested if registration.is_in_process]
    if active:
        progress, text = DONE, _acronyms(active)
    elif pending:
        progress, text = UNDER_WAY, _acronyms(pending)
    else:
        progress, text = TO_DO, _("For example with the MELCCFP, for the IQEA.")
    return HomeStep(1, _("Register the company"), text, progress, address("registrations:list"))


def _acronyms(registrations: list[Registration]) -> str:
    return ", ".join(registration.ministry.acronym for registration in registrations)


def files_step(users: int) -> HomeStep:
    if not users:
        return HomeStep(
            2,
            _("Create the user files"),
            _("No user yet: only electronic services managers."),
            TO_DO,
            address("create-user-file-start"),
        )
    text = ngettext("%(count)d user", "%(count)d users", users) % {"count": users}
    return HomeStep(2, _("Create the user files"), text, DONE, address("users:files"))


def proxy_step(given: int, can_grant: bool) -> HomeStep:
    url = address("proxies:list")
    if given:
        text = ngettext("%(count)d proxy in force", "%(count)d proxies in force", given)
        return HomeStep(3, _("Create a proxy"), text % {"count": given}, DONE, url)
    if not can_grant:
        text = _("Once a registration is active.")
        return HomeStep(3, _("Create a proxy"), text, LATER, url)
    text = _("No user nor agent can act for the company yet.")
    return HomeStep(3, _("Create a proxy"), text, TO_DO, url)


def assignment_step(given: int, holders: int) -> HomeStep:
    url = address("proxies:list")
    if holders:
        text = ngettext("%(count)d user holds a proxy", "%(count)d users hold a proxy", holders) % {
            "count": holders
        }
        return HomeStep(4, _("Assign the proxy"), text, DONE, url)
    if not given:
        return HomeStep(4, _("Assign the proxy"), _("After step 3."), LATER, url)
    text = _("No user holds a proxy yet.")
    return HomeStep(4, _("Assign the proxy"), text, TO_DO, url)
