"""Step 1 of the procedure: registration with a department or agency."""

from django.http import Http404
from django.utils import formats
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cse_portal import clock
from cse_portal.acting.permissions import Verb
from cse_portal.flows.answers import Cleaned
from cse_portal.flows.flow import Flow, Outcome, Page, Step
from registrations import actions, queries
from registrations.forms import ConsentForm, InformationForm
from registrations.models import Answer, Ministry, Registration
from users.models import User

CONSENT = Page(
    "consent",
    pgettext_lazy("address", "consent/"),
    _("Consent"),
    ConsentForm,
    template_name="registrations/consent.html",
)


class Register(Flow[Ministry, None]):
    """Inscription à des services offerts par un ministère ou un organisme (section 1)."""

    slug = "register"
    verb = Verb.REGISTER
    title = _("Registration for services offered by a department or agency")
    purpose = _(
        "A company uses a department’s or agency’s e-services once it is registered "
        "there, and once its status is “Active”. The department or agency answers within "
        "its processing time; meanwhile, you can create the user files."
    )
    step = 1
    pages = (
        Page(
            "information",
            pgettext_lazy("address", "information/"),
            _("Information"),
            InformationForm,
            template_name="registrations/information.html",
        ),
        CONSENT,
    )
    subject_converter = "slug"
    back = "registrations:list"
    receipt_template = "registrations/requested.html"

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> Ministry:
        return ministry_of(key)

    @classmethod
    def obstacle(cls, subject: Ministry, *, by: User) -> str:
        """A company registers once; after a refusal, it may register again."""
        if registration := queries.standing_registration.first(by.company.pk, subject.pk):
            return gettext(
                "Your company is already registered with this department or agency, or has asked "
                "to be. Status: %(status)s."
            ) % {"status": registration.status_name}
        if not subject.is_offered:
            return gettext("This department or agency takes no registrations at present.")
        return ""

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Ministry, by: User) -> list[str]:
        due = clock.working_days_after(clock.today(), subject.processing_days)
        return [
            gettext(
                "%(ministry)s will process the request by %(day)s. Meanwhile, you can create the "
                "user files; rights can be granted once the status is “Active”."
            )
            % {"ministry": subject.name, "day": formats.date_format(due)}
        ]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: Ministry, by: User) -> Outcome:
        stored_answers = [
            Answer.to(question, answers["information"].get(question.code, ""))
            for question in subject.every_question
        ]
        registration = actions.register(subject, by=by, answers=stored_answers)
        sentence = gettext("The registration with %(ministry)s is requested.") % {
            "ministry": subject.name
        }
        return Outcome(registration, sentence)


class ReactivateRegistration(Flow[Ministry, None]):
    """Request that a deactivated registration be reactivated; the officer decides."""

    slug = "reactivate-registration"
    verb = Verb.REQUEST_REACTIVATION
    title = _("Reactivation of a registration")
    purpose = _(
        "A registration that your company deactivated becomes active again once the "
        "department or agency accepts. The rights that your proxies still hold there "
        "then open again."
    )
    pages = (CONSENT,)
    subject_converter = "slug"
    back = "registrations:list"
    receipt_template = "registrations/requested.html"

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> Ministry:
        ministry = ministry_of(key)
        if queries.standing_registration.first(by.company.pk, ministry.pk) is None:
            raise Http404
        return ministry

    @classmethod
    def obstacle(cls, subject: Ministry, *, by: User) -> str:
        registration = standing(subject, by=by)
        if not registration.is_deactivated:
            return gettext(
                "Only a deactivated registration can be reactivated. Status: %(status)s."
            ) % {"status": registration.status_name}
        if not subject.is_offered:
            return gettext("This department or agency takes no registrations at present.")
        return ""

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Ministry, by: User) -> list[str]:
        due = clock.working_days_after(clock.today(), subject.processing_days)
        return [
            gettext(
                "%(ministry)s will process the request by %(day)s. If it accepts, the rights that "
                "your proxies still hold there will open again."
            )
            % {"ministry": subject.name, "day": formats.date_format(due)}
        ]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: Ministry, by: User) -> Outcome:
        registration = actions.request_reactivation(standing(subject, by=by), by=by)
        sentence = gettext(
            "The reactivation of the registration with %(ministry)s is requested."
        ) % {"ministry": subject.name}
        return Outcome(registration, sentence)


def ministry_of(code: str) -> Ministry:
    """The ministry of that code, offered or not. Raises Http404."""
    ministry = queries.ministry_of_code.first(code)
    if ministry is None:
        raise Http404
    return ministry


def standing(ministry: Ministry, *, by: User) -> Registration:
    """The company's registration there, if it is not refused. Raises DoesNotExist."""
    return queries.standing_registration.get(by.company.pk, ministry.pk)
