"""User files, and the page where a new user's code and temporary password are shown."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from cse_portal.models import Receipt
from cse_portal.views import ESMOnly
from users import actions
from users.flows import CreateUserFile
from users.models import User

ROWS = 25


class FilesView(ESMOnly, TemplateView):
    """The company's user files, in the order of a directory."""

    template_name = "users/files.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = self.request.GET.get("q", "").replace("\x00", "").strip()[:100]
        people = User.objects.matching(words).by_name()
        page = Paginator(people, ROWS).get_page(self.request.GET.get("page"))
        return super().get_context_data(people=page, words=words, **kwargs)


@method_decorator(never_cache, name="dispatch")
class AccessKeyView(ESMOnly):
    """« Continuer » after the acknowledgment: the new user's code and temporary password.

    The password is made in the answer to this one post: it enters no draft, receipt, session,
    log nor e-mail. Asked for again, the page says that it has been shown.
    """

    def get(self, request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
        return redirect(f"{CreateUserFile.slug}-receipt", draft=draft)

    def post(self, request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
        receipt = get_object_or_404(
            Receipt, pk=draft, flow=CreateUserFile.slug, transmitted_by=self.request.user
        )
        person = get_object_or_404(User, pk=receipt.subject)
        password = refusal = ""
        try:
            again = "again" in request.POST
            password = actions.issue_temporary_password(person, by=self.request.user, again=again)
            person.refresh_from_db()
        except ValidationError as already:
            refusal = already.messages[0]
        context = {
            "person": person,
            "password": password,
            "refusal": refusal,
            "receipt": receipt,
            "may_ask_again": refusal and person.must_choose_password,
        }
        self.request.page_address = request.path
        return TemplateResponse(request, "users/access_key.html", context)
