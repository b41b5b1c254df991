"""Step 4 of the procedure: a proxy in the hands of users; taken away, or replaced by another."""

from django.shortcuts import get_object_or_404
from django.utils import formats
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cse_portal import clock
from cse_portal.acting.permissions import Verb
from cse_portal.flows.answers import Cleaned
from cse_portal.flows.flow import Flow, Outcome, Page, Step
from proxies import actions
from proxies.effects import effects, names, own_holders, services_of
from proxies.flows.finding import ministries_of, proxy_held
from proxies.forms.people import (
    Assignable,
    ChooseHoldersForm,
    ChooseProxyForm,
    ChooseUsersForm,
    ShownProxyForm,
    assignable,
)
from proxies.models import Assignment, Proxy
from proxies.rules import rights_of
from users.models import User


class AssignProxy(Flow[Proxy, Assignable]):
    """Assigner: attach a proxy to users (procedure, section 4)."""

    slug = "assign-proxy"
    verb = Verb.ASSIGN_PROXY
    title = _("Assign a proxy")
    purpose = _(
        "A proxy opens its e-services to the users to whom it is assigned, and to them "
        "alone. A user has at most one proxy of each mandator."
    )
    step = 4
    pages = (
        Page(
            "proxy",
            pgettext_lazy("address", "proxy/"),
            _("Proxy to assign"),
            ShownProxyForm,
            template_name="flows/shown.html",
        ),
        Page(
            "users",
            pgettext_lazy("address", "users/"),
            _("Users"),
            ChooseUsersForm,
            template_name="proxies/choose_users.html",
        ),
    )
    correct_page = "users"
    subject_converter = "int"
    back = "proxies:list"
    receipt_template = "proxies/assigned.html"

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> Proxy:
        return proxy_held(key, by=by)

    @classmethod
    def common(cls, subject: Proxy, *, by: User) -> Assignable:
        return assignable(subject, by.company)

    @classmethod
    def obstacle(cls, subject: Proxy, *, by: User) -> str:
        return actions.why_not_changed(subject)

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Proxy, by: User) -> list[str]:
        people = steps[-1].form.cleaned_data["users"]
        count = len(people)
        gained = services_of(ministries_of(rights_of(subject)), is_external=subject.is_external)
        return [
            *effects(names(people), [], gained),
            ngettext(
                "This person will be able to act for %(mandator)s from the next sign-in, until "
                "%(day)s.",
                "These %(count)d people will be able to act for %(mandator)s from their next "
                "sign-in, until %(day)s.",
                count,
            )
            % {
                "count": count,
                "mandator": subject.mandator.name_and_number,
                "day": formats.date_format(subject.ends_on),
            },
        ]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: Proxy, by: User) -> Outcome:
        assignments: list[Assignment] = actions.assign(subject, to=answers["users"]["users"], by=by)
        count = len(assignments)
        sentence = ngettext(
            "The proxy “%(proxy)s” is assigned to %(count)d user.",
            "The proxy “%(proxy)s” is assigned to %(count)d users.",
            count,
        ) % {"proxy": subject.description, "count": count}
        return Outcome(subject, sentence)


class RemoveProxy(Flow[Proxy, dict[str, User]]):
    """Retirer: a proxy is taken away from users who hold it."""

    slug = "remove-proxy"
    verb = Verb.REMOVE_PROXY
    title = _("Remove a proxy from users")
    purpose = _(
        "The users whom you choose no longer act by this proxy. The proxy stays, for the "
        "others and for later."
    )
    pages = (
        Page(
            "users",
            pgettext_lazy("address", "users/"),
            _("Users"),
            ChooseHoldersForm,
            template_name="proxies/choose_holders.html",
        ),
    )
    subject_converter = "int"
    back = "proxies:list"

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> Proxy:
        return proxy_held(key, by=by)

    @classmethod
    def common(cls, subject: Proxy, *, by: User) -> dict[str, User]:
        return {str(held.user_id): held.user for held in own_holders(subject)}

    @classmethod
    def obstacle(cls, subject: Proxy, *, by: User) -> str:
        return actions.why_not_changed(subject)

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Proxy, by: User) -> list[str]:
        people = steps[-1].form.cleaned_data["users"]
        lost = services_of(ministries_of(rights_of(subject)), is_external=subject.is_external)
        return effects(names(people), lost, [])

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: Proxy, by: User) -> Outcome:
        count = len(actions.remove(subject, from_users=answers["users"]["users"], by=by))
        sentence = ngettext(
            "The proxy “%(proxy)s” is removed from %(count)d user.",
            "The proxy “%(proxy)s” is removed from %(count)d users.",
            count,
        ) % {"proxy": subject.description, "count": count}
        return Outcome(subject, sentence)


class MoveUser(Flow[Assignment, dict[str, Proxy]]):
    """Move a user from a proxy to another of the same mandator, in one transaction."""

    slug = "move-user"
    verb = Verb.MOVE_USER
    title = _("Move a user to another proxy")
    purpose = _(
        "A user goes from one proxy to another of the same mandator, without a moment with none."
    )
    pages = (
        Page(
            "proxy",
            pgettext_lazy("address", "proxy/"),
            _("New proxy"),
            ChooseProxyForm,
            template_name="proxies/choose_proxy.html",
        ),
    )
    subject_converter = "int"
    back = "proxies:list"

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> Assignment:
        own = Assignment.objects.filter(company=by.company).select_related(
            "user", "proxy__mandator", "proxy__agent"
        )
        return get_object_or_404(own, pk=key)

    @classmethod
    def obstacle(cls, subject: Assignment, *, by: User) -> str:
        if subject.ended_at:
            return gettext("%(name)s no longer holds this proxy.") % {
                "name": subject.user.name_and_code
            }
        if not subject.user.is_active:
            return gettext("This file is suspended: reactivate it first.")
        return ""

    @classmethod
    def common(cls, subject: Assignment, *, by: User) -> dict[str, Proxy]:
        """The other proxies in force of the same mandator that the company holds."""
        held = Proxy.objects.held_by(by.company).in_force(on=clock.today())
        others = held.filter(mandator=subject.mandator_id).exclude(pk=subject.proxy_id)
        return {str(proxy.pk): proxy for proxy in others.order_by("ends_on", "description", "pk")}

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Assignment, by: User) -> list[str]:
        old, new = subject.proxy, steps[-1].form.cleaned_data["proxy"]
        before, after = (
            services_of(ministries_of(rights_of(proxy)), is_external=proxy.is_external)
            for proxy in (old, new)
        )
        return [
            *effects(subject.user.name_and_code, before, after),
            gettext("%(name)s will be able to act for %(mandator)s until %(day)s.")
            % {
                "name": subject.user.name_and_code,
                "mandator": old.mandator.name_and_number,
                "day": formats.date_format(new.ends_on),
            },
        ]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: Assignment, by: User) -> Outcome:
        new = answers["proxy"]["proxy"]
        assignment = actions.move(subject.user, from_proxy=subject.proxy, to_proxy=new, by=by)
        sentence = gettext("%(name)s now holds “%(proxy)s”.") % {
            "name": subject.user.name_and_code,
            "proxy": new.description,
        }
        return Outcome(assignment, sentence)
