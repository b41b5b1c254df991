"""Choosing the people to whom a proxy is assigned, or from whom it is removed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django import forms
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cse_portal import clock
from cse_portal.flows.forms import PageForm, Row, Shared
from cse_portal.models import Company
from proxies import queries
from proxies.forms.terms import words_of
from proxies.models import Assignment, Proxy
from proxies.rules import rights_of
from registrations.models import Ministry
from users.models import User


class ShownProxyForm(PageForm[Proxy, Shared]):
    """Shows the proxy, without any question (procedure, section 4)."""

    def rows(self) -> list[Row]:
        proxy = self.at.subject
        return [
            Row(_("Description"), [proxy.description]),
            Row(_("Type of proxy"), [proxy.kind_display]),
            Row(_("Mandator"), [proxy.mandator.name_and_number]),
            Row(_("End date"), [formats.date_format(proxy.ends_on)]),
            *(
                Row(
                    _("Access rights: %(ministry)s") % {"ministry": ministry.acronym},
                    words_of(rights),
                )
                for ministry, rights in rights_of(proxy).items()
            ),
        ]


@dataclass(frozen=True)
class Assignable:
    """To whom a proxy may be assigned, and who already holds a proxy of that mandator."""

    free: dict[str, User]
    holders: list[Assignment]


def assignable(proxy: Proxy, company: Company) -> Assignable:
    """The company's people by name, read once for all the pages."""
    in_force = queries.assignments_in_force.all(clock.today(), proxy.mandator_id, company.pk)
    held = {assignment.user_id: assignment for assignment in in_force}
    # a client's proxy: everybody; the company's own: users, since an ESM has its rights without it
    candidates = queries.active_people if proxy.is_external else queries.active_users
    people = candidates.all(company.pk)
    for person in people:
        if person.pk in held:
            held[person.pk].user = person
    return Assignable(
        free={str(person.pk): person for person in people if person.pk not in held},
        holders=[held[person.pk] for person in people if person.pk in held],
    )


class NamesForm(PageForm[Proxy, Shared]):
    """A list of people to tick; `narrow` of each subclass gives it by `offer`."""

    people: dict[str, User]

    def offer(self, people: dict[str, User]) -> None:
        """Set who can be ticked, by key."""
        self.people = people
        self.choice_field("users").choices = [
            (key, user.name_and_code) for key, user in people.items()
        ]

    def clean_users(self) -> list[User]:
        chosen = set(self.cleaned_data["users"])
        return [user for key, user in self.people.items() if key in chosen]

    def rows(self) -> list[Row]:
        return [Row(_("Users"), [user.name_and_code for user in self.cleaned_data["users"]])]


class ChooseUsersForm(NamesForm[Assignable]):
    """The users to whom no proxy of that mandator is assigned (procedure, section 4)."""

    users = forms.MultipleChoiceField(
        label=gettext_lazy("Users to whom no proxy is assigned"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Tick at least one user."),
            "invalid_choice": gettext_lazy("Someone you ticked can no longer be chosen."),
            "invalid_list": gettext_lazy("Tick at least one user."),
        },
    )

    def narrow(self) -> None:
        self.holders = self.at.common.holders
        self.offer(self.at.common.free)


class ChooseHoldersForm(NamesForm[dict[str, User]]):
    """« Retirer »: tick the users from whom the proxy is removed."""

    users = forms.MultipleChoiceField(
        label=gettext_lazy("Users who hold this proxy"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Tick at least one user."),
            "invalid_choice": gettext_lazy("Someone you ticked no longer holds this proxy."),
            "invalid_list": gettext_lazy("Tick at least one user."),
        },
    )

    def narrow(self) -> None:
        self.offer(self.at.common)

    def rows(self) -> list[Row]:
        return [Row(_("Proxy"), [proxy_and_end(self.at.subject)]), *super().rows()]


@dataclass(frozen=True)
class ToCopy(Mapping[str, Ministry]):
    """What the pages of a copy read: where rights can be granted, and who may follow."""

    ministries: dict[str, Ministry]
    followers: dict[str, User]

    def __getitem__(self, code: str) -> Ministry:
        return self.ministries[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self.ministries)

    def __len__(self) -> int:
        return len(self.ministries)


class ChooseFollowersForm(NamesForm[ToCopy]):
    """Holders of the copied proxy to whom the new one is assigned too."""

    users = forms.MultipleChoiceField(
        label=gettext_lazy("Users who will hold the new proxy too"),
        help_text=gettext_lazy("Untick all of them to copy the proxy without its users."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy("Someone you ticked can no longer be chosen."),
            "invalid_list": gettext_lazy("Tick the users in the list."),
        },
    )

    def narrow(self) -> None:
        self.is_internal = self.at.earlier.get("proxy", {}).get("agent") is None
        self.offer(self.at.common.followers)
        if not self.is_internal:  # no error for users ticked before the type changed
            self.people = {}
        self.fields["users"].initial = list(self.people)

    def clean_users(self) -> list[User]:
        return super().clean_users() if self.is_internal else []

    def rows(self) -> list[Row]:
        return super().rows() if self.cleaned_data["users"] else [Row(_("Users"), [_("nobody")])]


class ChooseProxyForm(PageForm[Assignment, dict[str, Proxy]]):
    """The proxy that replaces a user's present one."""

    proxy = forms.ChoiceField(
        label=gettext_lazy("New proxy"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose the new proxy."),
            "invalid_choice": gettext_lazy("Choose a proxy in force in the list."),
        },
    )

    def narrow(self) -> None:
        self.proxies = self.at.common
        self.choice_field("proxy").choices = [
            (key, proxy_and_end(proxy)) for key, proxy in self.proxies.items()
        ]

    def clean_proxy(self) -> Proxy:
        return self.proxies[self.cleaned_data["proxy"]]

    def rows(self) -> list[Row]:
        assignment = self.at.subject
        return [
            Row(_("User"), [assignment.user.name_and_code]),
            Row(_("Present proxy"), [proxy_and_end(assignment.proxy)]),
            Row(_("New proxy"), [proxy_and_end(self.cleaned_data["proxy"])]),
        ]


def proxy_and_end(proxy: Proxy) -> str:
    """A proxy by description, agent and end date: descriptions alone may be the same."""
    return _("%(proxy)s, until %(day)s") % {
        "proxy": proxy_and_agent(proxy),
        "day": formats.date_format(proxy.ends_on),
    }


def proxy_and_agent(proxy: Proxy) -> str:
    """The description and, for an external proxy, the agent's name and number."""
    if proxy.agent is None:
        return proxy.description
    return f"{proxy.description} ({proxy.agent.name}, {proxy.agent.identification_number})"
