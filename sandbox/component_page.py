"""The component page: each component of the theme in each of its states, for tests and review."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from cse_portal import clock
from cse_portal.flows.forms import Row
from cse_portal.models import Company
from cse_portal.pages.fields import TelephoneField, TextField
from home.menu import MenuItem
from users.models import User

ERRORS = ("400", "403", "404", "429", "500", "503", "503_busy", "503_locked", "503_slow")


class ExampleForm(forms.Form):
    """A field of each kind."""

    name = TextField(
        label=gettext_lazy("Description"),
        help_text=gettext_lazy("To recognize it in lists."),
        max_length=60,
        error_messages={"required": gettext_lazy("Enter the description.")},
    )
    telephone = TelephoneField(label=gettext_lazy("Telephone"), required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of correspondence"),
        choices=[("fr", "Français"), ("en", "English")],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the language of correspondence.")},
    )
    proxies = forms.MultipleChoiceField(
        label=gettext_lazy("Proxies"),
        choices=[("1", "IQEA 2026"), ("2", "IQEA 2027")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


@method_decorator(login_not_required, name="dispatch")
class ComponentsView(TemplateView):
    """Every component of the theme; a test checks that none is missing."""

    template_name = "sandbox/components.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        filled = {"name": "IQEA", "telephone": "418 555-0142", "language": "fr", "proxies": ["1"]}
        return super().get_context_data(
            empty_form=ExampleForm(auto_id="empty_%s"),
            filled_form=ExampleForm(filled, auto_id="filled_%s"),
            form=ExampleForm({"telephone": "123"}, auto_id="error_%s"),
            rows=[Row(_("User"), ["Émile Nguyen"]), Row(_("Access rights"), ["IQEA", "SAGO"])],
            page=Paginator(range(75), 25).page(2),
            links=[
                {"url": "?status=", "label": _("All files"), "is_current": True},
                {"url": "?status=active", "label": _("Active files"), "is_current": False},
            ],
            options=[("file", _("User files"), True), ("proxy", _("Proxies"), False)],
            trail=[_("User file"), _("Verification")],
            sample_menu=sample_menu(),
            steps=sample_steps(),
            receipt=sample_receipt(),
            code="7K3Q-X2AB-9M",
            verified_at=settings.PORTAL_URL + reverse("verify"),
            sample_person=User(first_name="Émile", family_name="Nguyen", user_code="NGUY1003"),
            sample_company=Company(name="Aciérie Boréale inc.", identification_number="1000000001"),
            errors=ERRORS,
            **kwargs,
        )


@method_decorator(login_not_required, name="dispatch")
class ErrorExampleView(TemplateView):
    """An error page, as people would see it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if kwargs["code"] not in ERRORS:
            raise Http404
        return render(request, f"{kwargs['code']}.html", {"minutes": 15})


def sample_menu() -> list[MenuItem]:
    """A menu with a link, the current page, and a collapsed group."""
    children = (MenuItem(_("Create a file"), "#"), MenuItem(_("View and edit a file"), "#"))
    return [
        MenuItem(_("Home"), "#", is_current=True),
        MenuItem(_("User file management"), "", children=children),
    ]


def sample_steps() -> list[dict[str, object]]:
    """A step in each state."""
    missing = [{"url": "#", "text": _("The company has no active registration.")}]
    tags = [("ok", _("Done")), ("wait", _("In process")), ("wait", _("To do")), ("off", _("Later"))]
    return [
        {
            "number": number,
            "mark": str(number),
            "title": _("User file"),
            "text": _("No file yet."),
            "url": "#",
            "is_done": tag[0] == "ok",
            "tag": tag,
            "missing": missing if number == 3 else [],
        }
        for number, tag in enumerate(tags, start=1)
    ]


def sample_receipt() -> dict[str, object]:
    """The content of an acknowledgment of receipt."""
    return {
        "language": "fr",
        "outcome": "Le dossier d’Émile Nguyen est créé.",
        "number": "2026-0000-0000",
        "company_name": "Aciérie Boréale inc.",
        "identification_number": "1000000001",
        "person_name": "Marie Tremblay",
        "user_code": "TREM1001",
        "transmitted_at": clock.now(),
        "groups": [{"title": "Utilisateur", "rows": [Row("Nom", ["Émile Nguyen"])]}],
        "consequences": ["Émile Nguyen recevra un code de vérification à chaque connexion."],
    }
