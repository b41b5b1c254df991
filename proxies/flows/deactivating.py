"""Désactivation d'une inscription: what ends with it is listed before « Transmettre »."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import formats
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cse_portal import clock
from cse_portal.acting.permissions import Verb
from cse_portal.flows.answers import Cleaned
from cse_portal.flows.flow import Flow, Outcome, Page, Step
from cse_portal.flows.forms import PageForm, Row
from proxies.effects import names, services_of
from proxies.models import Assignment, Proxy
from proxies.rules import read_rights, rights_of
from registrations import actions
from registrations.models import Registration
from users.models import User


class ShownRegistrationForm(PageForm[Registration, None]):
    """Shows the registration, without any question."""

    def rows(self) -> list[Row]:
        registration = self.at.subject
        return [
            Row(gettext("Department or agency"), [registration.ministry.name]),
            Row(gettext("Company"), [self.at.by.company.name_and_number]),
            Row(gettext("Registration date"), [formats.date_format(registration.requested_on)]),
        ]


class DeactivateRegistration(Flow[Registration, None]):
    """The company no longer wants the e-services of a department or agency."""

    slug = "deactivate-registration"
    verb = Verb.DEACTIVATE_REGISTRATION
    title = _("Deactivation of a registration")
    purpose = _(
        "Your company no longer wants the e-services of a department or agency. Nobody "
        "opens them any more for your company; the proxies stay, with their other "
        "rights."
    )
    pages = (
        Page(
            "registration",
            pgettext_lazy("address", "registration/"),
            _("Registration to deactivate"),
            ShownRegistrationForm,
            template_name="flows/shown.html",
        ),
    )
    subject_converter = "slug"
    back = "proxies:deactivation"

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> Registration:
        own = Registration.objects.standing().filter(company=by.company_id)
        return get_object_or_404(own.select_related("ministry"), ministry__code=key)

    @classmethod
    def obstacle(cls, subject: Registration, *, by: User) -> str:
        if subject.is_active:
            return ""
        return gettext("This registration is not active. Status: %(status)s.") % {
            "status": subject.status_name
        }

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Registration, by: User) -> list[str]:
        """Which proxies lose their rights there, and who is affected; then the ESMs."""
        sentences = [loses(proxy, subject) for proxy in proxies_with_rights(subject)]
        if not sentences:
            sentences = [gettext("No proxy in force holds rights there.")]
        sentences.append(
            gettext("The electronic services managers of %(company)s lose these e-services too.")
            % {"company": by.company.name_and_number}
        )
        sentences.append(gettext("The agents and users who lose these rights will be told."))
        sentences.append(
            gettext("The proxies stay, with their other rights. You can ask for a reactivation.")
        )
        return sentences

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: Registration, by: User) -> Outcome:
        registration = actions.deactivate(subject, by=by)
        sentence = gettext("The registration with %(ministry)s is deactivated.") % {
            "ministry": subject.ministry.name
        }
        return Outcome(registration, sentence)


def proxies_with_rights(registration: Registration) -> list[Proxy]:
    """The company's proxies in force that hold rights at that ministry, with who holds them."""
    proxies = Proxy.objects.with_rights_by(registration, on=clock.today()).select_related("agent")
    own = Assignment.objects.standing().filter(company=registration.company_id)
    people = Prefetch(
        "assignments", own.select_related("user").order_by("user__family_name"), "own_assignments"
    )
    found = list(proxies.prefetch_related(people).order_by("description", "pk"))
    read_rights(found)
    return found


def loses(proxy: Proxy, registration: Registration) -> str:
    """What a proxy opens there, and who loses it: for an external proxy, only the agent's name."""
    rights = rights_of(proxy)[registration.ministry]
    services = services_of({registration.ministry: rights}, is_external=proxy.is_external)
    if proxy.agent:
        who = gettext("%(agent)s and its users") % {"agent": proxy.agent.name_and_number}
    else:
        who = names(held.user for held in proxy.own_assignments) or gettext(
            "no user for the moment"
        )
    return gettext("“%(proxy)s” – rights lost by %(who)s: %(services)s.") % {
        "proxy": proxy.description,
        "who": who,
        "services": ", ".join(service.name for service in services),
    }
