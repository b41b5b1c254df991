"""The three views of every procedure: a page, the verification page, the receipt."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from cse_portal import queries
from cse_portal.acting.permissions import Verb, may
from cse_portal.flows.answers import (
    DETOUR,
    Cleaned,
    Lists,
    as_lists,
    as_post,
    left_by_detour,
    slot,
)
from cse_portal.flows.authenticity import code_of
from cse_portal.flows.flow import DraftIncomplete, Flow, Page, Step, aside_of
from cse_portal.flows.forms import PageForm, Situation
from cse_portal.flows.registry import register
from cse_portal.flows.transmission import SummaryChanged, save_page, summarize, transmit
from cse_portal.models import Draft, Receipt
from cse_portal.pages.views import SignedInView

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Text

REMOVE = "remove"


class FlowView(SignedInView):
    """Loads the person's own draft; for a draft already transmitted, redirects to its receipt."""

    verb = None  # `is_open` checks the flow's verb
    flow: type[Flow] = Flow
    draft: Draft | None = None
    subject: object = None
    subject_key: str = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.subject_key = str(kwargs.get("subject", ""))
        if not self.is_open():
            raise PermissionDenied
        if "draft" in kwargs:
            self.draft = queries.own_draft.first(
                kwargs["draft"], self.flow.slug, self.subject_key, self.request.user.pk
            )
            if self.draft is None:
                return self.transmitted(self.receipt_of(kwargs["draft"]))
        if self.flow.subject_converter:
            self.subject = self.flow.find_subject(self.subject_key, by=self.request.user)
        return super().dispatch(request, *args, **kwargs)

    def is_open(self) -> bool:
        return self.flow.is_open_to(self.request.user)

    def receipt_of(self, draft: UUID) -> Receipt:
        """The receipt of a draft that was transmitted. Raises Http404."""
        receipt = self.find_receipt(draft)
        if receipt is None or receipt.subject != (self.subject_key or receipt.subject):
            raise Http404
        return receipt

    def find_receipt(self, pk: UUID) -> Receipt | None:
        """The person's own: whoever else may read it opens it at its own address."""
        return queries.own_receipt.first(pk, self.flow.slug, self.request.user.pk)

    def transmitted(self, receipt: Receipt) -> HttpResponse:
        return redirect(self.flow.receipt_address(receipt))

    def address(self, name: str, **kwargs: str) -> str:
        """The address of one screen of this procedure, for its subject and its draft."""
        at: dict[str, object] = {"draft": self.draft.pk} if self.draft else {}
        if self.flow.subject_converter:
            at["subject"] = self.subject_key
        return reverse(f"{self.flow.slug}-{name}", kwargs=at | kwargs)

    def address_of(self, step: Step) -> str:
        aside = {} if step.key is None else {"key": step.key}
        return self.address(step.page.slug, **aside)

    def trail(self, title: object) -> list[str]:
        """The breadcrumb: the step of the procedure, then the page."""
        if not self.flow.step:
            return [str(self.flow.title), str(title)]
        step = _("Step %(number)d of 4: %(title)s")
        return [step % {"number": self.flow.step, "title": self.flow.title}, str(title)]

    def obstructed(self) -> HttpResponse | None:
        """The page that explains why the procedure is impossible today; None if it is possible."""
        reason = self.flow.obstacle(self.subject, by=self.request.user)
        if not reason:
            return None
        context = {
            "flow": self.flow,
            "trail": self.trail(_("Not possible")),
            "reason": reason,
            "back": reverse(self.flow.back),
        }
        return TemplateResponse(self.request, "flows/obstacle.html", context, status=409)


class PageView(FlowView):
    """One page of a procedure, with the answers so far."""

    page: Page = None  # type: ignore[assignment]  # given by each address
    #: the page that this one is opened aside from
    home: Page | None = None
    key: str | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.key = kwargs.get("key")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if obstructed := self.obstructed():
            return obstructed
        answers = self.answers()
        situation = self.situation(answers)
        if isinstance(situation, Step):
            return redirect(self.address_of(situation))
        stored = answers.get(self.slot)
        form = self.page.form_class(None if stored is None else as_post(stored), at=situation)
        if stored is not None and (left_by_detour(stored) or self.draft is None):
            form = form.as_typed()
        return self.show(form)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if obstructed := self.obstructed():
            return obstructed
        situation = self.situation(self.answers())
        if isinstance(situation, Step):
            return redirect(self.address_of(situation))
        form = self.page.form_class(request.POST, at=situation)
        is_removed = self.home is not None and REMOVE in request.POST
        known = {*form.fields, DETOUR} if self.page.detour else set(form.fields)
        try:
            self.save(None if is_removed else as_lists(request.POST, known))
        except Draft.DoesNotExist:  # transmitted from another tab, a moment ago
            return redirect(self.address("receipt"))
        except ValidationError as too_long:
            form.add_error(None, too_long)
            return self.show(form)
        if self.home and is_removed:
            return redirect(self.address(self.home.slug))
        if self.page.detour and DETOUR in request.POST:
            return self.open_aside(form, self.page.detour)
        if not form.is_valid():
            return self.show(form)
        return redirect(self.address(self.home.slug) if self.home else self.following())

    @property
    def slot(self) -> str:
        return slot(self.page.slug, self.key)

    def answers(self) -> dict[str, Lists]:
        if self.draft:
            return dict(self.draft.answers)
        return dict(self.flow.opening(self.subject, by=self.request.user))

    def situation(self, answers: dict[str, Lists]) -> Situation | Step:
        """The situation of this page once all pages before it are done; else the step to fix."""
        start = self.home or self.page
        earlier: Cleaned = {}
        typed: Lists = {}
        common = None
        for step in self.flow.walk(answers, subject=self.subject, by=self.request.user):
            common = step.form.at.common
            if step.page is start:
                typed = answers.get(start.slug, {})
                if self.home and step.form.is_valid():
                    earlier[start.slug] = step.form.cleaned_data
                break
            if not step.is_done:
                return step
            if step.key is None:
                earlier[step.page.slug] = step.form.cleaned_data
        aside, gone = aside_of(self.page, answers, common)
        by = self.request.user
        return Situation(by, self.subject, common, earlier, self.key, typed, aside, gone)

    def save(self, lists: Lists | None) -> None:
        self.draft = save_page(
            self.flow,
            self.slot,
            lists,
            by=self.request.user,
            subject=self.subject,
            subject_key=self.subject_key,
            draft_id=self.draft.pk if self.draft else None,
        )

    def open_aside(self, form: PageForm, detour: Page) -> HttpResponse:
        """« Modifier »: open the page aside for the chosen row; without a choice, show an error."""
        key = form.chosen(self.page.detour_chooser)
        if key is None:
            return self.show(form)
        return redirect(self.address(detour.slug, key=key))

    def following(self) -> str:
        """The address of the first page to fill in; else of the verification page."""
        try:
            self.flow.complete(self.answers(), subject=self.subject, by=self.request.user)
        except DraftIncomplete as incomplete:
            return self.address_of(incomplete.step)
        return self.address("check")

    def show(self, form: PageForm) -> HttpResponse:
        # the language switch needs an address that shows the stored answers, even after a post
        self.request.page_address = self.own_address()
        context = {
            "flow": self.flow,
            "page": self.page,
            "trail": self.trail(self.page.title),
            "form": form,
            "subject": self.subject,
            "action": self.own_address(),
            "back": self.way_back(),
            "detour": self.page.detour,
            "is_aside": self.home is not None,
            "is_stored": self.home and self.slot in (self.draft.answers if self.draft else {}),
        }
        return TemplateResponse(self.request, self.page.template_name, context)

    def own_address(self) -> str:
        """The address that this page is posted to, and that the language switch leads to."""
        if self.draft is None:
            return self.address("start")
        aside = {} if self.key is None else {"key": self.key}
        return self.address(self.page.slug, **aside)

    def way_back(self) -> str:
        """« Retour »: the page before, or the list that the procedure was started from."""
        if self.home:
            return self.address(self.home.slug)
        position = self.flow.pages.index(self.page)
        if self.draft is None or position == 0:
            return reverse(self.flow.back)
        return self.address(self.flow.pages[position - 1].slug)


class CheckView(FlowView):
    """The verification page: the summary and « Transmettre »."""

    draft: Draft = None  # type: ignore[assignment]  # its address has one; set by `dispatch`

    def get(
        self, request: HttpRequest, refusal: ValidationError | None = None, **kwargs: Any
    ) -> HttpResponse:
        if obstructed := self.obstructed():
            return obstructed
        try:
            summary = summarize(self.flow, self.draft, subject=self.subject, by=self.request.user)
        except DraftIncomplete as incomplete:
            return redirect(self.address_of(incomplete.step))
        groups = [
            group | {"correct": self.address_of(step)}
            for step, group in zip(summary.steps, summary.groups, strict=True)
            if group["rows"]
        ]
        correct_page = self.flow.correct_page or self.flow.pages[0].slug
        context = {
            "flow": self.flow,
            "trail": self.trail(_("Verification")),
            "groups": groups,
            "summary": summary,
            "refusal": refusal,
            "was_changed": "changed" in request.GET,
            "correct": self.address(correct_page),
        }
        return TemplateResponse(request, "flows/check.html", context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        seal = request.POST.get("seal", "")
        try:
            receipt = transmit(
                self.flow, self.draft.pk, seal=seal, subject=self.subject, by=self.request.user
            )
        except SummaryChanged:
            return redirect(self.address("check") + "?changed=")
        except DraftIncomplete as incomplete:
            return redirect(self.address_of(incomplete.step))
        except Receipt.DoesNotExist:  # deleted meanwhile, as old drafts are
            raise Http404 from None
        except ValidationError as refusal:
            return self.get(request, refusal=refusal)
        if self.flow.lands_on:
            return redirect(f"{reverse(self.flow.lands_on)}?receipt={receipt.pk}")
        return self.transmitted(receipt)


class ReceiptView(FlowView):
    """The acknowledgment of receipt, in the language of its transmission.

    An ESM reads those of the company, a user those that they transmitted as an ESM. What comes next
    is for the person who transmitted it alone, as long as the procedure is open to them.
    """

    def is_open(self) -> bool:
        return may(self.request.user, Verb.SEE_OWN_PAGES)

    def find_receipt(self, pk: UUID) -> Receipt | None:
        if may(self.request.user, Verb.SEE_RECEIPTS):
            return queries.companys_receipt.first(pk, self.flow.slug)
        receipt = super().find_receipt(pk)
        if receipt is None and not super().is_open():
            raise PermissionDenied  # as every other page of the procedure
        return receipt

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return redirect(self.address("check"))

    def transmitted(self, receipt: Receipt) -> HttpResponse:
        if self.request.method not in {"GET", "HEAD"}:
            return redirect(self.flow.receipt_address(receipt))
        trail = self.trail(_("Acknowledgment of receipt"))
        context = {
            "flow": self.flow,
            "trail": trail,
            "receipt": receipt,
            "goes_on": receipt.transmitted_by_id == self.request.user.pk and super().is_open(),
            "code": code_of(receipt),
            "verified_at": settings.PORTAL_URL + reverse(settings.VERIFY_URL),
        }
        return TemplateResponse(self.request, self.flow.receipt_template, context)


def flow_urls(flow: type[Flow]) -> list[URLPattern]:
    """The addresses of one procedure: each page, the verification page, the receipt.

    Also registers the procedure. Raises ImproperlyConfigured when another procedure has its slug.
    """
    register(flow)
    subject = f"<{flow.subject_converter}:subject>/" if flow.subject_converter else ""
    at = f"{subject}<uuid:draft>/"
    first = flow.pages[0]

    def screen(name: str, tail: "str | Text", view: Callable[..., HttpResponseBase]) -> URLPattern:
        return path(tail, view, name=f"{flow.slug}-{name}")

    screens = [
        screen("start", subject, PageView.as_view(flow=flow, page=first)),
        screen(
            "check",
            format_lazy("{}{}", at, pgettext_lazy("address", "verification/")),
            CheckView.as_view(flow=flow),
        ),
        screen(
            "receipt",
            format_lazy("{}{}", at, pgettext_lazy("address", "receipt/")),
            ReceiptView.as_view(flow=flow),
        ),
    ]
    for page in flow.pages:
        here = PageView.as_view(flow=flow, page=page)
        screens.append(screen(page.slug, format_lazy("{}{}", at, page.address), here))
        if page.detour:
            aside = PageView.as_view(flow=flow, page=page.detour, home=page)
            tail = format_lazy("{}{}<slug:key>/", at, page.detour.address)
            screens.append(screen(page.detour.slug, tail, aside))
    return screens
