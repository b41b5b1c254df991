"""Step 3 of the procedure: create, change or copy a proxy; or grant rights to one user at once."""

from collections.abc import Mapping
from datetime import date

from django.shortcuts import get_object_or_404
from django.utils import formats
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cse_portal import clock
from cse_portal.acting.permissions import Verb
from cse_portal.flows.answers import Answers, Cleaned, slot
from cse_portal.flows.changes import changed
from cse_portal.flows.flow import Flow, Outcome, Page, Step
from cse_portal.flows.forms import Subject
from cse_portal.models import Company
from cse_portal.pages.shortening import shortened
from proxies import actions, rules
from proxies.effects import effects, holders, names, own_holders, services_of
from proxies.flows.finding import ministries_of, proxy_given
from proxies.forms.people import ChooseFollowersForm, ToCopy
from proxies.forms.terms import (
    EXTERNAL,
    INTERNAL,
    ChangedProxyForm,
    ChangedRightsForm,
    InternalRightsForm,
    NewProxyForm,
    OneUserTermsForm,
    ProxyTermsForm,
    RightsForm,
    ministries_to_grant,
    no_longer_granted,
    words_of,
)
from proxies.models import LONGEST_DESCRIPTION, Assignment, Proxy
from proxies.rules import Bundle, Rights, rights_of
from proxies.terms import last_allowed_day
from registrations.models import Ministry, Service
from users.models import User

TERMS, RIGHTS = "proxy", "rights"


def terms_page(
    form_class: type[ProxyTermsForm], rights_form: type[RightsForm] = RightsForm
) -> Page:
    """« Procuration »: its terms, from which « Modifier » opens the rights at one ministry."""
    return Page(
        TERMS,
        pgettext_lazy("address", "proxy/"),
        _("Proxy"),
        form_class,
        template_name="proxies/proxy.html",
        detour=Page(
            RIGHTS,
            pgettext_lazy("address", "access-rights/"),
            _("Access rights"),
            rights_form,
            template_name="proxies/rights.html",
        ),
        detour_chooser="ministry",
    )


def in_words(rights: Rights | None) -> str:
    """Rights at one ministry, on one line."""
    return ", ".join(words_of(rights)) if rights else gettext("none")


def as_typed(bundle: Bundle) -> dict[str, dict[str, list[str]]]:
    """Rights, as the pages opened aside would have stored them in the draft."""
    return {
        slot(RIGHTS, ministry.code): {
            "scope": [rights.scope.value],
            "services": [service.code for service in rights.services],
        }
        for ministry, rights in bundle.items()
    }


class ProxyFlow(Flow[Subject, Mapping[str, Ministry]]):
    """What the procedures that create or change a proxy have in common."""

    step = 3
    back = "proxies:list"
    lands_on = "proxies:list"

    @classmethod
    def common(cls, subject: Subject, *, by: User) -> Mapping[str, Ministry]:
        """The ministries where rights can be granted, by code."""
        return ministries_to_grant(by.company, None)

    @staticmethod
    def bundle(answers: Cleaned) -> Bundle:
        """The requested rights by ministry, from the answers of the pages opened aside."""
        return {
            cleaned["ministry"]: cleaned["rights"]
            for name, cleaned in answers.items()
            if name.startswith(f"{RIGHTS}.")
        }

    @classmethod
    def who_can_act(cls, steps: list[Step], *, by: User, agent: Company | None) -> list[str]:
        """Who will be able to act, until when; warns if the agent held the other IQEA role."""
        answers = {step.slot: step.form.cleaned_data for step in steps}
        day = formats.date_format(answers[TERMS]["ends_on"])
        gone = steps[0].form.at.gone
        dropped = [no_longer_granted(gone)] if gone else []
        if agent is None:
            return [
                *dropped,
                gettext(
                    "The users to whom you assign this proxy will be able to act for %(company)s "
                    "until %(day)s."
                )
                % {"company": by.company.name_and_number, "day": day},
            ]
        sentences = [
            *dropped,
            gettext(
                "%(agent)s will be able to act for you, by the users of its choice, until %(day)s."
            )
            % {"agent": agent.name_and_number, "day": day},
        ]
        roles = rules.iqea_roles(cls.bundle(answers))
        if other_role := rules.held_opposite_role_lately(roles, mandator=by.company, agent=agent):
            sentences.append(
                gettext(
                    "Warning: within the last three years, %(agent)s held the other IQEA role for "
                    "you (%(role)s). Make sure that section 6.6 of the regulation (RDOCECA) allows "
                    "it to hold this one."
                )
                % {"agent": agent.name_and_number, "role": other_role.label}
            )
        return sentences


class CreateProxy(ProxyFlow[None]):
    """Ajouter: give a proxy, internal or external (procedure, section 3)."""

    slug = "create-proxy"
    verb = Verb.CREATE_PROXY
    title = _("Create a proxy")
    purpose = _(
        "A proxy gives access rights until an end date, three years minus a day at most: "
        "an internal one to your own users, an external one to a consultant or a "
        "verifier, by its identification number. It opens nothing until it is assigned "
        "to users."
    )
    pages = (terms_page(NewProxyForm),)

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: None, by: User) -> list[str]:
        return cls.who_can_act(steps, by=by, agent=steps[0].form.cleaned_data["agent"])

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: None, by: User) -> Outcome:
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


class ChangeProxy(ProxyFlow[Proxy]):
    """Modifier: end date, description and rights of a proxy in force (procedure, section 3)."""

    slug = "change-proxy"
    verb = Verb.CHANGE_PROXY
    title = _("Edit a proxy")
    purpose = _(
        "The description, the end date and the access rights of a proxy change for all "
        "who hold it. Who keeps, gains and loses which right is shown before you submit."
    )
    pages = (terms_page(ChangedProxyForm, ChangedRightsForm),)
    subject_converter = "int"

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> Proxy:
        return proxy_given(key, by=by)

    @classmethod
    def obstacle(cls, subject: Proxy, *, by: User) -> str:
        return actions.why_not_changed(subject)

    @classmethod
    def common(cls, subject: Proxy, *, by: User) -> Mapping[str, Ministry]:
        return ministries_to_grant(by.company, subject)

    @classmethod
    def opening(cls, subject: Proxy, *, by: User) -> Answers:
        """The proxy as it is today, as if it had been typed."""
        terms = {"ends_on": [subject.ends_on.isoformat()], "description": [subject.description]}
        return {TERMS: terms} | as_typed(rights_of(subject))

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Proxy, by: User) -> list[str]:
        """What changes, old → new. Another ESM's change meanwhile makes it be shown again."""
        return [
            *cls.differences(steps, subject=subject),
            *cls.effects(steps, subject=subject),
            *cls.who_can_act(steps, by=by, agent=subject.agent),
        ]

    @classmethod
    def effects(
        cls, steps: list[Step[Proxy, Mapping[str, Ministry]]], *, subject: Proxy
    ) -> list[str]:
        """Who keeps, gains and loses which right."""
        bundle = cls.bundle({step.slot: step.form.cleaned_data for step in steps})
        known = steps[0].form.at.common
        before, after = (
            services_of(
                {known[ministry.code]: rights for ministry, rights in bundle_of_rights.items()},
                is_external=subject.is_external,
            )
            for bundle_of_rights in (rights_of(subject), bundle)
        )
        return effects(holders(subject), before, after)

    @classmethod
    def differences(cls, steps: list[Step], *, subject: Proxy) -> list[str]:
        answers = {step.slot: step.form.cleaned_data for step in steps}
        terms, bundle, standing = answers[TERMS], cls.bundle(answers), rights_of(subject)
        sentences = []
        if terms["ends_on"] != subject.ends_on:
            ends = (formats.date_format(day) for day in (subject.ends_on, terms["ends_on"]))
            sentences.append(changed(gettext("End date"), *ends))
        if terms["description"] != subject.description:
            sentences.append(
                changed(gettext("Description"), subject.description, terms["description"])
            )
        for ministry in sorted({*bundle, *standing}, key=lambda ministry: ministry.acronym):
            old, new = standing.get(ministry), bundle.get(ministry)
            if old != new:
                title = gettext("Access rights: %(ministry)s") % {"ministry": ministry.acronym}
                sentences.append(changed(title, in_words(old), in_words(new)))
        return sentences or [gettext("Nothing changes in this proxy.")]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: Proxy, by: User) -> Outcome:
        proxy = actions.change(
            subject,
            by=by,
            ends_on=answers[TERMS]["ends_on"],
            description=answers[TERMS]["description"],
            rights=cls.bundle(answers),
        )
        sentence = gettext("The proxy “%(proxy)s” is changed.") % {"proxy": proxy.description}
        return Outcome(proxy, sentence)


class CopyProxy(ProxyFlow[Proxy]):
    """Copier: a new proxy after an old one, in force or not, with or without its users."""

    slug = "copy-proxy"
    verb = Verb.COPY_PROXY
    title = _("Copy a proxy")
    purpose = _(
        "A new proxy is made from another one, even an expired or revoked one, so that "
        "nothing has to be done again. The other one stays as it is."
    )
    pages = (
        terms_page(NewProxyForm),
        Page(
            "users",
            pgettext_lazy("address", "users/"),
            _("Users"),
            ChooseFollowersForm,
            template_name="proxies/choose_followers.html",
        ),
    )
    correct_page = TERMS
    subject_converter = "int"

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> Proxy:
        return proxy_given(key, by=by)

    @classmethod
    def common(cls, subject: Proxy, *, by: User) -> ToCopy:
        return to_copy(subject, by=by)

    @classmethod
    def opening(cls, subject: Proxy, *, by: User) -> Answers:
        """The old proxy's terms, with the last possible end date and what can be granted today."""
        known = to_copy(subject, by=by)
        terms = {
            "kind": [EXTERNAL if subject.agent else INTERNAL],
            "agent_number": [subject.agent.identification_number if subject.agent else ""],
            "ends_on": [last_allowed_day(clock.today()).isoformat()],
            "description": [subject.description],
        }
        bundle = {
            ministry: rights
            for ministry, rights in rights_of(subject).items()
            if ministry.code in known
        }
        return {TERMS: terms} | as_typed(still_offered(bundle))

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Proxy, by: User) -> list[str]:
        answers = {step.slot: step.form.cleaned_data for step in steps}
        sentences = cls.who_can_act(steps, by=by, agent=answers[TERMS]["agent"])
        if followers := answers["users"]["users"]:
            sentences[-1] = will_act(followers, by=by, until=answers[TERMS]["ends_on"])
        grantable = steps[0].form.at.common
        if lost := [
            ministry.acronym for ministry in rights_of(subject) if ministry.code not in grantable
        ]:
            sentences.append(
                gettext("Not copied, for want of an active registration: %(names)s.")
                % {"names": ", ".join(lost)}
            )
        if withdrawn := withdrawn_services(subject):
            sentences.append(
                gettext("Not copied, for the e-service is no longer offered: %(names)s.")
                % {"names": ", ".join(service.name for service in withdrawn)}
            )
        moved = answers["users"]["users"]
        bundle = cls.bundle(answers)
        after = services_of(
            {grantable[ministry.code]: rights for ministry, rights in bundle.items()},
            is_external=answers[TERMS]["agent"] is not None,
        )
        before: list[Service] = []
        if moved and subject.is_in_force:
            before = services_of(ministries_of(rights_of(subject)), is_external=False)
        if agent := answers[TERMS]["agent"]:
            sentences += effects(agent.name_and_number, [], after)
        if moved:
            sentences += effects(names(moved), before, after)
        if moved and subject.is_in_force:
            sentences.append(
                gettext("These users will no longer hold “%(proxy)s”: %(names)s.")
                % {
                    "proxy": subject.description,
                    "names": names(moved),
                }
            )
        return sentences

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: Proxy, by: User) -> Outcome:
        terms = answers[TERMS]
        proxy = actions.copy(
            subject,
            by=by,
            agent=terms["agent"],
            ends_on=terms["ends_on"],
            description=terms["description"],
            rights=cls.bundle(answers),
            users=answers["users"]["users"],
        )
        sentence = gettext("The proxy “%(proxy)s” is created.") % {"proxy": proxy.description}
        if count := len(answers["users"]["users"]):
            sentence += " " + ngettext(
                "It is assigned to %(count)d user.", "It is assigned to %(count)d users.", count
            ) % {"count": count}
        return Outcome(proxy, sentence)


def will_act(people: list[User], *, by: User, until: date) -> str:
    """The sentence about the users to whom the copy is assigned."""
    return ngettext(
        "This person will be able to act for %(mandator)s from the next sign-in, until %(day)s.",
        "These %(count)d people will be able to act for %(mandator)s from their next sign-in, "
        "until %(day)s.",
        len(people),
    ) % {
        "count": len(people),
        "mandator": by.company.name_and_number,
        "day": formats.date_format(until),
    }


def still_offered(bundle: Bundle) -> Bundle:
    """Rights as they can be granted today: without the services withdrawn since."""
    offered = {}
    for ministry, rights in bundle.items():
        services = frozenset(service for service in rights.services if service.is_offered)
        if services or not rights.is_restricted:
            offered[ministry] = Rights(rights.scope, services)
    return offered


def withdrawn_services(proxy: Proxy) -> list[Service]:
    """The services of a proxy's rights that are no longer offered."""
    ticked = {service for rights in rights_of(proxy).values() for service in rights.services}
    return sorted(
        (service for service in ticked if not service.is_offered), key=lambda service: service.name
    )


def to_copy(proxy: Proxy, *, by: User) -> ToCopy:
    """What the pages of a copy need; cached on the proxy, since a page needs it twice."""
    if not hasattr(proxy, "to_copy"):
        proxy.to_copy = ToCopy(ministries_to_grant(by.company, None), followers(proxy))
    return proxy.to_copy


def followers(proxy: Proxy) -> dict[str, User]:
    """By key, the active users who hold an internal proxy, or held it when it ended."""
    if proxy.is_external:
        return {}
    return {str(held.user_id): held.user for held in own_holders(proxy) if held.user.is_active}


class GrantRights(ProxyFlow[User]):
    """« Gestion des droits d'accès »: create an internal proxy and assign it at once."""

    slug = "grant-rights"
    verb = Verb.GRANT_RIGHTS
    title = _("Access rights management")
    purpose = _(
        "The short way, one user at a time: an internal proxy is made and assigned at once."
    )
    step = 0
    pages = (terms_page(OneUserTermsForm, InternalRightsForm),)
    subject_converter = "int"
    back = "proxies:one_user"
    lands_on = ""

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> User:
        people = User.objects.filter(company=by.company_id, role=User.Role.USER)
        return get_object_or_404(people, pk=key)

    @classmethod
    def obstacle(cls, subject: User, *, by: User) -> str:
        if subject.is_active:
            return ""
        return gettext("This file is suspended: reactivate it first.")

    @classmethod
    def opening(cls, subject: User, *, by: User) -> Answers:
        description = gettext("Access rights of %(name)s") % {"name": subject.name_and_code}
        return {
            TERMS: {
                "ends_on": [last_allowed_day(clock.today()).isoformat()],
                "description": [shortened(description, LONGEST_DESCRIPTION)],
            }
        }

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: User, by: User) -> list[str]:
        """What the user keeps, gains and loses, compared with the proxy that they hold, if any."""
        bundle = cls.bundle({step.slot: step.form.cleaned_data for step in steps})
        held = replaced(subject)
        before: list[Service] = []
        sentences = []
        if held:
            old = rights_of(held.proxy)
            before = services_of(ministries_of(old), is_external=False)
            sentences.append(
                gettext("%(name)s will no longer hold “%(proxy)s”.")
                % {"name": subject.name_and_code, "proxy": held.proxy.description}
            )
        after = services_of(bundle, is_external=False)
        return [*sentences, *effects(subject.name_and_code, before, after)]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: User, by: User) -> Outcome:
        proxy = actions.grant_to(
            subject,
            by=by,
            ends_on=answers[TERMS]["ends_on"],
            description=answers[TERMS]["description"],
            rights=cls.bundle(answers),
            replaces=actions.standing_assignment(subject),
        )
        sentence = gettext("The proxy “%(proxy)s” is created and assigned to %(name)s.") % {
            "proxy": proxy.description,
            "name": subject.name_and_code,
        }
        return Outcome(proxy, sentence)


def replaced(user: User) -> Assignment | None:
    """The assignment in force that this procedure would replace."""
    held = actions.standing_assignment(user)
    return held if held and held.proxy.is_in_force else None
