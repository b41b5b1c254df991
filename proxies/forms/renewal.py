"""A later end date, for one proxy or for several."""

from datetime import date

from django import forms
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cse_portal import clock
from cse_portal.flows.forms import PageForm, Row, Shared, Subject
from cse_portal.pages.fields import DayField
from proxies import rules
from proxies.forms.people import ShownProxyForm, proxy_and_end
from proxies.forms.terms import end_date_hint
from proxies.models import Proxy


class NewEndForm(PageForm[Subject, Shared]):
    """The new end date: three years minus a day from today at most."""

    ends_on = DayField(
        label=gettext_lazy("New end date"),
        error_messages={"required": gettext_lazy("Enter the new end date.")},
    )

    def narrow(self) -> None:
        self.fields["ends_on"].help_text = end_date_hint()

    def clean_ends_on(self) -> date:
        ends_on = self.cleaned_data["ends_on"]
        rules.check_end_date(ends_on, term_starts_on=clock.today())
        return ends_on

    def rows(self) -> list[Row]:
        return [Row(_("New end date"), [formats.date_format(self.cleaned_data["ends_on"])])]


class ExtendForm(NewEndForm[Proxy, None]):
    """« Prolonger »: one proxy."""

    def clean_ends_on(self) -> date:
        ends_on = super().clean_ends_on()
        rules.check_later(ends_on, self.at.subject)
        return ends_on

    def rows(self) -> list[Row]:
        shown = ShownProxyForm({}, at=self.at).rows()
        return [*shown, *super().rows()]


class RenewForm(NewEndForm[None, dict[str, Proxy]]):
    """« Prolonger plusieurs procurations »: the same end date for all ticked proxies."""

    proxies = forms.MultipleChoiceField(
        label=gettext_lazy("Proxies to extend"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Tick at least one proxy."),
            "invalid_choice": gettext_lazy("A proxy that you ticked is no longer in force."),
            "invalid_list": gettext_lazy("Tick at least one proxy."),
        },
    )

    field_order = ["proxies", "ends_on"]

    def narrow(self) -> None:
        super().narrow()
        self.offered = self.at.common
        self.choice_field("proxies").choices = [
            (key, proxy_and_end(proxy)) for key, proxy in self.offered.items()
        ]

    def clean_proxies(self) -> list[Proxy]:
        chosen = set(self.cleaned_data["proxies"])
        return [proxy for key, proxy in self.offered.items() if key in chosen]

    def clean(self) -> None:
        """Refuse a date that would extend none of the ticked proxies."""
        ticked, ends_on = (self.cleaned_data.get(name) for name in ("proxies", "ends_on"))
        if ticked and ends_on and all(proxy.ends_on >= ends_on for proxy in ticked):
            error = _("The proxies that you ticked end on that day or later: enter a later date.")
            self.add_error("ends_on", error)

    def rows(self) -> list[Row]:
        ticked = [proxy_and_end(proxy) for proxy in self.cleaned_data["proxies"]]
        return [Row(_("Proxies to extend"), ticked), *super().rows()]
