"""Two people who act at the same instant: what they do, and what is told of it afterwards."""

from collections import Counter

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError

from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.flows.flow import DraftIncomplete
from cse_portal.flows.transmission import SummaryChanged, save_page, summarize, transmit
from cse_portal.models import Draft, Receipt
from notices.models import Event, Message
from proxies.models import Assignment, Proxy
from tests.proxies.screens import everybody_is_told_the_same
from tests.together import at_once

REFUSALS = (
    ValidationError | ObjectDoesNotExist | PermissionDenied | DraftIncomplete | SummaryChanged
)


def do(verb, *args, by, **asked):
    """A verb within the scope of the company of the person who asks for it."""

    def task():
        with company_scope(by.company):
            return verb(*args, by=by, **asked)

    return task


def press(flow, subject, *, by, **pages):
    """« Transmettre », on a verification page that is open since before the other one acts.

    What the request looks up before it transmits is past too: the lock alone is left to refuse.
    """
    with company_scope(by.company):
        found = flow.find_subject(str(subject), by=by)
        asked = {"by": by, "subject": found}
        draft = None
        for slot, typed in pages.items():
            known = draft.pk if draft else None
            draft = save_page(flow, slot, typed, subject_key=str(subject), draft_id=known, **asked)
        assert draft
        seal = summarize(flow, draft, **asked).seal
    return do(transmit, flow, draft.pk, seal=seal, subject=found, by=by)


def run(*tasks, meet_before=""):
    """Let them go together; each is done, or refused by a rule: no deadlock, no crash.

    Returns which of them were done. `meet_before`: see `at_once`.
    """
    open_before = keys(Draft)
    outcomes = at_once(*tasks, meet_before=meet_before)
    strange = [
        one for one in outcomes if isinstance(one, Exception) and not isinstance(one, REFUSALS)
    ]
    assert not strange, strange
    what_is_transmitted_has_its_receipt(open_before, outcomes)
    nobody_is_told_twice()
    everybody_is_told_the_same()
    return [not isinstance(one, Exception) for one in outcomes]


def what_is_transmitted_has_its_receipt(open_before, outcomes):
    """A receipt and its event where it was done; the draft, as it was, where it was refused."""
    receipts = {one.pk for one in outcomes if isinstance(one, Receipt)}
    assert keys(Receipt) == receipts
    assert keys(Draft) == open_before - receipts
    assert (
        set(Event._base_manager.exclude(receipt=None).values_list("receipt", flat=True)) == receipts
    )


def nobody_is_told_twice():
    """Nobody finds the same sentence twice in their box."""
    boxes = Message._base_manager.values_list("user", "kind", "facts")
    told = Counter(str(one) for one in boxes)
    twice = [one for one, times in told.items() if times > 1]
    assert not twice, twice


def keys(model):
    return set(model._base_manager.values_list("pk", flat=True))


def holders(proxy):
    with across_companies(because="tests look at every company"):
        return set(Assignment.objects.standing().filter(proxy=proxy).values_list("user", flat=True))


def told(kind, row):
    """How often the histories tell that of the row: the two parties of a proxy count once."""
    rows = Event._base_manager.filter(kind=kind, about=f"{row._meta.model_name}:{row.pk}")
    return rows.values("occurrence").distinct().count()


def box(user):
    """The kinds of what a person was told, in the order in which it was written."""
    written = Message._base_manager.filter(user=user).order_by("written_at")
    return list(written.values_list("kind", flat=True))


def state(proxy):
    return Proxy._base_manager.get(pk=proxy.pk).state
