"""What happens to a registration. Each verb is one transaction; decisions are told to the ESMs."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cse_portal import clock
from cse_portal.acting.door import act
from cse_portal.acting.permissions import Verb
from cse_portal.models import Company, in_words_of_constraints
from notices.actions import notify, record
from notices.happenings import Happening
from registrations import happenings, signals
from registrations.models import Ministry, Registration
from users.models import User


@act(Verb.REGISTER)
def register(ministry: Ministry, *, by: User, answers: list[dict[str, Any]]) -> Registration:
    """Ask a ministry to register the ESM's company. The ministry's officer answers.

    Raises ValidationError when the company is registered there already, or has asked to be.
    """
    registration = Registration(
        company=by.company, ministry=ministry, requested_by=by, answers=answers
    )
    if not ministry.is_offered:
        raise ValidationError(_("This department or agency takes no registrations at present."))
    rows_just_read = ["company", "ministry", "requested_by"]
    registration.full_clean(exclude=rows_just_read, validate_constraints=False)
    with in_words_of_constraints(Registration):
        registration.save(force_insert=True)
    _record(happenings.REGISTRATION_REQUESTED, registration, by=by)
    return registration


@act(Verb.DEACTIVATE_REGISTRATION)
def deactivate(registration: Registration, *, by: User) -> Registration:
    """Désactivation d'une inscription: its rights stop at the next request, the proxies stay.

    Raises ValidationError when it is not « Actif ».
    """
    registration = _lock_own(registration, by=by)
    if not registration.is_active:
        raise ValidationError(
            _("This registration is not active. Status: %(status)s.")
            % {"status": registration.status_name}
        )
    registration.status = Registration.Status.DEACTIVATED
    registration.deactivated_at = clock.now()
    registration.full_clean()
    registration.save()
    _record(happenings.REGISTRATION_DEACTIVATED, registration, by=by)
    signals.closed.send(Registration, registration=registration, by=by)
    return registration


@act(Verb.REQUEST_REACTIVATION)
def request_reactivation(registration: Registration, *, by: User) -> Registration:
    """Ask the ministry to reactivate a deactivated registration; its officer decides.

    Once it is « Actif » again, the rights that proxies still hold there open again.
    """
    registration = _lock_own(registration, by=by)
    if not registration.is_deactivated:
        raise ValidationError(
            _("Only a deactivated registration can be reactivated. Status: %(status)s.")
            % {"status": registration.status_name}
        )
    if not registration.ministry.is_offered:
        raise ValidationError(_("This department or agency takes no registrations at present."))
    registration.status = Registration.Status.IN_PROCESS
    registration.requested_on, registration.requested_by = clock.today(), by
    registration.deactivated_at = registration.decided_at = registration.decided_by = None
    registration.full_clean()
    registration.save()
    _record(happenings.REACTIVATION_REQUESTED, registration, by=by)
    return registration


def _lock_own(registration: Registration, *, by: User) -> Registration:
    """A registration of the ESM's company, as it is now. Raises Registration.DoesNotExist."""
    own = Registration.objects.filter(company=by.company).select_related("ministry", "company")
    return own.select_for_update(of=("self",), no_key=True).get(pk=registration.pk)


@act(Verb.ACCEPT_REGISTRATION)
def accept(registration: Registration, *, by: User | None) -> Registration:
    """The ministry's yes: the registration becomes « Actif ». Raises ValidationError if decided.

    `by` is the officer; None when the simulation answers in the ministry's place.
    """
    return _decide(registration, Registration.Status.ACTIVE, by=by)


@act(Verb.REFUSE_REGISTRATION)
def refuse(
    registration: Registration, *, by: User | None, reason_fr: str = "", reason_en: str = ""
) -> Registration:
    """The ministry's no, with the reason that the ESMs will read, in one language or in both."""
    reason = {"fr": reason_fr.strip(), "en": reason_en.strip()}
    if not any(reason.values()):
        raise ValidationError(_("Enter the reason of the refusal, in one language at least."))
    if by is not None and (missing := _missing_languages(registration, reason)):
        names = ", ".join(str(dict(settings.LANGUAGES)[code]) for code in missing)
        raise ValidationError(
            _("The ESMs of %(company)s also read: %(languages)s. Enter the reason in it too.")
            % {"company": registration.company, "languages": names}
        )
    refused = Registration.Status.REFUSED
    return _decide(registration, refused, by=by, reason_fr=reason["fr"], reason_en=reason["en"])


def languages_of(companies: Iterable[Company]) -> set[str]:
    """The languages in which the active ESMs of those companies read."""
    esms = User.objects.active().esms().filter(company__in=list(companies))
    return set(esms.values_list("language", flat=True).distinct().order_by())


def _missing_languages(registration: Registration, reason: dict[str, str]) -> list[str]:
    return sorted(code for code in languages_of([registration.company]) if not reason[code])


def _decide(
    registration: Registration,
    status: Registration.Status,
    *,
    by: User | None,
    **reason: str,
) -> Registration:
    rows = Registration.objects.select_for_update(of=("self",), no_key=True).select_related(
        "ministry"
    )
    if by is not None:
        rows = rows.decided_by(by)
    registration = rows.get(pk=registration.pk)
    if not registration.is_in_process:
        raise ValidationError(
            _("%(registration)s has already been decided: %(status)s.")
            % {"registration": registration, "status": registration.status_name}
        )
    registration.answered(status, **reason)
    registration.decided_by = by
    registration.full_clean()
    registration.save()
    _tell_decision(registration)
    if registration.is_active:
        signals.opened.send(Registration, registration=registration)
    return registration


def _tell_decision(registration: Registration) -> None:
    """The company's history and every active ESM's box say what the ministry answered."""
    happening = (
        happenings.REGISTRATION_ACCEPTED
        if registration.is_active
        else happenings.REGISTRATION_REFUSED
    )
    said: dict[str, Any] = {
        "reason_fr": registration.reason_fr,
        "reason_en": registration.reason_en,
    }
    _record(happening, registration, by_party=registration.ministry.acronym, **said)
    esms = User.objects.active().esms().filter(company=registration.company_id)
    notify(
        esms,
        happening.notices[happenings.ESMS],
        about=_about(registration),
        company=registration.company.name,
        telephone=registration.ministry.telephone,
        **_ministry(registration),
        **said,
    )


def _record(happening: Happening, registration: Registration, **more: Any) -> None:
    about = _about(registration)
    record(happening, company=registration.company, about=about, **_ministry(registration), **more)


def _about(registration: Registration) -> str:
    """How histories and messages name a registration."""
    return f"registration:{registration.pk}"


def _ministry(registration: Registration) -> dict[str, Any]:
    ministry = registration.ministry
    return {
        "acronym": ministry.acronym,
        "ministry_fr": ministry.name_fr,
        "ministry_en": ministry.name_en,
    }
