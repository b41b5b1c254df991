"""The public page where anyone can verify an acknowledgment of receipt."""

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from cse_portal.companies.tenancy import across_companies
from cse_portal.flows.authenticity import is_code_of, number_typed
from cse_portal.models import Receipt
from cse_portal.pages.fields import SignsField
from home.models import Restore
from home.restores import restores_that_may_have_lost
from home.standing import standing_of
from users import lockout

BECAUSE = "whoever holds an acknowledgment may learn whether it is authentic"


class VerifyForm(forms.Form):
    """The number and the code of the acknowledgment, with or without their separators."""

    number = SignsField(
        label=_("Number of the acknowledgment"),
        max_length=60,
        width="w-m",
        help_text=_("For example CSE-2026-7K3QX2AB."),
        error_messages={"required": _("Enter the number of the acknowledgment.")},
    )
    code = SignsField(
        label=_("Authenticity code"),
        max_length=60,
        help_text=_("For example 7K3Q-X2AB-9M."),
        error_messages={"required": _("Enter the authenticity code.")},
    )

    def find(self) -> Receipt | None:
        """The receipt, if the code is right. A wrong code takes as long as an unknown number."""
        number = number_typed(self.cleaned_data["number"])
        receipt = Receipt.objects.filter(number=number).first()
        return receipt if is_code_of(receipt, self.cleaned_data["code"]) else None

    def restores_that_may_have_lost_it(self) -> list[Restore]:
        return restores_that_may_have_lost(number_typed(self.cleaned_data["number"]))


@method_decorator([login_not_required, never_cache], name="dispatch")
class VerifyView(FormView):
    """Shows whether it is authentic and still in force, and nothing else: no name, no date.

    What is not found may have been lost in a restore of the database: the page says so by what was
    typed alone, whether or not the register has that number.

    An IP address has a hundred wrong tries in fifteen minutes, shared with the sign-in. The form is
    posted, so that no code is left in a URL, a browser's history or a log.
    """

    form_class = VerifyForm
    template_name = "home/verify.html"

    def form_valid(self, form: VerifyForm) -> HttpResponse:
        lockout.count_try_of_address(self.request)
        with across_companies(because=BECAUSE):
            receipt = form.find()
            standing = standing_of(receipt) if receipt else None
            restores = [] if receipt else form.restores_that_may_have_lost_it()
        if receipt:
            lockout.uncount_try_of_address(self.request)
        answer = {"is_authentic": receipt is not None, "standing": standing, "restores": restores}
        return self.render_to_response(
            self.get_context_data(form=form, answer=answer, contact=settings.CSE_CONTACT_EMAIL)
        )
