"""Save a draft, summarize it, then transmit it exactly once: it becomes a receipt."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import transaction
from django.utils.functional import cached_property

from cse_portal import clock, queries
from cse_portal.acting.door import acting_as
from cse_portal.companies.person import Person
from cse_portal.flows.answers import Lists
from cse_portal.flows.flow import Flow, Step
from cse_portal.keyed_hash import is_keyed_hash, keyed_hash
from cse_portal.locks import locked
from cse_portal.models import Draft, Receipt, in_words_of_constraints
from cse_portal.pages.bilingual import page_language

#: of one person at a time: more than anybody has open, and no way to fill the disk
MOST_DRAFTS = 50
SEAL = "cse_portal.flows.seal"

_under_way: ContextVar[uuid.UUID | None] = ContextVar("receipt_under_way", default=None)


def receipt_under_way() -> uuid.UUID | None:
    """Key of the receipt of the current transmission; None outside of a transmission."""
    return _under_way.get()


@contextmanager
def _transmitting(draft: Draft) -> Iterator[None]:
    token = _under_way.set(draft.pk)
    try:
        yield
    finally:
        _under_way.reset(token)


class SummaryChanged(Exception):
    """The summary is no longer the one that the person was shown."""


@dataclass(frozen=True)
class Summary:
    """All that the verification page shows, and its seal.

    « Transmettre » posts the seal: if anything shown has changed meanwhile (an answer in another
    tab, an agent's name, a consequence), nothing is transmitted.
    """

    draft: Draft
    steps: list[Step]
    consequences: list[str]

    @cached_property
    def groups(self) -> list[dict[str, object]]:
        """Questions and answers, a group for each step: title and rows."""
        return [
            {
                "title": step.form.group_title() or str(step.page.title),
                "rows": [row.as_json() for row in step.form.rows()],
            }
            for step in self.steps
        ]

    @cached_property
    def _sealed(self) -> str:
        shown = json.dumps([self.groups, self.consequences], ensure_ascii=False)
        return f"{self.draft.pk}{shown}"

    @property
    def seal(self) -> str:
        """The seal that the page posts."""
        return keyed_hash(SEAL, self._sealed)

    def has_seal(self, posted: str) -> bool:
        """Whether that is the seal, of whichever machine showed the page."""
        return is_keyed_hash(posted, SEAL, self._sealed)


def summarize(flow: type[Flow], draft: Draft, *, subject: object, by: Person) -> Summary:
    """Summarize a draft under the present rules. Raises DraftIncomplete."""
    steps = flow.complete(draft.answers, subject=subject, by=by)
    consequences = flow.consequences(steps, subject=subject, by=by)
    return Summary(draft, steps, [str(sentence) for sentence in consequences])


@transaction.atomic
def save_page(
    flow: type[Flow],
    slot: str,
    lists: Lists | None,
    *,
    by: Person,
    subject: object = None,
    subject_key: str = "",
    draft_id: uuid.UUID | None = None,
) -> Draft:
    """Store one page's raw answers in the draft, valid or not; `None` deletes them.

    Without `draft_id`, create a draft with the procedure's opening answers. Raises
    Draft.DoesNotExist when it was transmitted meanwhile, ValidationError when it would be too long,
    NoLongerSignedIn, NoLongerAllowed.
    """
    with acting_as(by, flow.verb) as author:
        if draft_id is None:
            forget_oldest_drafts(author)
            opening = dict(flow.opening(subject, by=author))
            draft = Draft(
                company=author.company,
                author=author,
                flow=flow.slug,
                subject=subject_key,
                answers=opening,
            )
        else:
            mine = Draft.objects.filter(author=author, flow=flow.slug, subject=subject_key)
            draft = locked(mine).get(pk=draft_id)
        if lists is None:
            draft.answers.pop(slot, None)
        else:
            draft.answers[slot] = dict(lists)
        draft.kept_at = clock.now()
        with in_words_of_constraints(Draft):
            draft.save()
        return draft


def forget_oldest_drafts(author: Person) -> None:
    """Make room for one more draft of a person, under the lock of those who act.

    Those that were not touched for the longest are deleted, as `purge` would tomorrow.
    """
    latest_first = Draft.objects.filter(author=author).order_by("-kept_at", "pk")
    Draft.objects.filter(pk__in=latest_first.values("pk")[MOST_DRAFTS - 1 :]).delete()


@transaction.atomic
def transmit(
    flow: type[Flow], draft_id: uuid.UUID, *, seal: str, subject: object, by: Person
) -> Receipt:
    """Turn a draft into its receipt, exactly once.

    The lock makes a second click wait; then the draft no longer exists and the receipt of the same
    id does, so both clicks lead to the same acknowledgment.

    Raises DraftIncomplete, SummaryChanged, ValidationError when the action refuses, or
    NoLongerSignedIn and NoLongerAllowed; the draft is then unchanged. Raises
    Receipt.DoesNotExist when the draft was deleted.
    """
    with acting_as(by, flow.verb) as author:
        return _transmit(flow, draft_id, seal=seal, subject=subject, by=author)


def _transmit(
    flow: type[Flow], draft_id: uuid.UUID, *, seal: str, subject: object, by: Person
) -> Receipt:
    draft = queries.locked_draft.first(draft_id, flow.slug, by.pk)
    if draft is None:
        return queries.own_receipt.get(draft_id, flow.slug, by.pk)
    draft.author, draft.company = by, by.company
    summary = summarize(flow, draft, subject=subject, by=by)
    if not summary.has_seal(seal):
        raise SummaryChanged
    groups = [group for group in summary.groups if group["rows"]]
    answers = {step.slot: step.form.cleaned_data for step in summary.steps}
    with _transmitting(draft):
        outcome = flow.perform(answers, subject=subject, by=by)
    receipt = Receipt.of_draft(
        draft,
        subject=draft.subject or str(outcome.row.pk),
        language=page_language(),
        outcome=outcome.sentence,
        groups=groups
        + [
            {"title": title, "rows": [row.as_json() for row in rows]}
            for title, rows in outcome.more.items()
        ],
        consequences=summary.consequences,
    )
    draft.delete()
    return receipt
