"""What the ESMs of every company read on their screens, against what `access` decides."""

from django.urls import reverse

from cse_portal.companies.tenancy import across_companies, company_scope
from proxies import access
from proxies.models import AccessRight
from proxies.user_files import held_by
from registrations.models import Service
from tests.conftest import Visitor
from users.models import User


class Screens:
    """The lists of one company, and the page of each of its proxies, as its ESM opens them."""

    def __init__(self, esm):
        self.visitor = Visitor().sign_in(esm)
        self.company = esm.company
        lines = self.reads("registrations:list")["lines"]
        self.registered = {
            one.ministry.pk for one in lines if one.registration and one.registration.is_active
        }
        self.files = {one.pk: one for one in self.reads("users:files")["people"]}
        with company_scope(self.company):
            self.held = held_by(list(self.files.values()))
        lists = self.reads("proxies:list")
        self.given = {one.pk: one for one in lists["given"]}
        self.received = {one.pk: one for one in lists["received"]}
        self.pages = {
            key: self.reads("proxies:proxy", proxy=key) for key in {*self.given, *self.received}
        }

    def reads(self, name, **where):
        response = self.visitor.get(reverse(name, kwargs=where))
        assert response.status_code == 200, (name, response.status_code)
        return response.context_data

    def held_in_the_files(self):
        """« Procuration » in the list of files: who holds which one, of a mandator one at most."""
        held = [(person, one) for person, proxies in self.held.items() for one in proxies]
        mandators = [(user, proxy.mandator_id) for user, proxy in held]
        assert len(mandators) == len(set(mandators))
        return {(user, proxy.pk) for user, proxy in held}

    def held_on_the_pages(self):
        """« Users who hold it » on each proxy's own page."""
        return {(one.user_id, key) for key, page in self.pages.items() for one in page["holders"]}

    def agree(self):
        """Whichever screen is read, it says the same of who holds what, and of its state."""
        files, pages = self.held_in_the_files(), self.held_on_the_pages()
        assert files == pages, f"on the files only {files - pages}, on the pages {pages - files}"
        for key, listed in (self.given | self.received).items():
            page = self.pages[key]
            assert page["proxy"].state == listed.state, listed
            assert page["count"] == listed.assigned or not page["is_held"], listed

    def agree_with_the_other_party(self, others):
        """Mandator and agent read the same state, the same rights and the same number."""
        for key in self.received:
            own = self.pages[key]
            theirs = others[own["proxy"].mandator_id].pages[key]
            for said in ("rights", "count"):
                assert own[said] == theirs[said], (key, said, own[said], theirs[said])
            assert own["proxy"].state == theirs["proxy"].state, key

    def opens(self, person, service, mandators):
        """Whether who reads them concludes that the person opens that service of the mandator."""
        if not self.files[person.pk].is_active or not service.is_offered:
            return False
        if service.ministry_id not in mandators.registered:
            return False
        if person.is_esm and self.company == mandators.company:
            return not service.is_external_only
        shown = self.received if self.company != mandators.company else self.given
        return any(
            shown[key].is_in_force and self.is_covered(service, key)
            for user, key in self.held_in_the_files()
            if user == person.pk and key in mandators.given
        )

    def is_covered(self, service, key):
        """Whether the words about the rights, on the proxy's page, include the service."""
        page = self.pages[key]
        if page["proxy"].is_external and not service.ministry.takes_external_proxies:
            return False
        said = {ministry.pk: words for ministry, words in page["rights"]}
        restriction, *ticked = said.get(service.ministry_id, [""])
        if restriction == AccessRight.Scope.FULL.label:
            is_offered_to_it = page["proxy"].is_external or not service.is_external_only
            return is_offered_to_it and not service.needs_tick
        return service.name in ticked


def everybody_is_told_the_same():
    """The screens agree with each other, and `decide` and `openable` with what they show."""
    with across_companies(because="tests look at every company"):
        people = list(User.objects.exclude(role=User.Role.OFFICER).select_related("company"))
        services = list(Service.objects.select_related("ministry"))
    esms = {one.company_id: one for one in people if one.is_esm and one.is_active}
    screens = {company: Screens(esm) for company, esm in esms.items()}
    for own in screens.values():
        own.agree()
        own.agree_with_the_other_party(screens)
    for person in people:
        own = screens[person.company_id]
        shown = {(one.mandator.pk, one.service.pk) for one in access.openable(person)}
        for key, theirs in screens.items():
            for service in services:
                by_screens = own.opens(person, service, theirs)
                about = f"{person} – {service} – {theirs.company}: {by_screens} on the screens"
                decision = access.decide(person, service, theirs.company)
                assert decision.is_allowed == by_screens, about
                assert ((key, service.pk) in shown) == by_screens, about
