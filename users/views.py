"""User files, and the page that shows a new user's code and temporary password."""

import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from cse_portal.acting.permissions import Verb
from cse_portal.flows.registry import all_flows, flow_named
from cse_portal.models import Receipt
from cse_portal.pages.views import SignedInView
from cse_portal.speed.queries import InPages
from users import actions, additions, queries
from users.flows import CreateUserFile, GivesAccessKey
from users.models import FileStatus, User, UserQuerySet

ROWS = 25


class FilesView(SignedInView, TemplateView):
    """The company's user files, in the order of a directory."""

    verb = Verb.SEE_FILES
    template_name = "users/files.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = self.request.GET.get("q", "").replace("\x00", "").strip()[:100]
        status = self.request.GET.get("status", "")
        page = Paginator(self.people(words, status), ROWS).get_page(self.request.GET.get("page"))
        people = list(page.object_list)
        columns, last_columns = additions.COLUMNS, additions.LAST_COLUMNS
        return super().get_context_data(
            people=page,
            titles=[column.title for column in columns],
            last_titles=[column.title for column in last_columns],
            rows=zip(people, cells(columns, people), cells(last_columns, people), strict=True),
            purpose=CreateUserFile.purpose,
            words=words,
            status=status,
            filters=self.filters(words, status),
            **kwargs,
        )

    def filters(self, words: str, status: str) -> list[dict[str, object]]:
        """The links to all files, or to those of a status; each keeps the search."""
        statuses = dict(FileStatus.choices)
        filters = [("", _("All files")), *statuses.items()]
        return [
            {
                "url": f"?{urlencode({'status': code, 'q': words})}",
                "label": label,
                "is_current": code == (status if status in statuses else ""),
            }
            for code, label in filters
        ]

    def people(self, words: str, status: str) -> UserQuerySet | InPages:
        """The people of a search or a status; all of them by compiled queries."""
        if words or status:
            return User.objects.matching(words).with_status(status).by_name()
        return InPages(queries.files_by_name.count(), queries.files_by_name.slice)


def cells(columns: list[additions.Column], people: list[User]) -> list[list[str]]:
    """For each person, the cells of these columns."""
    by_column = [column.cells(people) for column in columns]
    return [[column_cells[person.pk] for column_cells in by_column] for person in people]


class FileView(SignedInView, TemplateView):
    """Consultation d'un dossier: its content, and the actions on it, or why they are refused."""

    verb = Verb.SEE_FILES
    template_name = "users/file.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        people = User.objects.filter(company=self.request.company)
        person = get_object_or_404(people, pk=kwargs["person"])
        why_not_edited = actions.why_not_edited(person, by=self.request.user)
        why_not_suspended = actions.why_not_suspended(person)
        why_not_reset = actions.why_not_reset(person, by=self.request.user)
        reasons = [why_not_edited, why_not_reset]
        if person.is_active:  # the status already shows that a file is suspended
            reasons.append(why_not_suspended)
        return super().get_context_data(**kwargs) | {
            "person": person,
            "rows": [(row.title, row.content(person)) for row in additions.ROWS],
            "links": additions.LINKS,
            "reasons": [reason for reason in dict.fromkeys(reasons) if reason],
            "why_not_edited": why_not_edited,
            "why_not_suspended": why_not_suspended,
            "why_not_reset": why_not_reset,
        }


@method_decorator(never_cache, name="dispatch")
class AccessKeyView(SignedInView):
    """« Continuer » after the acknowledgment: the new user's code and temporary password.

    The password is generated in the response to the POST: no draft, receipt, session, log or
    e-mail contains it. A second POST gets a message that it has already been shown.
    """

    verb = Verb.ISSUE_TEMPORARY_PASSWORD

    def get(self, request: HttpRequest, receipt: uuid.UUID) -> HttpResponse:
        own = self.own_receipt(receipt)
        return redirect(flow_named(own.flow).receipt_address(own))

    def own_receipt(self, pk: uuid.UUID) -> Receipt:
        slugs = [flow.slug for flow in all_flows() if issubclass(flow, GivesAccessKey)]
        own = Receipt.objects.filter(transmitted_by=self.request.user, flow__in=slugs)
        return get_object_or_404(own, pk=pk)

    def post(self, request: HttpRequest, receipt: uuid.UUID) -> HttpResponse:
        own = self.own_receipt(receipt)
        person = get_object_or_404(User, pk=own.subject)
        password = refusal = ""
        try:
            again = "again" in request.POST
            password = actions.issue_temporary_password(person, by=self.request.user, again=again)
            person.refresh_from_db()
        except ValidationError as error:
            refusal = error.messages[0]
        context = {
            "person": person,
            "password": password,
            "refusal": refusal,
            "portal_url": settings.PORTAL_URL,
            "receipt": own,
            "may_ask_again": refusal
            and person.must_choose_password
            and not actions.why_no_temporary_password(person, by=self.request.user),
        }
        self.request.page_address = request.path
        return TemplateResponse(request, "users/access_key.html", context)
