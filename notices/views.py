"""A person's messages, and the history of the company's account."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from cse_portal import clock
from cse_portal.acting.permissions import Verb, may
from cse_portal.companies.person import Person
from cse_portal.keys import is_key
from cse_portal.pages.bilingual import page_language
from cse_portal.pages.views import SignedInView
from notices import actions
from notices.happenings import GROUPS
from notices.models import Event, Message

ROWS = 25
#: first characters of what a spreadsheet would execute as a formula
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class MessagesView(SignedInView, TemplateView):
    """The person's messages, the latest first; « Tout marquer comme lu »."""

    verb = Verb.READ_MESSAGES
    template_name = "notices/messages.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = Message.objects.for_user(self.request.user)
        page = Paginator(own, ROWS).get_page(self.request.GET.get("page"))
        return super().get_context_data(page=page, unread=own.unread().count(), **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actions.mark_read(by=self.request.user)
        return redirect("notices:messages")


class MessageView(SignedInView, TemplateView):
    """One message: what happened, what the person can do, and the screen where they do it.

    A GET changes nothing: the button « J'ai lu ce message » marks it as read.
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
        return get_object_or_404(Message.objects.for_user(self.request.user), pk=pk)


class HistoryView(SignedInView, TemplateView):
    """The history of the company's account: who, what, when, and the acknowledgment."""

    verb = Verb.SEE_HISTORY
    template_name = "notices/history.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        events = self.events().select_related("by", "receipt")
        page = Paginator(events, ROWS).get_page(self.request.GET.get("page"))
        groups = sorted(GROUPS.values(), key=lambda group: group.step)
        people = [
            (user.pk, user.name_and_code, str(user.pk) == self.person) for user in self.people()
        ]
        query = urlencode({"kind": self.group, "person": self.person})
        return super().get_context_data(**kwargs) | {
            "page": page,
            "groups": [(group.code, group.title, group.code == self.group) for group in groups],
            "people": people,
            "export": f"{reverse('notices:history_file')}?{query}",
        }

    @property
    def group(self) -> str:
        code = self.request.GET.get("kind", "")
        return code if code in GROUPS else ""

    @property
    def person(self) -> str:
        key = self.request.GET.get("person", "")
        return key if is_key(key) else ""

    def events(self) -> QuerySet[Event]:
        """The events that match the filters; an invalid filter is ignored."""
        events = Event.objects.all()
        if self.group:
            events = events.filter(kind__startswith=f"{self.group}.")
        if self.person:
            events = events.filter(by=int(self.person))
        return events

    def people(self) -> Iterable[Person]:
        """Those who changed something: the company's ESMs, past ones included."""
        people: Any = get_user_model()._default_manager  # its model stands above this app
        return people.acted().by_name()


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
        """The lines of the file, after the byte order mark by which Excel recognizes UTF-8."""
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
            number = event.receipt.number if event.receipt else ""
            cells = [at, event.sentence, event.title, event.done_by, number]
            yield writer.writerow([escape_formula(str(cell)) for cell in cells])

    def rows(self) -> list[Event]:
        return list(self.events().select_related("by", "receipt"))


class Echo:
    """A file for `csv` whose `write` returns the line."""

    def write(self, line: str) -> str:
        return line


def escape_formula(cell: str) -> str:
    """The text of a cell, escaped where a spreadsheet would execute it as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
