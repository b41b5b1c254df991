"""A proxy that is extended, or that ends before its end date."""

from typing import TYPE_CHECKING

from django.utils import formats
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cse_portal import clock
from cse_portal.acting.permissions import Verb
from cse_portal.flows.answers import Cleaned
from cse_portal.flows.changes import changed
from cse_portal.flows.flow import Flow, Outcome, Page, Step
from cse_portal.flows.forms import Row
from proxies import actions
from proxies.effects import effects, holders, names, own_holders, services_of
from proxies.flows.finding import ministries_of, proxy_given, proxy_received
from proxies.forms.people import ShownProxyForm, proxy_and_agent
from proxies.forms.renewal import ExtendForm, RenewForm
from proxies.models import Proxy
from proxies.rules import rights_of
from users.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Text


class OneProxyFlow(Flow[Proxy, None]):
    """A procedure about one proxy in force that the company gave."""

    subject_converter = "int"
    back = "proxies:list"

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> Proxy:
        return proxy_given(key, by=by)

    @classmethod
    def obstacle(cls, subject: Proxy, *, by: User) -> str:
        return actions.why_not_changed(subject)


def shown_page(title: "Text") -> Page:
    """A page that shows the proxy, without any question."""
    address = pgettext_lazy("address", "proxy/")
    return Page("proxy", address, title, ShownProxyForm, template_name="flows/shown.html")


class RevokeProxy(OneProxyFlow):
    """Révoquer: the mandator ends a proxy."""

    slug = "revoke-proxy"
    verb = Verb.REVOKE_PROXY
    title = _("Revoke a proxy")
    purpose = _(
        "The mandator takes a proxy back before its end date. From that moment, nobody acts by it."
    )
    pages = (shown_page(_("Proxy to revoke")),)

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Proxy, by: User) -> list[str]:
        lost = services_of(ministries_of(rights_of(subject)), is_external=subject.is_external)
        return [
            *effects(holders(subject), lost, []),
            gettext("A revoked proxy cannot be put back in force: only copied to a new one."),
        ]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: Proxy, by: User) -> Outcome:
        proxy = actions.revoke(subject, by=by)
        sentence = gettext("The proxy “%(proxy)s” is revoked.") % {"proxy": proxy.description}
        return Outcome(proxy, sentence)


class RenounceProxy(OneProxyFlow):
    """The agent gives a received proxy back."""

    slug = "renounce-proxy"
    verb = Verb.RENOUNCE_PROXY
    title = _("Renounce a proxy")
    purpose = _(
        "Your company no longer acts for this mandator by this proxy. The mandator is told."
    )
    pages = (shown_page(_("Proxy to renounce")),)

    @classmethod
    def find_subject(cls, key: str, *, by: User) -> Proxy:
        return proxy_received(key, by=by)

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Proxy, by: User) -> list[str]:
        lost = services_of(ministries_of(rights_of(subject)), is_external=subject.is_external)
        people = names(held.user for held in own_holders(subject))
        return [
            *effects(people or gettext("no user for the moment"), lost, []),
            gettext("%(mandator)s will be told. Only it can give your company a new proxy.")
            % {"mandator": subject.mandator.name_and_number},
        ]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: Proxy, by: User) -> Outcome:
        proxy = actions.renounce(subject, by=by)
        sentence = gettext("The proxy “%(proxy)s” is renounced.") % {"proxy": proxy.description}
        return Outcome(proxy, sentence)


class ExtendProxy(OneProxyFlow):
    """Prolonger, before expiry: three years then count from the day of the change."""

    slug = "extend-proxy"
    verb = Verb.EXTEND_PROXY
    title = _("Extend a proxy")
    purpose = _(
        "A proxy can’t be extended once it has expired. Before that, its end date can be "
        "changed, to three years minus a day from today at most."
    )
    pages = (
        Page(
            "end-date",
            pgettext_lazy("address", "end-date/"),
            _("New end date"),
            ExtendForm,
            template_name="proxies/extend.html",
        ),
    )

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: Proxy, by: User) -> list[str]:
        services = services_of(ministries_of(rights_of(subject)), is_external=subject.is_external)
        new = steps[-1].form.cleaned_data["ends_on"]
        ends = (formats.date_format(day) for day in (subject.ends_on, new))
        return [changed(gettext("End date"), *ends), *effects(holders(subject), services, services)]

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: Proxy, by: User) -> Outcome:
        proxy = actions.extend(subject, by=by, ends_on=answers["end-date"]["ends_on"])
        sentence = gettext("The proxy “%(proxy)s” is extended until %(day)s.") % {
            "proxy": proxy.description,
            "day": formats.date_format(proxy.ends_on),
        }
        return Outcome(proxy, sentence)


class RenewProxies(Flow[None, dict[str, Proxy]]):
    """Extend several proxies at once; the receipt lists those that could not be, and why."""

    slug = "renew-proxies"
    verb = Verb.EXTEND_PROXY
    title = _("Extend several proxies")
    purpose = _(
        "Several proxies get a new end date at once, so that none ends unseen. The "
        "acknowledgment says which were extended, and why the others were not."
    )
    pages = (
        Page(
            "proxies",
            pgettext_lazy("address", "proxies/"),
            _("Proxies to extend"),
            RenewForm,
            template_name="proxies/renew.html",
        ),
    )
    back = "proxies:list"

    @classmethod
    def common(cls, subject: None, *, by: User) -> dict[str, Proxy]:
        """The company's proxies in force, by key, those that end soonest first."""
        given = (
            Proxy.objects.given_by(by.company).in_force(on=clock.today()).select_related("agent")
        )
        return {str(proxy.pk): proxy for proxy in given.order_by("ends_on", "description", "pk")}

    @classmethod
    def consequences(cls, steps: list[Step], *, subject: None, by: User) -> list[str]:
        answers = steps[-1].form.cleaned_data
        later = [proxy for proxy in answers["proxies"] if proxy.ends_on < answers["ends_on"]]
        others = [proxy_and_agent(proxy) for proxy in answers["proxies"] if proxy not in later]
        sentences = [
            ngettext(
                "%(count)d proxy will be extended: its users keep their rights.",
                "%(count)d proxies will be extended: their users keep their rights.",
                len(later),
            )
            % {"count": len(later)}
        ]
        if others:
            sentences.append(
                gettext("Not extended, for they already end on that day or later: %(names)s.")
                % {"names": ", ".join(others)}
            )
        return sentences

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: None, by: User) -> Outcome:
        cleaned = answers["proxies"]
        done, failed = actions.extend_each(cleaned["proxies"], by=by, ends_on=cleaned["ends_on"])
        sentence = ngettext(
            "%(count)d proxy is extended.", "%(count)d proxies are extended.", len(done)
        ) % {"count": len(done)}
        rows = [Row(proxy_and_agent(proxy), [gettext("Extended")]) for proxy in done]
        rows += [Row(proxy_and_agent(proxy), [reason]) for proxy, reason in failed]
        return Outcome(done[0], sentence, {gettext("Outcome"): rows})
