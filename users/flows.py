"""Step 2 of the procedure: create, edit, suspend and reactivate user files."""

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cse_portal.acting.permissions import Verb
from cse_portal.flows.answers import Answers, Cleaned
from cse_portal.flows.changes import changed
from cse_portal.flows.flow import Flow, Outcome, Page, Step
from cse_portal.flows.forms import PageForm, Subject
from users import actions
from users.forms import ShownFileForm, UserInformationForm
from users.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Text

INFORMATION = Page(
    "user",
    pgettext_lazy("address", "information/"),
    _("User information"),
    UserInformationForm,
)


class GivesAccessKey(Flow[Subject, None]):
    """A procedure after which a user code and a temporary password are shown, once."""

    receipt_template = "users/created.html"


class CreateUserFile(GivesAccessKey[None]):
    """Création d'un dossier (procedure, section 2)."""

    slug = "create-user-file"
    verb = Verb.CREATE_FILE
    title = _("Create a file")
    purpose = _(
        "Each person who will use an e-service for your company needs a file: it gives a "
        "user code and a temporary password, the access key to the services. You can "
        "create as many as you want, at any time."
    )
    step = 2
    pages = (INFORMATION,)
    back = "users:files"

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: None, by: User) -> list[str]:
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
    def perform(cls, answers: Cleaned, *, subject: None, by: User) -> Outcome:
        user = actions.create_user_file(by=by, **answers["user"])
        sentence = gettext("The file of %(name)s is created.") % {"name": user.name_and_code}
        return Outcome(user, sentence)


class UserFileFlow(Flow[User, None]):
    """What the procedures about an existing file have in common."""

    subject_converter = "int"
    back = "users:files"
    receipt_template = "users/file_changed.html"

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> User:
        return get_object_or_404(User.objects.filter(company=by.company), pk=key)


def shown_page(title: "Text") -> Page:
    """A page that shows the file, without any question."""
    address = pgettext_lazy("address", "file/")
    return Page("file", address, title, ShownFileForm, template_name="flows/shown.html")


class EditUserFile(UserFileFlow):
    """Modification d'un dossier: contact information, language and user type."""

    slug = "edit-user-file"
    verb = Verb.EDIT_FILE
    title = _("Edit a file")
    purpose = _(
        "What a file says of a person is kept up to date here: the name, how to reach "
        "the person, the language, the user type. What changes is shown before you "
        "submit."
    )
    pages = (INFORMATION,)

    @classmethod
    def obstacle(cls, subject: User, *, by: User) -> str:
        return actions.why_not_edited(subject, by=by)

    @classmethod
    def opening(cls, subject: User, *, by: User) -> Answers:
        """The file as it is today, as if it had been typed."""
        names = INFORMATION.form_class.base_fields
        return {INFORMATION.slug: {name: [str(getattr(subject, name))] for name in names}}

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: User, by: User) -> list[str]:
        """What changes, old → new. Another ESM's change meanwhile makes it be shown again."""
        form = steps[0].form
        sentences = [
            changed(str(form[name].label), old, new)
            for name in form.fields
            if (old := in_words(form, name, getattr(subject, name)))
            != (new := in_words(form, name, form.cleaned_data[name]))
        ]
        sentences = sentences or [gettext("Nothing changes in this file.")]
        return [*sentences, *cls.role_consequences(form.cleaned_data["role"], subject, by=by)]

    @staticmethod
    def role_consequences(role: str, subject: User, *, by: User) -> list[str]:
        """The consequences of a new user type for the person; none if it does not change."""
        if role == subject.role:
            return []
        if subject.pk == by.pk:
            return [
                gettext(
                    "This is your own file: from that moment, you will open only what an "
                    "assigned proxy opens. Only another electronic services manager can give you "
                    "this type again."
                )
            ]
        name = {"name": subject.name_and_code}
        if role == User.Role.ESM:
            return [
                gettext(
                    "From that moment, %(name)s will be able to do all that you do for the "
                    "company. An internal proxy that the person holds stays, but is no longer "
                    "needed."
                )
                % name
            ]
        return [
            gettext("From that moment, %(name)s will open only what an assigned proxy opens.")
            % name
        ]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: User, by: User) -> Outcome:
        user = actions.change_user_file(subject, by=by, **answers[INFORMATION.slug])
        return Outcome(
            user, gettext("The file of %(name)s is changed.") % {"name": user.name_and_code}
        )


class SuspendUserFile(UserFileFlow):
    """Suspend a file: the person is signed out at the next request."""

    slug = "suspend-user-file"
    verb = Verb.SUSPEND_FILE
    title = _("Suspend a file")
    purpose = _(
        "A person who leaves, or is away, can be stopped at once: nothing opens any more. The "
        "file and its proxies stay: it can be reactivated."
    )
    pages = (shown_page(_("File to suspend")),)

    @classmethod
    def obstacle(cls, subject: User, *, by: User) -> str:
        return actions.why_not_suspended(subject)

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: User, by: User) -> list[str]:
        if subject.pk == by.pk:
            return [
                gettext(
                    "This is your own file: you will be signed out at once. Only another "
                    "electronic services manager can reactivate it."
                )
            ]
        return [
            gettext(
                "%(name)s will be signed out at once and will open nothing more, until the file "
                "is reactivated. The assigned proxies stay."
            )
            % {"name": subject.name_and_code}
        ]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: User, by: User) -> Outcome:
        user = actions.suspend(subject, by=by)
        sentence = gettext("The file of %(name)s is suspended.") % {"name": user.name_and_code}
        return Outcome(user, sentence)


class ReactivateUserFile(UserFileFlow):
    """Reactivate a suspended file."""

    slug = "reactivate-user-file"
    verb = Verb.REACTIVATE_FILE
    title = _("Reactivate a file")
    purpose = _(
        "A suspended person comes back, with the same user code, the same password and "
        "the proxies that are still assigned."
    )
    pages = (shown_page(_("File to reactivate")),)

    @classmethod
    def obstacle(cls, subject: User, *, by: User) -> str:
        return gettext("This file is already active.") if subject.is_active else ""

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: User, by: User) -> list[str]:
        return [
            gettext(
                "%(name)s will be able to sign in again, and to open what the assigned proxies "
                "open."
            )
            % {"name": subject.name_and_code}
        ]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: User, by: User) -> Outcome:
        user = actions.reactivate(subject, by=by)
        sentence = gettext("The file of %(name)s is reactivated.") % {"name": user.name_and_code}
        return Outcome(user, sentence)


class ResetPassword(GivesAccessKey[User], UserFileFlow):
    """Give a new temporary password, shown once after the acknowledgment."""

    slug = "reset-password"
    verb = Verb.RESET_PASSWORD
    title = _("Reset a password")
    purpose = _(
        "A person who has forgotten the password gets a temporary one, which is shown to "
        "you once and which you hand over. It must be replaced at the next sign-in."
    )
    pages = (shown_page(_("File whose password is reset")),)

    @classmethod
    def obstacle(cls, subject: User, *, by: User) -> str:
        return actions.why_not_reset(subject, by=by)

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: User, by: User) -> list[str]:
        return [
            gettext(
                "The present password of %(name)s will no longer be good, and open sessions will "
                "end. A temporary password will be shown to you once."
            )
            % {"name": subject.name_and_code}
        ]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: User, by: User) -> Outcome:
        user = actions.reset_password(subject, by=by)
        sentence = gettext("The password of %(name)s is reset.") % {"name": user.name_and_code}
        return Outcome(user, sentence)


def in_words(form: PageForm, name: str, value: str) -> str:
    """An answer for display: the label of a choice, or the typed text."""
    words = form.words(name) if hasattr(form.fields[name], "choices") else {}
    return str(words.get(value, value)) or gettext("nothing")
