"""Form fields that accept common ways of typing a value, and normalize it."""

import re
import unicodedata
from datetime import date
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.widgets import Widget
from django.utils.translation import gettext_lazy as _

from cse_portal.patterns import (
    email_address,
    person_name,
    plain_text,
    ten_digits,
    up_to_four_digits,
    without_spacing,
)

FieldOf = TypeVar("FieldOf", bound=forms.Field)


def conditional(field: FieldOf) -> FieldOf:
    """A field needed only in some cases, named in its hint; it isn't marked as optional."""
    field.required = False
    field.is_conditional = True  # type: ignore[attr-defined]
    return field


#: what is too long is told; a browser that cuts what is pasted (`maxlength`) would hide it
TOO_LONG = _("Shorten this: it has %(show_value)d characters, for %(limit_value)d at most.")


class LengthIsToldField(forms.CharField):
    """A text whose length is checked once it is sent, and then told."""

    default_error_messages = {"max_length": TOO_LONG}

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs


class PasswordField(LengthIsToldField):
    """A password: spaces count, and what is typed is not shown."""

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete, "class": "w-m"})
        super().__init__(widget=widget, strip=False, **kwargs)


class TextField(LengthIsToldField):
    """One line of text, normalized: composed accents, single spaces."""

    default_validators = [plain_text]

    def to_python(self, value: object) -> str:
        composed = unicodedata.normalize("NFC", super().to_python(value) or "")
        return re.sub(" +", " ", composed)


class PersonNameField(TextField):
    """A family name or a first name."""

    default_validators = [plain_text, person_name]

    def to_python(self, value: object) -> str:
        """Replace no-break spaces, which word processors put in names, by spaces."""
        return super().to_python(re.sub("[\u00a0\u202f]", " ", str(value or "")))


class SignsField(LengthIsToldField):
    """A code of capitals and digits; browsers are asked not to correct or complete it."""

    default_validators = [plain_text]

    def __init__(self, *, autocomplete: str = "off", width: str = "w-s", **kwargs: Any) -> None:
        attrs = {
            "autocomplete": autocomplete,
            "autocapitalize": "characters",
            "spellcheck": "false",
            "class": width,
        }
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)


class DigitsField(LengthIsToldField):
    """A number that may be typed with spaces or hyphens; the value has digits only."""

    def to_python(self, value: object) -> str:
        return without_spacing(super().to_python(value) or "")

    def widget_attrs(self, widget: Widget) -> dict[str, object]:
        return {"inputmode": "numeric", "class": "w-s"}


class IdentificationNumberField(DigitsField):
    """The ten digits by which Revenu Québec knows a company (procedure, section 3 b)."""

    default_validators = [ten_digits]


class ExtensionField(DigitsField):
    """A telephone extension: at most four digits (procedure, section 2)."""

    default_validators = [up_to_four_digits]


class EmailField(LengthIsToldField, forms.EmailField):
    """A valid e-mail address, without line breaks and invisible characters."""

    default_validators = [plain_text, email_address]


class TelephoneField(LengthIsToldField):
    """A telephone number of ten digits, or an international one that starts with +."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "class": "w-m"})
    default_error_messages = {
        "invalid": _("Enter a telephone number of ten digits, for example 418 555-0142.")
    }

    def to_python(self, value: object) -> str:
        """`(418) 555.0142` → `418 555-0142`; `+33 1 70 18 99 00` → `+33170189900`."""
        typed = super().to_python(value) or ""
        digits = re.sub(r"[\s\u00a0\u202f\-‑.()]", "", typed)
        if not digits:
            return ""
        if re.fullmatch(r"\+[0-9]{8,15}", digits):
            return digits
        national = re.fullmatch(r"1?([0-9]{3})([0-9]{3})([0-9]{4})", digits)
        if not national:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return "{} {}-{}".format(*national.groups())


WITH_SEPARATORS = re.compile(r"([0-9]{4})[\s/.\-]+([0-9]{1,2})[\s/.\-]+([0-9]{1,2})")
EIGHT_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


class DayField(forms.DateField):
    """A day typed as 2029-11-22, with hyphens, slashes, full stops or spaces."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-s"})
    default_error_messages = {
        "invalid": _("Enter a date as year-month-day, for example 2029-11-22.")
    }

    def to_python(self, value: str | date | None) -> date | None:
        if not isinstance(value, str):
            return super().to_python(value)
        typed = value.strip()
        if typed in self.empty_values:
            return None
        if not (match := WITH_SEPARATORS.fullmatch(typed) or EIGHT_DIGITS.fullmatch(typed)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python("-".join(match.groups()))
