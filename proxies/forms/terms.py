"""Forms about the terms of a proxy and its access rights."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cse_portal import clock
from cse_portal.flows.answers import Lists
from cse_portal.flows.forms import PageForm, Row, Subject
from cse_portal.models import Company
from cse_portal.pages.fields import DayField, IdentificationNumberField, TextField, conditional
from proxies import queries, rules
from proxies.models import LONGEST_DESCRIPTION, AccessRight, Proxy
from proxies.rules import Rights, rights_of
from proxies.terms import last_allowed_day
from registrations.models import Ministry, Service
from registrations.services import read_services
from users.models import User

INTERNAL, EXTERNAL = "internal", "external"


@dataclass(frozen=True)
class RightsLine:
    """One ministry in the section « Droits d'accès », with the rights requested there so far."""

    ministry: Ministry
    requested: list[str]
    is_chosen: bool
    refusal: str = ""


class ProxyTermsForm(PageForm[Subject, Mapping[str, Ministry]]):
    """End date, description and, ministry by ministry, the access rights."""

    ends_on = DayField(
        label=gettext_lazy("End date"),
        error_messages={"required": gettext_lazy("Enter the end date.")},
    )
    description = TextField(
        label=gettext_lazy("Description"),
        max_length=LONGEST_DESCRIPTION,
        help_text=gettext_lazy("What you will recognize it by, for example “IQEA – operator”."),
        error_messages={"required": gettext_lazy("Enter a description.")},
    )
    ministry = forms.ChoiceField(
        label=gettext_lazy("Departments and agencies for which your company is registered"),
        required=False,
        error_messages={
            "required": gettext_lazy("Choose the department or agency, then “Edit”."),
            "invalid_choice": gettext_lazy("Choose the department or agency, then “Edit”."),
        },
        widget=forms.RadioSelect,
    )

    def narrow(self) -> None:
        self.fields["ends_on"].help_text = end_date_hint()
        self.ministries = list(self.at.common.values())
        # no error for a ministry that can no longer be chosen: `no_rights` explains it
        choices = [(ministry.code, ministry.acronym) for ministry in self.ministries]
        self.choice_field("ministry").choices = [
            *choices,
            *zip(self.at.gone, self.at.gone, strict=True),
        ]

    @property
    def is_external(self) -> bool:
        """Whether the proxy is external, as typed so far."""
        raise NotImplementedError

    def rights_lines(self) -> list[RightsLine]:
        """Every ministry where the company is registered, with the rights requested so far."""
        chosen = self["ministry"].value()
        return [
            RightsLine(
                ministry,
                requested=self.requested_rights(ministry),
                is_chosen=ministry.code == chosen,
                refusal=self.refusal(ministry),
            )
            for ministry in self.ministries
        ]

    def requested_rights(self, ministry: Ministry) -> list[str]:
        stored = self.at.aside.get(ministry.code)
        return [] if stored is None else words_of(rights_as_typed(ministry, stored))

    def refusal(self, ministry: Ministry) -> str:
        if ministry.takes_external_proxies:
            return ""
        return _("Internal proxies only. For an external one, call %(telephone)s.") % {
            "telephone": ministry.telephone
        }

    def clean_ends_on(self) -> date:
        ends_on = self.cleaned_data["ends_on"]
        if not self.is_end_date_unchanged(ends_on):
            rules.check_end_date(ends_on, term_starts_on=clock.today())
        return ends_on

    def is_end_date_unchanged(self, ends_on: date) -> bool:
        return False

    def clean(self) -> None:
        if not self.at.aside:
            self.add_error("ministry", self.no_rights())

    def no_rights(self) -> str:
        """Why a proxy without rights can't be created: none chosen, or all ended meanwhile."""
        if self.at.gone:
            return no_longer_granted(self.at.gone)
        return _("Choose a department or agency, then “Edit”, to grant access rights there.")

    def rows(self) -> list[Row]:
        return [
            Row(_("Mandator"), [self.at.by.company.name_and_number]),
            *self.party_rows(),
            Row(_("End date"), [formats.date_format(self.cleaned_data["ends_on"])]),
            Row(_("Description"), [self.cleaned_data["description"]]),
        ]

    def party_rows(self) -> list[Row]:
        """Type of the proxy and, for an external one, the agent by its name."""
        raise NotImplementedError


def agent_row(agent: Company) -> Row:
    number = _("identification number %(number)s") % {"number": agent.identification_number}
    return Row(_("Agent"), [agent.name, number])


def no_longer_granted(codes: tuple[str, ...]) -> str:
    """The sentence about registrations that ended since these rights were chosen."""
    there = Ministry.objects.filter(code__in=codes).order_by("acronym")
    names = ", ".join(there.values_list("acronym", flat=True))
    return _("The registration with %(names)s is not active: no rights can be granted there.") % {
        "names": names
    }


def end_date_hint() -> str:
    """The hint of the end date: the last possible day, as digits and in words."""
    last = last_allowed_day(clock.today())
    return _("For example %(example)s. Last possible day: %(last)s (%(words)s).") % {
        "example": last.isoformat(),
        "last": last.isoformat(),
        "words": formats.date_format(last),
    }


class NewProxyForm(ProxyTermsForm[Proxy | None]):
    """A new proxy: internal, or external to the agent of that number."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Type of proxy"),
        choices=[(INTERNAL, gettext_lazy("Internal")), (EXTERNAL, gettext_lazy("External"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the type of proxy.")},
    )
    agent_number = conditional(
        IdentificationNumberField(
            label=gettext_lazy("Agent’s identification number"),
            help_text=gettext_lazy("For an external proxy only: ten digits, given by the agent."),
        )
    )

    field_order = ["kind", "agent_number", "ends_on", "description", "ministry"]

    @property
    def is_external(self) -> bool:
        return self["kind"].value() == EXTERNAL

    def clean(self) -> None:
        super().clean()
        self.cleaned_data["agent"] = None
        if "agent_number" in self.errors:
            return
        number = self.cleaned_data.get("agent_number", "")
        if self.is_external:
            self.cleaned_data["agent"] = self.find_agent(number)
        elif number and self.cleaned_data.get("kind") == INTERNAL:
            self.add_error(
                "agent_number",
                _("An internal proxy has no agent: choose “External”, or clear this field."),
            )

    def find_agent(self, number: str) -> Company | None:
        agent = Company.objects.filter(identification_number=number).first()
        try:
            if not number:
                raise ValidationError(_("Enter the agent’s ten-digit identification number."))
            rules.check_agent(agent, mandator=self.at.by.company)
        except ValidationError as refusal:
            self.add_error("agent_number", refusal)
        return agent

    def party_rows(self) -> list[Row]:
        agent = self.cleaned_data["agent"]
        kind = str(self.words("kind")[self.cleaned_data["kind"]])
        return [Row(_("Type of proxy"), [kind]), *([agent_row(agent)] if agent else [])]


class ChangedProxyForm(ProxyTermsForm[Proxy]):
    """A proxy in force: its type and its agent do not change."""

    @property
    def is_external(self) -> bool:
        return self.at.subject.is_external

    def is_end_date_unchanged(self, ends_on: date) -> bool:
        return ends_on == self.at.subject.ends_on

    def party_rows(self) -> list[Row]:
        proxy = self.at.subject
        agent = [agent_row(proxy.agent)] if proxy.agent else []
        return [Row(_("Type of proxy"), [proxy.kind_display]), *agent]


class OneUserTermsForm(ProxyTermsForm[User]):
    """« Gestion des droits d'accès »: an internal proxy for one user."""

    is_external = False

    def party_rows(self) -> list[Row]:
        person = self.at.subject
        return [
            Row(_("Type of proxy"), [_("Internal")]),
            Row(_("User"), [person.name_and_code]),
        ]


class RightsForm(PageForm[Subject, Mapping[str, Ministry]]):
    """The rights at one ministry: without restriction, or only the ticked services."""

    scope = forms.ChoiceField(
        label=gettext_lazy("Access rights"),
        choices=AccessRight.Scope.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose with or without restriction.")},
    )
    services = conditional(
        forms.MultipleChoiceField(
            label=gettext_lazy("Services, if with restriction"),
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "invalid_choice": gettext_lazy("Tick services of this department or agency."),
                "invalid_list": gettext_lazy("Tick services of this department or agency."),
            },
        )
    )

    @classmethod
    def is_offered(cls, key: str, common: Mapping[str, Ministry]) -> bool:
        return key in common

    def narrow(self) -> None:
        key = self.at.key
        if key is None or key not in self.at.common:
            raise Http404
        self.ministry = self.at.common[key]
        self.offered = {
            service.code: service for service in self.ministry.every_service if self.offers(service)
        }
        self.choice_field("services").choices = [
            (service.code, service.name) for service in self.offered.values()
        ]
        if any(service.needs_tick for service in self.offered.values()):
            self.fields["scope"].help_text = _(
                "Some services are never included without restriction: choose “With restriction” "
                "and tick them."
            )

    def offers(self, service: Service) -> bool:
        """Whether a service can be ticked."""
        return service.is_offered

    @property
    def is_external(self) -> bool:
        """Whether the proxy is external; while no type is chosen, the type that allows more."""
        kind = self.at.typed.get("kind")
        return EXTERNAL in kind if kind else self.ministry.takes_external_proxies

    def requested(self) -> Rights:
        """The requested rights; only for a valid form."""
        return self.cleaned_data["rights"]

    def clean(self) -> None:
        scope = self.cleaned_data.get("scope")
        if scope is None or "services" in self.errors:
            return
        restricted = scope == AccessRight.Scope.RESTRICTED
        ticked = self.cleaned_data["services"] if restricted else ()
        rights = Rights(AccessRight.Scope(scope), frozenset(self.offered[code] for code in ticked))
        self.cleaned_data |= {"ministry": self.ministry, "rights": rights}
        try:
            self.check(rights)
        except ValidationError as refusal:
            self.add_error("services" if restricted else "scope", refusal)

    def check(self, rights: Rights) -> None:
        """Apply `rules.py`, as far as the type of proxy and the agent are known.

        Raises ValidationError.
        """
        rules.check_rights(self.ministry, rights, is_external=self.is_external)
        if agent := self.agent():
            rules.check_incompatible_roles(
                rules.iqea_roles({self.ministry: rights}),
                mandator=self.at.by.company,
                agent=agent,
                excluding=self.changed_proxy,
            )

    @property
    def changed_proxy(self) -> Proxy | None:
        """The proxy that is being changed; none when a new one is given."""
        return None

    def agent(self) -> Company | None:
        return self.at.earlier.get("proxy", {}).get("agent")

    def group_title(self) -> str:
        return _("Access rights: %(ministry)s") % {"ministry": self.ministry.name}

    def rows(self) -> list[Row]:
        restriction, *services = words_of(self.requested())
        rows = [Row(_("Restriction"), [restriction])]
        if services:
            rows.append(Row(_("Services"), services))
        return rows


class ChangedRightsForm(RightsForm[Proxy]):
    """The rights at one ministry of a proxy in force."""

    @property
    def changed_proxy(self) -> Proxy:
        return self.at.subject

    @property
    def is_external(self) -> bool:
        return self.changed_proxy.is_external

    def agent(self) -> Company | None:
        return self.changed_proxy.agent

    def offers(self, service: Service) -> bool:
        """Also a withdrawn service that the proxy already has: only the person removes it."""
        held = rights_of(self.changed_proxy).get(self.ministry)
        return service.is_offered or (held is not None and service in held.services)

    def check(self, rights: Rights) -> None:
        """Rights that do not change are not checked again."""
        if rights_of(self.changed_proxy).get(self.ministry) != rights:
            super().check(rights)


class InternalRightsForm(RightsForm[User]):
    """The rights at one ministry of a proxy for one user of the company."""

    is_external = False


def ministries_to_grant(company: Company, proxy: Proxy | None) -> dict[str, Ministry]:
    """By code, ministries where the company's registration is active or the proxy has rights.

    Their services are read with them.
    """
    held = [] if proxy is None else [ministry.pk for ministry in rights_of(proxy)]
    ministries = queries.ministries_to_grant.all(company.pk, held)
    read_services(ministries)
    in_order = sorted(ministries, key=lambda ministry: ministry.name.casefold())
    return {ministry.code: ministry for ministry in in_order}


def rights_as_typed(ministry: Ministry, answers: Lists) -> Rights:
    """Rights from a draft's answers, valid or not, for the line that shows them."""
    scope = (answers.get("scope") or [AccessRight.Scope.RESTRICTED])[-1]
    ticked = answers.get("services", [])
    services = [service for service in ministry.every_service if service.code in ticked]
    if scope == AccessRight.Scope.FULL:
        return Rights(AccessRight.Scope.FULL)
    return Rights(AccessRight.Scope.RESTRICTED, frozenset(services))


def words_of(rights: Rights) -> list[str]:
    """« Avec restriction » and each ticked service, in the ministry's order."""
    ticked = sorted(rights.services, key=lambda service: (service.position, service.pk))
    return [str(rights.scope.label), *(service.name for service in ticked)]
