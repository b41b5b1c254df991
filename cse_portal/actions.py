"""What officers do to a company's account. Each verb is one transaction."""

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
    """Save those fields, an account that is closed among them: whoever acts for it has finished.

    Nobody of a closed company acts any more: each act reads that again, under this lock.
    """
    lock_company(company.pk)
    company.save(update_fields=list(corrected))
