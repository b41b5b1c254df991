"""The actions on registrations. Each is one transaction; ESMs are notified of decisions."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cse_portal import clock
from cse_portal.acting.door import act
from cse_portal.acting.permissions import Verb
from cse_portal.locks import locked
from cse_portal.models import Company, in_words_of_constraints
from notices.actions import notify, record
from notices.happenings import Happening
from registrations import happenings, signals
from registrations.models import Answer, Ministry, Registration
from users.models import User

#: facts of an event or a message, given as keywords beside typed ones
Facts = dict[str, Any]


@act(Verb.REGISTER)
def register(ministry: Ministry, *, by: User, answers: Iterable[Answer]) -> Registration:
    """Ask a ministry to register the ESM's company; an officer of the ministry decides.

    An answer keeps its question: officers may change or remove it afterwards. Raises
    ValidationError when the company is already registered there, or has a request in process, or
    when the ministry takes no registrations.
    """
    registration = Registration(
        company=by.company,
        ministry=ministry,
        requested_by=by,
        answers=[asdict(answer) for answer in answers],
    )
    if not ministry.is_offered:
        raise ValidationError(_("This department or agency takes no registrations at present."))
    already_read = ["company", "ministry", "requested_by"]
    registration.full_clean(exclude=already_read, validate_unique=False, validate_constraints=False)
    with in_words_of_constraints(Registration):
        registration.save(force_insert=True)
    _record(happenings.REGISTRATION_REQUESTED, registration, by=by)
    return registration


@act(Verb.DEACTIVATE_REGISTRATION)
def deactivate(registration: Registration, *, by: User) -> Registration:
    """Deactivate a registration: its rights stop at the next request, the proxies stay.

    Raises ValidationError when it is not « Actif ».
    """
    registration = _lock_own(registration, by=by)
    if not registration.is_active:
        raise ValidationError(
            _("This registration is not active. Status: %(status)s.")
            % {"status": registration.status_name}
        )
    registration.status = Registration.Status.DEACTIVATED
    registration.deactivated_at = clock.now_but_not_before(registration.decided_at)
    # who decided is an officer, whom the second wall hides from a company's people
    registration.full_clean(exclude=["decided_by"])
    registration.save()
    _record(happenings.REGISTRATION_DEACTIVATED, registration, by=by)
    signals.closed.send(Registration, registration=registration, by=by)
    return registration


@act(Verb.REQUEST_REACTIVATION)
def request_reactivation(registration: Registration, *, by: User) -> Registration:
    """Ask the ministry to reactivate a deactivated registration; its officer decides.

    Once it is « Actif » again, the rights that proxies still give there can be used again.
    """
    registration = _lock_own(registration, by=by)
    if not registration.is_deactivated:
        raise ValidationError(
            _("Only a deactivated registration can be reactivated. Status: %(status)s.")
            % {"status": registration.status_name}
        )
    if not registration.ministry.is_offered:
        raise ValidationError(_("This department or agency takes no registrations at present."))
    registration.set_request(by=by)
    registration.full_clean()
    registration.save()
    _record(happenings.REACTIVATION_REQUESTED, registration, by=by)
    return registration


def _lock_own(registration: Registration, *, by: User) -> Registration:
    """Lock and return a registration of the ESM's company. Raises Registration.DoesNotExist."""
    own = Registration.objects.filter(company=by.company).select_related("ministry", "company")
    return locked(own).get(pk=registration.pk)


@act(Verb.ACCEPT_REGISTRATION)
def accept(registration: Registration, *, by: User | None) -> Registration:
    """Accept: the registration becomes « Actif ». Raises ValidationError if already decided.

    `by` is the officer; None when the simulation answers in the ministry's place.
    """
    return _decide(registration, Registration.Status.ACTIVE, by=by)


@act(Verb.REFUSE_REGISTRATION)
def refuse(
    registration: Registration, *, by: User | None, reason_fr: str = "", reason_en: str = ""
) -> Registration:
    """Refuse, with the reason that the ESMs will read.

    An officer writes it in each language that the company's ESMs read, a simulation in one at
    least. Raises ValidationError when a reason is missing, or if already decided.
    """
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
    """The languages of correspondence of the active ESMs of those companies."""
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
    rows = Registration.objects.select_related("ministry")
    if by is not None:
        rows = rows.decided_by(by)
    registration = locked(rows).get(pk=registration.pk)
    if not registration.is_in_process:
        raise ValidationError(
            _("%(registration)s has already been decided: %(status)s.")
            % {"registration": registration, "status": registration.status_name}
        )
    registration.set_decision(status, **reason)
    registration.decided_by = by
    registration.full_clean()
    registration.save()
    _notify_decision(registration)
    if registration.is_active:
        signals.opened.send(Registration, registration=registration)
    return registration


def _notify_decision(registration: Registration) -> None:
    """Record the decision in the company's history, and notify each of its active ESMs."""
    happening = (
        happenings.REGISTRATION_ACCEPTED
        if registration.is_active
        else happenings.REGISTRATION_REFUSED
    )
    reasons: Facts = {
        "reason_fr": registration.reason_fr,
        "reason_en": registration.reason_en,
    }
    _record(happening, registration, by_party=registration.ministry.acronym, **reasons)
    esms = User.objects.active().esms().filter(company=registration.company_id)
    notify(
        esms,
        happening.notices[happenings.ESMS],
        about=happenings.about(registration),
        company=registration.company.name_and_number,
        telephone=registration.ministry.telephone,
        **happenings.facts_of_ministry(registration),
        **reasons,
    )


def _record(
    happening: Happening,
    registration: Registration,
    *,
    by: User | None = None,
    by_party: str = "",
    **reasons: Any,
) -> None:
    record(
        happening,
        company=registration.company,
        by=by,
        by_party=by_party,
        about=happenings.about(registration),
        **happenings.facts_of_ministry(registration),
        **reasons,
    )
