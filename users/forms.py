"""The forms of the sign-in, of the profile and of user files."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cse_portal.flows.forms import PageForm, Row
from cse_portal.pages.fields import (
    DigitsField,
    EmailField,
    ExtensionField,
    PasswordField,
    PersonNameField,
    SignsField,
    TelephoneField,
)
from users import lockout
from users.actions import choose_password, why_email_not_changed, why_esm_must_stay
from users.models import SignInCode, Tries, User, written_forms

LONGEST_PASSWORD = 128


class UserCodeForm(forms.Form):
    """First page of the sign-in: the user code."""

    user_code = SignsField(
        label=_("User code"),
        max_length=40,
        autocomplete="username",
        error_messages={"required": _("Enter your user code.")},
    )

    def clean_user_code(self) -> str:
        """In capitals, and measured so: some characters become two or three."""
        code = User.normalize_username(self.cleaned_data["user_code"])
        self.fields["user_code"].run_validators(code)
        return code


class PasswordForm(forms.Form):
    """Second page of the sign-in: the password."""

    password = PasswordField(
        label=_("Password"),
        max_length=LONGEST_PASSWORD,
        autocomplete="current-password",
        error_messages={"required": _("Enter your password.")},
    )


class CodeForm(forms.Form):
    """Third page of the sign-in: the code sent by e-mail."""

    code = DigitsField(
        label=_("Verification code"),
        max_length=40,
        help_text=_("Seven digits."),
        error_messages={"required": _("Enter the seven digits of the verification code.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if not (code.isascii() and code.isdigit() and len(code) == SignInCode.DIGITS):
            raise ValidationError(_("Enter the seven digits of the verification code."))
        return code


class OwnPasswordForm(forms.Form):
    """The password that replaces a temporary one."""

    password = PasswordField(
        label=_("New password"),
        max_length=LONGEST_PASSWORD,
        autocomplete="new-password",
        help_text=_(
            "At least 12 characters, of your choice: a sentence that you remember will do. "
            "Not a common password, nor one like your name or user code."
        ),
        error_messages={"required": _("Enter a new password.")},
    )
    again = PasswordField(
        label=_("New password, again"),
        max_length=LONGEST_PASSWORD,
        autocomplete="new-password",
        error_messages={"required": _("Enter the new password a second time.")},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    same_password = _("Choose a password other than the temporary one.")

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if self.is_same_as_before(password):
            raise ValidationError(self.same_password)
        validate_password(written_forms(password)[0], self.user)  # as it is stored
        return password

    def is_same_as_before(self, password: str) -> bool:
        """Whether it is the password that it should replace."""
        return self.user.check_password(password)

    def clean(self) -> None:
        password, again = self.cleaned_data.get("password"), self.cleaned_data.get("again")
        if password and again and written_forms(password)[0] != written_forms(again)[0]:
            self.add_error("again", _("Enter the same new password a second time."))


def check_present_password(user: User, typed: str) -> str:
    """Return the person's present password. Raises ValidationError for another.

    Wrong ones count as at the sign-in, so that an unattended session is no way to guess it.
    """
    if not lockout.count_try(Tries.Kind.PASSWORD, user.user_code):
        raise ValidationError(
            gettext("Five wrong passwords were given. Try again in %(minutes)s minutes.")
            % {"minutes": settings.CSE_LOCKOUT_MINUTES}
        )
    if not user.check_password(typed):
        raise ValidationError(_("This is not your present password."))
    lockout.reset_tries(Tries.Kind.PASSWORD, user.user_code)
    return typed


class OfficersPasswordForm(AdminPasswordChangeForm):
    """The form by which officers change their own password in the admin."""

    def clean_old_password(self) -> str:
        return check_present_password(self.user, self.cleaned_data["old_password"])

    def clean(self) -> dict[str, Any]:
        """The rules are for the password as it is stored."""
        for name in ("new_password1", "new_password2"):
            if typed := self.cleaned_data.get(name):
                self.cleaned_data[name] = written_forms(typed)[0]
        return super().clean() or self.cleaned_data

    def save(self, commit: bool = True) -> User:
        changed = choose_password(self.cleaned_data["new_password1"], by=self.user)
        self.user.password = changed.password  # keeps this session open
        return changed


class PresentPasswordForm(forms.Form):
    """Asks for the present password: an open session is not enough (ASVS 7.5.1)."""

    user: User

    present = PasswordField(
        label=_("Present password"),
        max_length=LONGEST_PASSWORD,
        autocomplete="current-password",
        error_messages={"required": _("Enter your present password.")},
    )

    def clean_present(self) -> str:
        return check_present_password(self.user, self.cleaned_data["present"])


class ChangePasswordForm(PresentPasswordForm, OwnPasswordForm):
    """The present password, and the new one that replaces it."""

    same_password = _("Choose a password other than the present one.")
    field_order = ["present", "password", "again"]

    def is_same_as_before(self, password: str) -> bool:
        """Compared only after the right present password: else it would be an uncounted guess."""
        return "present" in self.cleaned_data and super().is_same_as_before(password)


class ContactForm(forms.Form):
    """Language of correspondence and telephone, changed by the person themselves."""

    language = forms.ChoiceField(
        label=_("Language of correspondence"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the language of correspondence.")},
    )
    telephone = TelephoneField(
        label=_("Telephone"), error_messages={"required": _("Enter the telephone number.")}
    )
    extension = ExtensionField(
        label=_("Extension"), required=False, help_text=_("At most four digits.")
    )


class NewEmailForm(PresentPasswordForm):
    """The new e-mail address, to which a code is sent."""

    email = EmailField(
        label=_("New e-mail address"),
        max_length=254,
        help_text=_("A code is sent there. Until you give it, your present address counts."),
        error_messages={"required": _("Enter the new e-mail address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    field_order = ["email", "present"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if email == self.user.email:
            raise ValidationError(_("This is already your e-mail address."))
        return email


class ShownFileForm(PageForm[User, None]):
    """Shows the file, without any question."""

    def rows(self) -> list[Row]:
        person = self.at.subject
        return [
            Row(gettext("Name"), [person.full_name]),
            Row(gettext("User code"), [person.user_code]),
            Row(gettext("E-mail address"), [person.email]),
            Row(gettext("User type"), [person.role_name]),
        ]


class UserInformationForm(PageForm[User | None, None]):
    """« Renseignements sur l'utilisateur » (procedure, section 2)."""

    family_name = PersonNameField(
        label=_("Family name"),
        max_length=100,
        error_messages={"required": _("Enter the family name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-m"}),
    )
    first_name = PersonNameField(
        label=_("First name"),
        max_length=100,
        error_messages={"required": _("Enter the first name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-m"}),
    )
    email = EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The verification code is sent there at each sign-in."),
        error_messages={"required": _("Enter the e-mail address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    telephone = TelephoneField(
        label=_("Telephone"), error_messages={"required": _("Enter the telephone number.")}
    )
    extension = ExtensionField(
        label=_("Extension"), required=False, help_text=_("At most four digits.")
    )
    language = forms.ChoiceField(
        label=_("Language of correspondence"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the language of correspondence.")},
    )
    role = forms.ChoiceField(
        label=_("User type"),
        choices=[
            (User.Role.USER.value, User.Role.USER.label),
            (User.Role.ESM.value, User.Role.ESM.label),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the user type.")},
    )

    def clean_role(self) -> str:
        role, person = self.cleaned_data["role"], self.at.subject
        if person and (
            obstacle := why_esm_must_stay(person, role=role, is_active=person.is_active)
        ):
            raise ValidationError(obstacle)
        return role

    def clean_email(self) -> str:
        email, person = self.cleaned_data["email"], self.at.subject
        if person and (obstacle := why_email_not_changed(person, email, by=self.at.by)):
            raise ValidationError(obstacle)
        return email
