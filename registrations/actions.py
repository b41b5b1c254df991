"""What happens to a registration. Each verb is one transaction; decisions are told to the ESMs."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.models import Company
from notices.actions import record, tell
from notices.kinds import EventKind, MessageKind
from registrations.models import Ministry, Registration

if TYPE_CHECKING:
    from users.models import User


@transaction.atomic
def register(ministry: Ministry, *, by: "User", answers: list[dict[str, Any]]) -> Registration:
    """Ask a ministry to register the ESM's company. The ministry's officer answers.

    Raises ValidationError when the company is registered there already, or has asked to be.
    """
    # the company's row makes two simultaneous requests of two ESMs wait for each other
    company = Company.objects.select_for_update(no_key=True).get(pk=by.company.pk)
    registration = Registration(
        company=company, ministry=ministry, requested_by=by, answers=answers
    )
    if not ministry.is_offered:
        raise ValidationError(_("This department or agency takes no registrations at present."))
    registration.full_clean()
    registration.save()
    _record(EventKind.REGISTRATION_REQUESTED, registration, by=by)
    return registration


@transaction.atomic
def accept(registration: Registration, *, by: "User | None") -> Registration:
    """The ministry's yes: the registration becomes « Actif ». Raises ValidationError if decided.

    `by` is the officer; None when the simulation answers in the ministry's place.
    """
    return _decide(registration, Registration.Status.ACTIVE, by=by)


@transaction.atomic
def refuse(
    registration: Registration, *, by: "User | None", reason_fr: str = "", reason_en: str = ""
) -> Registration:
    """The ministry's no, with the reason that the ESMs will read, in one language or in both."""
    if not (reason_fr.strip() or reason_en.strip()):
        raise ValidationError(_("Enter the reason of the refusal, in one language at least."))
    refused = Registration.Status.REFUSED
    return _decide(
        registration, refused, by=by, reason_fr=reason_fr.strip(), reason_en=reason_en.strip()
    )


def _decide(
    registration: Registration,
    status: Registration.Status,
    *,
    by: "User | None",
    **reason: str,
) -> Registration:
    rows = Registration.objects.select_for_update(of=("self",), no_key=True).select_related(
        "ministry"
    )
    registration = rows.get(pk=registration.pk)
    if not registration.is_in_process:
        raise ValidationError(
            _("%(registration)s has already been decided: %(status)s.")
            % {"registration": registration, "status": registration.get_status_display()}
        )
    registration.answered(status, **reason)
    registration.decided_by = by
    registration.full_clean()
    registration.save()
    _tell_decision(registration)
    return registration


def _tell_decision(registration: Registration) -> None:
    """The company's history and every active ESM's box say what the ministry answered."""
    accepted = registration.is_active
    said = {"reason_fr": registration.reason_fr, "reason_en": registration.reason_en}
    _record(
        EventKind.REGISTRATION_ACCEPTED if accepted else EventKind.REGISTRATION_REFUSED,
        registration,
        by_party=registration.ministry.acronym,
        **said,
    )
    esms = get_user_model().objects.active().esms().filter(company=registration.company_id)
    tell(
        esms,
        MessageKind.REGISTRATION_ACCEPTED if accepted else MessageKind.REGISTRATION_REFUSED,
        company=registration.company.name,
        telephone=registration.ministry.telephone,
        **_ministry(registration),
        **said,
    )


def _record(kind: EventKind, registration: Registration, **more: Any) -> None:
    about = f"registration:{registration.pk}"
    record(kind, company=registration.company, about=about, **_ministry(registration), **more)


def _ministry(registration: Registration) -> dict[str, Any]:
    ministry = registration.ministry
    return {
        "acronym": ministry.acronym,
        "ministry_fr": ministry.name_fr,
        "ministry_en": ministry.name_en,
    }
