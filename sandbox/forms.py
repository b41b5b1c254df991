"""The form by which an ESM plays the ministry's answer in a simulation."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cse_portal.pages.fields import TextField, conditional

ACCEPT, REFUSE = "accept", "refuse"


class AnswerForm(forms.Form):
    """The ministry's answer: accepted, or refused with a reason."""

    answer = forms.ChoiceField(
        label=_("The ministry’s answer"),
        choices=[(ACCEPT, _("Accept the registration")), (REFUSE, _("Refuse the registration"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the answer.")},
    )
    reason = conditional(
        TextField(
            label=_("Reason of the refusal"),
            max_length=400,
            help_text=_("Only if refused: what the electronic services manager will read."),
        )
    )

    def clean(self) -> None:
        refused = self.cleaned_data.get("answer") == REFUSE
        if refused and not self.cleaned_data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Enter the reason of the refusal."))
