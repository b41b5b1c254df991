"""Officers' actions on a company's account. Each is one transaction."""

from collections.abc import Collection

from cse_portal.acting.door import act, lock_company
from cse_portal.acting.permissions import Verb
from cse_portal.companies.person import Person
from cse_portal.models import Company


@act(Verb.OPEN_COMPANY)
def open_company(company: Company, *, by: Person) -> None:
    """Open the account of a company; its first electronic services manager gets a file next."""
    company.save(force_insert=True)


@act(Verb.CHANGE_COMPANY)
def change_company(company: Company, *, by: Person, corrected: Collection[str]) -> None:
    """Save the corrected fields, for example when an account is closed.

    The lock waits for actions under way for the company; later ones read that it is closed.
    """
    lock_company(company.pk)
    company.save(update_fields=list(corrected))
