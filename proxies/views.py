"""The lists of proxies, the page of each, and access rights managed for one user."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from cse_portal import clock
from cse_portal.acting.permissions import Verb
from cse_portal.flows.registry import all_flows, flow_named
from cse_portal.keys import is_key
from cse_portal.models import Receipt
from cse_portal.pages.views import SignedInView
from cse_portal.speed.queries import Compiled, InPages
from notices.models import Event
from proxies import queries, telling
from proxies.actions import standing_assignment, why_not_changed
from proxies.effects import own_holders
from proxies.flows import (
    AssignProxy,
    ChangeProxy,
    CreateProxy,
    DeactivateRegistration,
    GrantRights,
)
from proxies.forms.terms import words_of
from proxies.models import Assignment, Proxy
from proxies.rules import rights_of
from registrations.models import Registration
from users.models import User, UserQuerySet

ROWS = 25
ASSIGN, CHANGE = "assign", "change"


class ProxiesView(SignedInView, TemplateView):
    """Gestion des procurations: choose a proxy, then a button for what to do with it."""

    verb = Verb.SEE_PROXIES
    template_name = "proxies/list.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        error = ""
        if {ASSIGN, CHANGE} & request.GET.keys():
            if chosen := self.chosen():
                flow = AssignProxy if ASSIGN in request.GET else ChangeProxy
                return redirect(reverse(f"{flow.slug}-start", kwargs={"subject": chosen.pk}))
            error = self.why_not_chosen()
        context = self.get_context_data(
            purpose=CreateProxy.purpose,
            given=self.page_of("page", queries.list_of_given, queries.every_given),
            received=self.page_of("received", queries.list_of_received, queries.every_received),
            error=error,
            error_list="received" if "received_list" in request.GET else "given",
            **self.transmitted(),
            today=clock.today(),
        )
        return self.render_to_response(context)

    def chosen(self) -> Proxy | None:
        """The proxy chosen, if the company may assign or change it."""
        key = self.key()
        if not key:
            return None
        proxies = Proxy.objects.in_force(on=clock.today())
        if ASSIGN in self.request.GET:
            proxies = proxies.held_by(self.request.company)
        else:
            proxies = proxies.given_by(self.request.company)
        return proxies.filter(pk=key).first()

    def key(self) -> str:
        """The key in the query string, if it looks like a primary key."""
        key = self.request.GET.get("proxy", "")
        return key if is_key(key) else ""

    def why_not_chosen(self) -> str:
        """The error to show; an external proxy is assigned by its agent (section 3 b)."""
        key = self.key()
        if ASSIGN in self.request.GET and key:
            given = Proxy.objects.given_by(self.request.company).in_force(on=clock.today())
            if given.filter(pk=key, agent__isnull=False).exists():
                return _("An external proxy is assigned by its agent: choose an internal one.")
        return _("Choose a proxy in force in the list.")

    def page_of(
        self,
        parameter: str,
        rows: Compiled[[int, date], Proxy],
        every: Compiled[[int], Proxy],
    ) -> Page:
        company, today = self.request.company.pk, clock.today()

        def shown(start: int, stop: int) -> list[Proxy]:
            return rows.slice(start, stop, company, today)

        proxies = InPages(every.count(company), shown)
        return Paginator(proxies, ROWS).get_page(self.request.GET.get(parameter))

    def transmitted(self) -> dict[str, object]:
        """The acknowledgment of what was just transmitted, if the query string names one."""
        try:
            pk = UUID(self.request.GET.get("receipt", ""))
        except ValueError:
            return {}
        flows = [flow.slug for flow in all_flows() if flow.lands_on == "proxies:list"]
        receipts = Receipt.objects.filter(transmitted_by=self.request.user, flow__in=flows)
        if receipt := receipts.filter(pk=pk).first():
            address = flow_named(receipt.flow).receipt_address(receipt)
            return {"transmitted": receipt, "transmitted_address": address}
        return {}


class ProxyView(SignedInView, TemplateView):
    """One proxy: its terms, its holders, its history, and what can be done with it.

    Each party sees the names of its own people; for the other party, only how many hold it.
    """

    verb = Verb.SEE_PROXIES
    template_name = "proxies/one.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        company = self.request.company
        proxies = Proxy.objects.with_parties()
        proxy = get_object_or_404(proxies, pk=kwargs["proxy"])
        is_held = proxy.holder == company.pk
        holders = own_holders(proxy) if is_held else []
        history = Event.objects.about(telling.about(proxy)).select_related("by", "receipt")
        return super().get_context_data(**kwargs) | {
            "proxy": proxy,
            "rights": [(ministry, words_of(right)) for ministry, right in rights_of(proxy).items()],
            "is_given": proxy.mandator_id == company.pk,
            "is_held": is_held,
            "holders": Paginator(holders, ROWS).get_page(self.request.GET.get("page")),
            "count": len(holders) if is_held else telling.how_many_hold(proxy),
            "history": Paginator(history, ROWS).get_page(self.request.GET.get("history")),
            "why_not": why_not_changed(proxy),
        }


class OneUserView(SignedInView, TemplateView):
    """« Gestion des droits d'accès »: select a user, then « Continuer »."""

    verb = Verb.GRANT_RIGHTS
    template_name = "proxies/one_user.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        error = ""
        if "continue" in request.GET:
            if person := self.chosen():
                return redirect(self.next_page(person))
            error = _("Choose the user whose access rights you want to manage.")
        words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
        people = self.people().matching(words).by_name()
        page = Paginator(people, ROWS).get_page(request.GET.get("page"))
        held = {assignment.user_id: assignment.proxy for assignment in self.held(page)}
        rows = [(person, held.get(person.pk)) for person in page]
        context = self.get_context_data(
            purpose=GrantRights.purpose, rows=rows, page=page, words=words, error=error
        )
        return self.render_to_response(context)

    def people(self) -> UserQuerySet:
        """Active users: an ESM has all the rights in their own company without a proxy."""
        active = User.objects.active().filter(company=self.request.company)
        return active.filter(role=User.Role.USER)

    def held(self, people: Iterable[User]) -> QuerySet[Assignment]:
        """The assignments in force of these people to the company's own proxies."""
        own = Assignment.objects.in_force(on=clock.today()).filter(user__in=list(people))
        return own.filter(mandator=self.request.company).select_related("proxy")

    def chosen(self) -> User | None:
        key = self.request.GET.get("user", "")
        return self.people().filter(pk=key).first() if is_key(key) else None

    def next_page(self, person: User) -> str:
        held = standing_assignment(person)
        if held and held.proxy.is_in_force:
            return reverse("proxies:present_proxy", kwargs={"person": person.pk})
        return reverse(f"{GrantRights.slug}-start", kwargs={"subject": person.pk})


class PresentProxyView(SignedInView, TemplateView):
    """The user already holds a proxy: change it for all its holders, or replace it for this one."""

    verb = Verb.GRANT_RIGHTS
    template_name = "proxies/present_proxy.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        people = User.objects.filter(company=self.request.company, role=User.Role.USER)
        person = get_object_or_404(people, pk=kwargs["person"])
        held = standing_assignment(person)
        if held is None or not held.proxy.is_in_force:
            return redirect(f"{GrantRights.slug}-start", subject=person.pk)
        holders = [assignment.user for assignment in own_holders(held.proxy)]
        others = telling.without(holders, [person])
        context = self.get_context_data(person=person, proxy=held.proxy, others=others)
        return self.render_to_response(context)


class DeactivationView(SignedInView, TemplateView):
    """Désactivation d'une inscription: choose an active one, then « Continuer »."""

    verb = Verb.DEACTIVATE_REGISTRATION
    template_name = "proxies/deactivation.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        active = Registration.objects.active().select_related("ministry")
        shown = sorted(active, key=lambda registration: registration.ministry.name.casefold())
        error = ""
        if "continue" in request.GET:
            chosen = request.GET.get("ministry", "")
            if chosen in {registration.ministry.code for registration in shown}:
                return redirect(f"{DeactivateRegistration.slug}-start", subject=chosen)
            error = _("Choose the registration to deactivate.")
        context = self.get_context_data(registrations=shown, error=error)
        return self.render_to_response(context)
