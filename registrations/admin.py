"""Departments, agencies, e-services, and the officers' answers to registrations."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import formats
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cse_portal import clock
from cse_portal.pages.fields import TextField
from cse_portal.search.companies import find_companies
from cse_portal.search.finding import InTheOrderOfIndexes, Step
from cse_portal.search.typed import Typed
from cse_portal.web.model_admin import LengthIsTold, OfficersAdmin, ReadOnlyAdmin
from registrations import actions
from registrations.models import Ministry, Question, Registration, RegistrationQuerySet, Service


class ServiceInline(LengthIsTold, admin.TabularInline):
    """The e-services of a department or agency: withdrawn (`is_offered`), never deleted."""

    model = Service
    extra = 0
    can_delete = False
    fields = [
        "position",
        "code",
        "name_fr",
        "name_en",
        "needs_tick",
        "is_external_only",
        "iqea_role",
        "is_offered",
    ]


class QuestionInline(LengthIsTold, admin.TabularInline):
    model = Question
    extra = 0


@admin.register(Ministry)
class MinistryAdmin(OfficersAdmin):
    is_small = True
    list_display = [
        "acronym",
        "name_fr",
        "processing_days",
        "telephone",
        "takes_external_proxies",
        "is_offered",
    ]
    search_fields = ["acronym", "name_fr__unaccent", "name_en__unaccent"]
    fieldsets = [
        (None, {"fields": ["code", "acronym", "name_fr", "name_en", "is_offered", "officers"]}),
        (_("What it offers"), {"fields": ["about_fr", "about_en"]}),
        (
            _("Registration"),
            {"fields": ["processing_days", "consent_fr", "consent_en"]},
        ),
        (_("Proxies"), {"fields": ["takes_external_proxies"]}),
        (_("Contact"), {"fields": ["telephone", "contact_fr", "contact_en"]}),
    ]
    filter_horizontal = ["officers"]
    inlines = [ServiceInline, QuestionInline]

    def has_delete_permission(self, request: HttpRequest, obj: Ministry | None = None) -> bool:
        """A ministry is withdrawn (`is_offered`), never deleted: its history stays."""
        return False


@admin.register(Service)
class ServiceAdmin(OfficersAdmin):
    is_small = True
    list_display = [
        "name_fr",
        "ministry",
        "needs_tick",
        "is_external_only",
        "iqea_role",
        "is_offered",
    ]
    list_filter = ["ministry", "is_offered"]
    list_select_related = ["ministry"]
    search_fields = ["code", "name_fr__unaccent", "name_en__unaccent"]

    def has_delete_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        """An e-service is withdrawn (`is_offered`), never deleted: rights without restriction."""
        return False


class RefusalForm(forms.Form):
    """The reason of a refusal, required in each language of the companies' ESMs."""

    reason_fr = TextField(label=_("Reason in French"), max_length=400, required=False)
    reason_en = TextField(label=_("Reason in English"), max_length=400, required=False)

    def __init__(self, data: QueryDict | None = None, *, languages: set[str]) -> None:
        super().__init__(data)
        for code in languages:
            field = self.fields[f"reason_{code}"]
            field.required = True
            field.error_messages["required"] = _(
                "Enter the reason of the refusal in this language."
            )

    def clean(self) -> None:
        if not (self.errors or any(self.cleaned_data.values())):
            raise ValidationError(_("Enter the reason of the refusal, in one language at least."))


class QueueFilter(admin.SimpleListFilter):
    """Only registrations in process by default; the overdue ones, or all, on request."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[str, Any]]:  # django-stubs expect their own class of lazy text
        return [("overdue", _("Overdue")), ("all", _("All registrations"))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        choices = super().choices(changelist)
        first = next(choices)
        yield first | {"display": _("To answer")}
        yield from choices

    def queryset(
        self,
        request: HttpRequest,
        queryset: Any,  # typed as a plain QuerySet
    ) -> RegistrationQuerySet:
        if self.value() == "overdue":
            return queryset.overdue(on=clock.today())
        if self.value() == "all" or "status__exact" in request.GET:
            return queryset
        return queryset.in_process()


@admin.register(Registration)
class RegistrationAdmin(ReadOnlyAdmin):
    """The officers' queue: the oldest request first. Accept, or refuse with a reason."""

    list_display = ["company", "acronym", "status", "requested_on", "due", "decided_at"]
    list_filter = [QueueFilter, "status", "ministry"]
    list_select_related = ["company", "ministry"]
    search_fields = ["company"]
    search_help_text = _("The number or the name of the company.")
    ordering = ["status", "requested_on", "requested_at", "pk"]
    actions = ["accept", "refuse"]
    readonly_fields = ["answer_due_on", "answers_in_words"]
    exclude = ["answers"]

    def search(self, rows: QuerySet, typed: Typed) -> Iterable[Step]:
        found = find_companies(typed)
        yield InTheOrderOfIndexes(rows.filter(company__in=found.keys), is_partial=found.is_more)

    def get_queryset(self, request: HttpRequest) -> RegistrationQuerySet:
        registrations: Any = super().get_queryset(request)  # typed as a plain QuerySet
        return registrations.decided_by(request.user)

    @admin.display(description=_("department or agency"), ordering="ministry__acronym")
    def acronym(self, registration: Registration) -> str:
        return registration.ministry.acronym

    @admin.display(description=_("answer due on"))
    def answer_due_on(self, registration: Registration) -> date:
        return registration.answer_due_on

    @admin.display(description=_("answer due on"), ordering="requested_on")
    def due(self, registration: Registration) -> str:
        if not registration.is_in_process:
            return "–"
        day = formats.date_format(registration.answer_due_on)
        if not registration.is_overdue:
            return day
        return format_html('{} <strong class="errornote">{}</strong>', day, _("Overdue"))

    @admin.display(description=_("answers"))
    def answers_in_words(self, registration: Registration) -> str:
        """Each question as it was asked, with its answer."""
        answers = [f"{one.label} : {one.answer}" for one in registration.answers_as_asked]
        return " · ".join(answers) or "–"

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Those with the permission to change registrations may decide on them."""
        return request.user.has_perm("registrations.change_registration")

    def has_view_permission(self, request: HttpRequest, obj: Registration | None = None) -> bool:
        return self.has_decide_permission(request) or super().has_view_permission(request, obj)

    @admin.action(description=_("Accept the registration"), permissions=["decide"])
    def accept(self, request: HttpRequest, queryset: QuerySet[Registration]) -> None:
        self.decide_each(request, queryset, actions.accept, _("Accepted."))

    @admin.action(description=_("Refuse the registration, with a reason"), permissions=["decide"])
    def refuse(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        companies = {registration.company for registration in queryset}
        data = request.POST if "reason_fr" in request.POST else None
        form = RefusalForm(data, languages=actions.languages_of(companies))
        if not form.is_valid():
            return self.ask_reason(request, queryset, form)
        refuse = partial(actions.refuse, **form.cleaned_data)
        self.decide_each(request, queryset, refuse, _("Refused."))
        return None

    def decide_each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Registration],
        decide: Callable[..., Registration],
        log_entry: str | Promise,
    ) -> None:
        """Decide on each registration separately: one already decided does not stop the others."""
        done = 0
        for registration in queryset:
            try:
                decide(registration, by=request.user)
            except ValidationError as refusal:
                self.message_user(request, refusal.messages[0], messages.ERROR)
            else:
                self.log_change(request, registration, str(log_entry))
                done += 1
        if done:
            text = ngettext(
                "%(count)d registration decided.", "%(count)d registrations decided.", done
            )
            self.message_user(request, text % {"count": done}, messages.SUCCESS)

    def ask_reason(
        self, request: HttpRequest, queryset: QuerySet[Registration], form: RefusalForm
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Refuse the registration, with a reason"),
            "registrations": queryset,
            "form": form,
            "opts": self.opts,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/registrations/registration/refuse.html", context)
