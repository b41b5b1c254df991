"""The list of given and received proxies: Ajouter, Modifier, Assigner."""

import re
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from cse_portal import clock
from cse_portal.models import Receipt
from cse_portal.views import ESMOnly
from proxies.flows import AssignProxy, ChangeProxy, CreateProxy
from proxies.models import Proxy, ProxyQuerySet

ROWS = 25
LEAD_HERE = {flow.slug: flow for flow in (CreateProxy, ChangeProxy)}
ASSIGN, CHANGE = "assign", "change"


class ProxiesView(ESMOnly, TemplateView):
    """Gestion des procurations. A radio button chooses; a button says what to do with it."""

    template_name = "proxies/list.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        error = ""
        if {ASSIGN, CHANGE} & request.GET.keys():
            if chosen := self.chosen():
                flow = AssignProxy if ASSIGN in request.GET else ChangeProxy
                return redirect(reverse(f"{flow.slug}-start", kwargs={"subject": chosen.pk}))
            error = self.why_not_chosen()
        context = self.get_context_data(
            given=self.page_of(Proxy.objects.given_by(self.request.company), "page"),
            received=self.page_of(Proxy.objects.received_by(self.request.company), "received"),
            error=error,
            error_list="received" if "received_list" in request.GET else "given",
            **self.transmitted(),
            today=clock.today(),
        )
        return self.render_to_response(context)

    def chosen(self) -> Proxy | None:
        """The proxy whose radio button is on, if that may be done with it."""
        key = self.key()
        if not key:
            return None
        mine = Proxy.objects.in_force(on=clock.today())
        if ASSIGN in self.request.GET:
            mine = mine.held_by(self.request.company)
        else:
            mine = mine.given_by(self.request.company)
        return mine.filter(pk=key).first()

    def key(self) -> str:
        """The key that the address names, if it can be one of a row."""
        key = self.request.GET.get("proxy", "")
        return key if re.fullmatch(r"[0-9]{1,18}", key) else ""

    def why_not_chosen(self) -> str:
        """What to do instead; an external proxy is assigned by its agent (section 3 b)."""
        key = self.key()
        if ASSIGN in self.request.GET and key:
            given = Proxy.objects.given_by(self.request.company).in_force(on=clock.today())
            if given.filter(pk=key, agent__isnull=False).exists():
                return _("An external proxy is assigned by its agent: choose an internal one.")
        return _("Choose a proxy in force in the list.")

    def page_of(self, proxies: ProxyQuerySet, parameter: str) -> Page:
        """In force first, those that end soonest on top; then what has ended."""
        today = clock.today()
        is_over = Q(revoked_at__isnull=False) | Q(renounced_at__isnull=False) | Q(ends_on__lt=today)
        rows = (
            proxies.select_related("agent", "mandator")
            .annotate(
                is_over=is_over,
                assigned=Count("assignments__user", filter=Q(assignments__ended_at=None)),
            )
            .order_by("is_over", "ends_on", Lower("description"), "pk")
        )
        return Paginator(rows, ROWS).get_page(self.request.GET.get(parameter))

    def transmitted(self) -> dict[str, Any]:
        """The acknowledgment of what was just transmitted, if the address names one."""
        try:
            pk = UUID(self.request.GET.get("receipt", ""))
        except ValueError:
            return {}
        mine = Receipt.objects.filter(transmitted_by=self.request.user, flow__in=LEAD_HERE)
        if receipt := mine.filter(pk=pk).first():
            address = LEAD_HERE[receipt.flow].receipt_address(receipt)
            return {"transmitted": receipt, "transmitted_address": address}
        return {}
