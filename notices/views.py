"""A person's messages, and the history of the company's account."""

import csv
from collections.abc import Iterator
from typing import Any, cast

from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from cse_portal import clock
from cse_portal.acting.permissions import Verb, may
from cse_portal.pages.bilingual import page_language
from cse_portal.pages.views import SignedInView
from notices import actions
from notices.happenings import GROUPS
from notices.models import Event, Message

ROWS = 25
#: what a spreadsheet would take for a formula
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class MessagesView(SignedInView, TemplateView):
    """The person's messages, the latest first; « Tout marquer comme lu »."""

    verb = Verb.READ_MESSAGES
    template_name = "notices/messages.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = Message.objects.of(self.request.user)
        page = Paginator(mine, ROWS).get_page(self.request.GET.get("page"))
        return super().get_context_data(page=page, unread=mine.unread().count(), **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actions.mark_read(by=self.request.user)
        return redirect("notices:messages")


class MessageView(SignedInView, TemplateView):
    """One message: what happened, what the person can do, and the screen where he does it.

    Looking writes nothing: « J'ai lu ce message » marks it as read.
    """

    verb = Verb.READ_MESSAGES
    template_name = "notices/message.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        message = self.message(kwargs["pk"])
        is_esm = may(self.request.user, Verb.SEE_ACCOUNT)
        screen = message.notice.screen_for(is_esm=is_esm)
        return super().get_context_data(**kwargs) | {"message": message, "screen": reverse(screen)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        message = self.message(kwargs["pk"])
        actions.mark_read(by=self.request.user, key=message.pk)
        return redirect("notices:messages")

    def message(self, pk: int) -> Message:
        return get_object_or_404(Message.objects.of(self.request.user), pk=pk)


class HistoryView(SignedInView, TemplateView):
    """The history of the company's account: who, what, when, and the acknowledgment's number."""

    verb = Verb.SEE_HISTORY
    template_name = "notices/history.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        events = self.events().select_related("by", "receipt")
        page = Paginator(events, ROWS).get_page(self.request.GET.get("page"))
        groups = sorted(GROUPS.values(), key=lambda one: one.step)
        query = urlencode({"kind": self.group, "person": self.person})
        return super().get_context_data(**kwargs) | {
            "page": page,
            "groups": [(one.code, one.title, one.code == self.group) for one in groups],
            "people": [(one.pk, str(one), str(one.pk) == self.person) for one in self.people()],
            "export": f"{reverse('notices:history_file')}?{query}",
        }

    @property
    def group(self) -> str:
        asked = self.request.GET.get("kind", "")
        return asked if asked in GROUPS else ""

    @property
    def person(self) -> str:
        asked = self.request.GET.get("person", "")
        return asked if asked.isascii() and asked.isdigit() and len(asked) < 18 else ""

    def events(self) -> Any:
        """Of the kind and by the person asked for; all of them for anything else."""
        events = Event.objects.all()
        if self.group:
            events = events.filter(kind__startswith=f"{self.group}.")
        if self.person:
            events = events.filter(by=int(self.person))
        return events

    def people(self) -> Any:
        """The company's ESMs, past ones included: only they act on the account."""
        return cast("Any", get_user_model()).objects.acted().by_name()


class HistoryFileView(HistoryView):
    """The same history as a CSV file, for a spreadsheet in the language of the page."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = f"{_('history')}-{clock.today().isoformat()}.csv"
        return HttpResponse(
            "".join(self.lines(self.rows())),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def lines(self, events: list[Event]) -> Iterator[str]:
        """Excel knows UTF-8 by the mark that the file starts with."""
        writer = csv.writer(Echo(), delimiter=";" if page_language() == "fr" else ",")
        yield "\ufeff"
        yield writer.writerow(
            [
                _("Date and time"),
                _("What happened"),
                _("Kind"),
                _("Done by"),
                _("Acknowledgment of receipt"),
            ]
        )
        for event in events:
            at = clock.in_quebec(event.at).strftime("%Y-%m-%d %H:%M:%S")
            by = event.by.full_name if event.by else event.by_party
            number = event.receipt.number if event.receipt else ""
            cells = [at, event.sentence, event.title, by, number]
            yield writer.writerow([harmless(str(cell)) for cell in cells])

    def rows(self) -> list[Event]:
        return list(self.events().select_related("by", "receipt"))


class Echo:
    """What `csv` writes into, to hand each line on at once."""

    def write(self, line: str) -> str:
        return line


def harmless(cell: str) -> str:
    """No spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
