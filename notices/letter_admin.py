"""The letters to people, with what became of each, for the officers who run the portal.

Those of a ministry have no permission here: letters are of every company. No page shows what a
letter carries but its subject and, for a message, the text that the person reads in the portal.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cse_portal import clock
from cse_portal.acting.permissions import Verb, may
from cse_portal.search.finding import InTheOrderOfIndexes, Step
from cse_portal.search.people import find_people
from cse_portal.search.typed import Typed
from cse_portal.web.model_admin import ReadOnlyAdmin
from notices.actions import send_again
from notices.models import AccountLetter, Letter, LetterState, Message


def in_words(moment: datetime | None) -> str:
    """An instant in Québec's time, in the language of the page; a dash for none."""
    return str(formats.localize(clock.in_quebec(moment))) if moment else "–"


class StateFilter(admin.SimpleListFilter):
    """Letters in one state."""

    title = _("state")
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[str, Any]]:  # django-stubs expect their own class of lazy text
        return list(LetterState.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Letter]:
        state = self.value()
        return queryset.in_state(state) if state in LetterState.values else queryset


class LetterAdmin(ReadOnlyAdmin):
    """Letters of one table: read, and sent again when they have not left."""

    list_display = ["written_at", "state_now", "tries_made", "subject_line", "to_whom"]
    list_filter = [StateFilter]
    list_select_related = ["user__company"]
    search_fields = ["user"]
    search_help_text = _("What finds the recipient: a user code, an e-mail address, a name.")
    ordering = ["-written_at", "-pk"]
    actions = ["send_again"]
    of_every_letter = (
        *("written_at", "to_whom", "state_now", "tries_made", "failing", "emailed_at"),
        "good_until",
    )

    def search(self, rows: QuerySet, typed: Typed) -> Iterable[Step]:
        recipients = find_people(typed)
        yield InTheOrderOfIndexes(
            rows.filter(user__in=recipients.keys), is_partial=recipients.is_more
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display(description=_("subject"))
    def subject_line(self, letter: Any) -> str:
        return str(letter.subject)

    @admin.display(description=_("recipient"))
    def to_whom(self, letter: Letter) -> str:
        """Who it is for, and the address that it is sent to."""
        return format_html("{}<br>{}", self.recipient(letter), letter.address)

    def recipient(self, letter: Letter) -> str:
        company = letter.user.company
        where = [company.name_and_number] if company else []  # an officer has none
        return ", ".join([letter.user.name_and_code, *where])

    @admin.display(description=_("tries"))
    def tries_made(self, letter: Letter) -> int:
        return letter.tries

    @admin.display(description=_("failing since"))
    def failing(self, letter: Letter) -> str:
        return in_words(letter.failing_since)

    @admin.display(description=_("worth sending until"))
    def good_until(self, letter: Letter) -> str:
        return in_words(letter.worth_sending_until)

    @admin.display(description=_("state"))
    def state_now(self, letter: Letter) -> str:
        """Its state, and since when or until when, where that tells something."""
        state = letter.state
        at = {LetterState.SENT: letter.emailed_at, LetterState.TO_RETRY: letter.next_try_at}
        if (moment := at.get(state)) is None:
            return str(state.label)
        return format_html("{}<br>{}", state.label, in_words(moment))

    def has_send_again_permission(self, request: Any) -> bool:
        return may(request.user, Verb.SEND_LETTER_AGAIN)

    @admin.action(description=_("Send again"), permissions=["send_again"])
    def send_again(self, request: Any, queryset: QuerySet[Letter]) -> HttpResponse | None:
        """Ask first, as for a deletion; then each letter by itself."""
        if "confirmed" not in request.POST:
            return self.ask(request, queryset)
        again = 0
        for letter in queryset:
            try:
                with transaction.atomic():
                    if send_again(letter, by=request.user):
                        self.log_change(request, letter, str(_("Sent again.")))
            except ValidationError as refusal:
                told = f"{self.recipient(letter)} – {refusal.messages[0]}"
                self.message_user(request, told, messages.ERROR)
            else:
                again += 1
        if again:
            text = ngettext(
                "%(count)d letter will be sent within a minute.",
                "%(count)d letters will be sent within a minute.",
                again,
            )
            self.message_user(request, text % {"count": again}, messages.SUCCESS)
        return None

    def ask(self, request: HttpRequest, queryset: QuerySet[Letter]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Send again"),
            "letters": [(one, self.recipient(one), one.state.label) for one in queryset],
            "opts": self.opts,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/notices/send_again.html", context)


@admin.register(Message)
class MessageAdmin(LetterAdmin):
    fields = ["subject_line", "text_read", *LetterAdmin.of_every_letter, "read_at"]

    @admin.display(description=_("text"))
    def text_read(self, message: Message) -> str:
        return message.text


@admin.register(AccountLetter)
class AccountLetterAdmin(LetterAdmin):
    fields = ["subject_line", *LetterAdmin.of_every_letter]
