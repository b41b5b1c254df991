"""The lock under which what belongs to a company is changed: its own row."""

from cse_portal.models import Company
from cse_portal.speed.queries import Compiled, Given

_company = Compiled(lambda: Company.objects.select_for_update(no_key=True).filter(pk=Given("key")))


def lock_company(pk: int) -> Company:
    """One at a time changes what belongs to the company: rules look at several rows.

    Always the first lock of an action; a transmission holds its draft already. Raises
    Company.DoesNotExist.
    """
    company: Company = _company.get(key=pk)
    return company
