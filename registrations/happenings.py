"""The events of a company's registrations, and the notices of the ministries' decisions."""

from collections.abc import Iterator
from typing import TypedDict

from django.utils.translation import gettext_lazy as _

from notices.happenings import Group, Happening, Lasting, MessageFacts, Notice
from registrations.models import Registration


def _are_active(keys: set[int]) -> Iterator[bool]:
    """A registration in process or refused has not begun."""
    for registration in Registration.objects.filter(pk__in=keys):
        if registration.is_active or registration.is_deactivated:
            yield registration.is_active


def registration_is_active(message: MessageFacts) -> bool:
    """Whether a notice that states it is still true when its e-mail is sent."""
    return Registration.objects.get(pk=message.about_key).is_active


def registration_is_not_active(message: MessageFacts) -> bool:
    return not registration_is_active(message)


class MinistryFacts(TypedDict):
    """The facts that name a ministry, in both languages."""

    acronym: str
    ministry_fr: str
    ministry_en: str


def facts_of_ministry(registration: Registration) -> MinistryFacts:
    """The facts about the ministry of a registration, in events and messages."""
    ministry = registration.ministry
    return {
        "acronym": ministry.acronym,
        "ministry_fr": ministry.name_fr,
        "ministry_en": ministry.name_en,
    }


def about(registration: Registration) -> str:
    """The reference to a registration in events and messages."""
    return f"registration:{registration.pk}"


#: the audience of the notices
ESMS = "the company's ESMs"
SCREEN = "registrations:list"

REGISTRATIONS = Group("registration", _("Registrations"), step=1)
REGISTRATION = Lasting(_are_active)

REGISTRATION_REQUESTED = Happening(
    "registration.requested",
    _("Registration requested"),
    _("Registration requested with %(ministry)s."),
    makes=REGISTRATION,
)
REGISTRATION_ACCEPTED = Happening(
    "registration.accepted",
    _("Registration accepted"),
    _("Registration with %(ministry)s accepted."),
    notices={
        ESMS: Notice(
            "registration.accepted",
            _("%(acronym)s: registration active"),
            _("The registration of %(company)s with %(ministry)s is active."),
            _("You can now grant access rights there: give a proxy, then assign it."),
            SCREEN,
            is_still_true=registration_is_active,
        )
    },
)
REGISTRATION_REFUSED = Happening(
    "registration.refused",
    _("Registration refused"),
    _("Registration with %(ministry)s refused: %(reason)s"),
    notices={
        ESMS: Notice(
            "registration.refused",
            _("%(acronym)s: registration refused"),
            _("The registration of %(company)s with %(ministry)s is refused. Reason: %(reason)s"),
            _("Call %(telephone)s; you can then ask for the registration again."),
            SCREEN,
        )
    },
)
REGISTRATION_DEACTIVATED = Happening(
    "registration.deactivated",
    _("Registration deactivated"),
    _("Registration with %(ministry)s deactivated."),
)
REACTIVATION_REQUESTED = Happening(
    "registration.reactivation",
    _("Reactivation requested"),
    _("Reactivation of the registration with %(ministry)s requested."),
    makes=REGISTRATION,
)
