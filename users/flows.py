"""Step 2 of the procedure: user files."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cse_portal.flows.flow import Flow, Outcome, Page, Step
from users import actions
from users.forms import UserInformationForm
from users.models import User


class CreateUserFile(Flow):
    """Création d'un dossier (procedure, section 2)."""

    slug = "create-user-file"
    title = _("Create a file")
    step = 2
    pages = (
        Page(
            "user",
            pgettext_lazy("address", "information/"),
            _("User information"),
            UserInformationForm,
        ),
    )
    back = "users:files"
    receipt_template = "users/created.html"

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Any, by: User) -> list[str]:
        person = steps[0].form.cleaned_data
        name = f"{person['first_name']} {person['family_name']}"
        if person["role"] == User.Role.ESM:
            return [
                gettext(
                    "%(name)s will be able to do all that you do for %(company)s: register it, "
                    "create user files, give proxies and assign them."
                )
                % {"name": name, "company": by.company}
            ]
        return [
            gettext(
                "%(name)s will receive a user code and a temporary password, and will open "
                "nothing until a proxy is assigned to this file."
            )
            % {"name": name}
        ]

    @classmethod
    def perform(cls, answers: Mapping[str, Any], *, subject: Any, by: User) -> Outcome:
        user = actions.create_user_file(by=by, **answers["user"])
        sentence = gettext("The file of %(name)s is created.") % {"name": user.full_name}
        return Outcome(user, sentence)
