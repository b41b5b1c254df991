"""Forms of the registration with a department or agency."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cse_portal.flows.forms import PageForm, Row
from cse_portal.pages.fields import DigitsField, TextField
from registrations.models import Ministry, Question

LONGEST_ANSWER = 200


class InformationForm(PageForm[Ministry, None]):
    """The ministry, the company, and the questions of this ministry, if any."""

    def narrow(self) -> None:
        for question in self.at.subject.every_question:
            self.fields[question.code] = field_for(question)

    def rows(self) -> list[Row]:
        ministry = self.at.subject
        company = self.at.by.company
        return [
            Row(_("Department or agency"), [ministry.name]),
            Row(_("Company"), [company.name]),
            Row(_("Identification number"), [company.identification_number]),
            Row(_("Québec enterprise number (NEQ)"), [company.neq]),
            *super().rows(),
        ]


def field_for(question: Question) -> forms.Field:
    """The form field of a ministry's own question: digits, or text."""
    options: dict[str, Any] = {
        "label": question.label,
        "help_text": question.hint,
        "required": question.is_required,
        "error_messages": {"required": _("Answer this question.")},
    }
    if question.digits is None:
        return TextField(max_length=LONGEST_ANSWER, **options)
    return DigitsField(validators=[ExactDigits(question.digits)], **options)


class ExactDigits:
    """Validates an identifier with a fixed number of digits."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __call__(self, value: str) -> None:
        if not (value.isascii() and value.isdigit() and len(value) == self.count):
            raise ValidationError(
                ngettext("Enter %(n)d digit.", "Enter %(n)d digits.", self.count)
                % {"n": self.count}
            )


class ConsentForm(PageForm[Ministry, None]):
    """The company's consent that the ministry receives its identification."""

    consents = forms.BooleanField(
        label=gettext_lazy("I consent to it on behalf of the company."),
        error_messages={
            "required": gettext_lazy("Tick the box to consent; without it nothing can be sent.")
        },
    )

    def rows(self) -> list[Row]:
        return [Row(_("Consent"), [self.at.subject.consent, str(self.fields["consents"].label)])]
