"""Steps 3 and 4 of the procedure: give or change a proxy, and assign it."""

from collections.abc import Mapping
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import formats
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cse_portal.flows.answers import Answers, slot
from cse_portal.flows.flow import Flow, Outcome, Page, Step
from cse_portal.models import Company
from proxies import actions, rules
from proxies.forms import (
    Assignable,
    ChangedProxyForm,
    ChooseUsersForm,
    NewProxyForm,
    RightsForm,
    ShownProxyForm,
    assignable,
    ministries_to_grant,
    words_of,
)
from proxies.models import Assignment, Proxy
from proxies.rules import Bundle, Rights, rights_of, standing_rights
from registrations.models import Ministry
from users.models import User

RIGHTS = Page(
    "rights",
    pgettext_lazy("address", "access-rights/"),
    _("Access rights"),
    RightsForm,
    template_name="proxies/rights.html",
)
TERMS = "proxy"


def terms_page(form_class: Any) -> Page:
    """« Procuration »: its terms, from which « Modifier » opens the rights at one ministry."""
    return Page(
        TERMS,
        pgettext_lazy("address", "proxy/"),
        _("Proxy"),
        form_class,
        template_name="proxies/proxy.html",
        detour=RIGHTS,
        detour_chooser="ministry",
    )


def changed(what: str, old: str, new: str) -> str:
    """One change, as it is read before « Transmettre »."""
    return gettext("%(what)s: %(old)s → %(new)s") % {"what": what, "old": old, "new": new}


def in_words(rights: Rights | None) -> str:
    """Rights at one ministry, on one line."""
    return ", ".join(words_of(rights)) if rights else gettext("none")


class ProxyFlow(Flow):
    """What giving a proxy and changing one have in common."""

    step = 3
    back = "proxies:list"
    lands_on = "proxies:list"

    @classmethod
    def common(cls, subject: Proxy | None, *, by: User) -> dict[str, Ministry]:
        return ministries_to_grant(by.company, subject)

    @staticmethod
    def bundle(answers: Mapping[str, Any]) -> Bundle:
        """The rights asked, by ministry, out of the answers of the pages opened aside."""
        return {
            cleaned["ministry"]: cleaned["rights"]
            for name, cleaned in answers.items()
            if name.startswith(f"{RIGHTS.slug}.")
        }

    @classmethod
    def told(cls, steps: list[Step], *, by: User, agent: Company | None) -> list[str]:
        """Who will be able to act, until when, and what the law says of the agent's two roles."""
        answers = {step.slot: step.form.cleaned_data for step in steps}
        day = formats.date_format(answers[TERMS]["ends_on"])
        if agent is None:
            return [
                gettext(
                    "The users to whom you assign this proxy will be able to act for %(company)s "
                    "until %(day)s."
                )
                % {"company": by.company.name, "day": day}
            ]
        said = [
            gettext(
                "%(agent)s will be able to act for you, by the users of its choice, until %(day)s."
            )
            % {"agent": agent.name, "day": day}
        ]
        roles = rules.iqea_roles(cls.bundle(answers))
        if had := rules.held_opposite_role_lately(roles, mandator=by.company, agent=agent):
            said.append(
                gettext(
                    "Warning: within the last three years, %(agent)s held the other IQEA role for "
                    "you (%(role)s). Make sure that section 6.6 of the regulation (RDOCECA) allows "
                    "it to hold this one."
                )
                % {"agent": agent.name, "role": had.label}
            )
        return said


class CreateProxy(ProxyFlow):
    """Ajouter: give a proxy, internal or external (procedure, section 3)."""

    slug = "create-proxy"
    title = _("Create a proxy")
    pages = (terms_page(NewProxyForm),)

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Any, by: User) -> list[str]:
        return cls.told(steps, by=by, agent=steps[0].form.cleaned_data["agent"])

    @classmethod
    def perform(cls, answers: Mapping[str, Any], *, subject: Any, by: User) -> Outcome:
        terms = answers[TERMS]
        proxy = actions.create(
            by=by,
            agent=terms["agent"],
            ends_on=terms["ends_on"],
            description=terms["description"],
            rights=cls.bundle(answers),
        )
        sentence = gettext("The proxy “%(proxy)s” is created.") % {"proxy": proxy.description}
        return Outcome(proxy, sentence)


class ChangeProxy(ProxyFlow):
    """Modifier: end date, description and rights of a proxy in force (procedure, section 3)."""

    slug = "change-proxy"
    title = _("Edit a proxy")
    pages = (terms_page(ChangedProxyForm),)
    subject_converter = "int"

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> Proxy:
        given = Proxy.objects.given_by(by.company).select_related("agent", "mandator")
        return get_object_or_404(given.prefetch_related(standing_rights()), pk=key)

    @classmethod
    def obstacle(cls, subject: Proxy, *, by: User) -> str:
        return actions.why_not_changed(subject)

    @classmethod
    def opening(cls, subject: Proxy, *, by: User) -> Answers:
        """The proxy as it is today, as if it had been typed."""
        answers: dict[str, dict[str, list[str]]] = {
            TERMS: {
                "ends_on": [subject.ends_on.isoformat()],
                "description": [subject.description],
            }
        }
        for ministry, rights in rights_of(subject).items():
            answers[slot(RIGHTS.slug, ministry.code)] = {
                "scope": [rights.scope.value],
                "services": [service.code for service in rights.services],
            }
        return answers

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Proxy, by: User) -> list[str]:
        """What changes, old → new; changed by another ESM meanwhile, it is shown again."""
        return [
            *cls.differences(steps, subject=subject),
            *cls.told(steps, by=by, agent=subject.agent),
        ]

    @classmethod
    def differences(cls, steps: list[Step], *, subject: Proxy) -> list[str]:
        answers = {step.slot: step.form.cleaned_data for step in steps}
        terms, bundle, standing = answers[TERMS], cls.bundle(answers), rights_of(subject)
        said = []
        if terms["ends_on"] != subject.ends_on:
            ends = (formats.date_format(day) for day in (subject.ends_on, terms["ends_on"]))
            said.append(changed(gettext("End date"), *ends))
        if terms["description"] != subject.description:
            said.append(changed(gettext("Description"), subject.description, terms["description"]))
        for ministry in sorted({*bundle, *standing}, key=lambda one: one.acronym):
            old, new = standing.get(ministry), bundle.get(ministry)
            if old != new:
                title = gettext("Access rights: %(ministry)s") % {"ministry": ministry.acronym}
                said.append(changed(title, in_words(old), in_words(new)))
        return said or [gettext("Nothing changes in this proxy.")]

    @classmethod
    def perform(cls, answers: Mapping[str, Any], *, subject: Proxy, by: User) -> Outcome:
        proxy = actions.change(
            subject,
            by=by,
            ends_on=answers[TERMS]["ends_on"],
            description=answers[TERMS]["description"],
            rights=cls.bundle(answers),
        )
        sentence = gettext("The proxy “%(proxy)s” is changed.") % {"proxy": proxy.description}
        return Outcome(proxy, sentence)


class AssignProxy(Flow):
    """Assigner: attach a proxy to users (procedure, section 4)."""

    slug = "assign-proxy"
    title = _("Assign a proxy")
    step = 4
    pages = (
        Page(
            "proxy",
            pgettext_lazy("address", "proxy/"),
            _("Proxy to assign"),
            ShownProxyForm,
            template_name="proxies/shown_proxy.html",
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
        held = Proxy.objects.held_by(by.company).select_related("agent", "mandator")
        return get_object_or_404(held.prefetch_related(standing_rights()), pk=key)

    @classmethod
    def common(cls, subject: Proxy, *, by: User) -> Assignable:
        return assignable(subject, by.company)

    @classmethod
    def obstacle(cls, subject: Proxy, *, by: User) -> str:
        return actions.why_not_changed(subject)

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Proxy, by: User) -> list[str]:
        count = len(steps[-1].form.cleaned_data["users"])
        return [
            ngettext(
                "This person will be able to act for %(mandator)s from the next sign-in, until "
                "%(day)s.",
                "These %(count)d people will be able to act for %(mandator)s from their next "
                "sign-in, until %(day)s.",
                count,
            )
            % {
                "count": count,
                "mandator": subject.mandator.name,
                "day": formats.date_format(subject.ends_on),
            }
        ]

    @classmethod
    def perform(cls, answers: Mapping[str, Any], *, subject: Proxy, by: User) -> Outcome:
        assignments: list[Assignment] = actions.assign(subject, to=answers["users"]["users"], by=by)
        count = len(assignments)
        sentence = ngettext(
            "The proxy “%(proxy)s” is assigned to %(count)d user.",
            "The proxy “%(proxy)s” is assigned to %(count)d users.",
            count,
        ) % {"proxy": subject.description, "count": count}
        return Outcome(subject, sentence)
