"""The four steps of the procedure, as far as a company has come (domain, section 4, Home)."""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.pages.addresses import address
from home.dashboard import Counts, Line, missing
from registrations.models import Registration

DONE, UNDER_WAY, TO_DO, LATER = "done", "under_way", "to_do", "later"


@dataclass(frozen=True)
class HomeStep:
    """One step: what it is, how far it has come, and the screen where it goes on."""

    number: int
    title: str
    said: str
    progress: str
    url: str
    missing: list[Line] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """The number as it is drawn, the same in both languages."""
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

    What a company is given from day one (Revenu Québec) is not a step done: only what it asked
    for itself, or what it has already given rights on, counts.
    """
    asked = [one for one in registrations if one.requested_by_id]
    steps = [
        registration_step(asked),
        files_step(counts.users),
        proxy_step(counts.given, any(one.is_active for one in registrations)),
        assignment_step(counts.given, counts.holders),
    ]
    lines = missing(registrations, counts)
    return [replace(step, missing=lines[step.number]) for step in steps]


def registration_step(asked: list[Registration]) -> HomeStep:
    active = [one for one in asked if one.is_active]
    pending = [one for one in asked if one.is_in_process]
    if active:
        progress, said = DONE, ", ".join(one.ministry.acronym for one in active)
    elif pending:
        progress, said = UNDER_WAY, ", ".join(one.ministry.acronym for one in pending)
    else:
        progress, said = TO_DO, _("For example with the MELCCFP, for the IQEA.")
    return HomeStep(1, _("Register the company"), said, progress, address("registrations:list"))


def files_step(users: int) -> HomeStep:
    if not users:
        return HomeStep(
            2,
            _("Create the user files"),
            _("No user yet: only electronic services managers."),
            TO_DO,
            address("create-user-file-start"),
        )
    said = ngettext("%(count)d user", "%(count)d users", users) % {"count": users}
    return HomeStep(2, _("Create the user files"), said, DONE, address("users:files"))


def proxy_step(given: int, can_grant: bool) -> HomeStep:
    url = address("proxies:list")
    if given:
        said = ngettext("%(count)d proxy in force", "%(count)d proxies in force", given)
        return HomeStep(3, _("Create a proxy"), said % {"count": given}, DONE, url)
    if not can_grant:
        said = _("Once a registration is active.")
        return HomeStep(3, _("Create a proxy"), said, LATER, url)
    said = _("No user nor agent can act for the company yet.")
    return HomeStep(3, _("Create a proxy"), said, TO_DO, url)


def assignment_step(given: int, holders: int) -> HomeStep:
    url = address("proxies:list")
    if holders:
        said = ngettext("%(count)d user holds a proxy", "%(count)d users hold a proxy", holders) % {
            "count": holders
        }
        return HomeStep(4, _("Assign the proxy"), said, DONE, url)
    if not given:
        return HomeStep(4, _("Assign the proxy"), _("After step 3."), LATER, url)
    said = _("No user holds a proxy yet.")
    return HomeStep(4, _("Assign the proxy"), said, TO_DO, url)
