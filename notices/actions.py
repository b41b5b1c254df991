"""Record events and write messages to people. `notices.letters` sends the e-mails."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cse_portal import clock
from cse_portal.acting.door import act
from cse_portal.acting.permissions import Verb
from cse_portal.companies.person import Person
from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.flows.transmission import receipt_under_way
from cse_portal.locks import locked
from cse_portal.mail import LETTERS_WITH_CODES
from cse_portal.models import Company, save_unless_taken
from notices.happenings import Happening, Notice
from notices.models import (
    BY_NAME,
    WORTH_SENDING,
    AccountLetter,
    Event,
    Letter,
    LetterState,
    Message,
)
from notices.wording import as_facts


def record(
    happening: Happening,
    *,
    company: Company,
    by: Person | None = None,
    by_party: str = "",
    about: str = "",
    occurrence: uuid.UUID | None = None,
    at: datetime | None = None,
    **facts: object,
) -> Event:
    """Write an event in a company's history, with the receipt of the current transmission.

    `by` is the person who did it; they are named only in the history of their own company, where
    the name of that day is kept. `by_party` names the other party (a company, a department) in any
    other history. `at`: when it happened, if not now.
    """
    own = by if by is not None and by.company_id == company.pk else None
    if own:
        facts[BY_NAME] = own.full_name
    with company_scope(company):  # it may be the other party's company
        event = Event(
            company=company,
            kind=happening.kind,
            at=at or clock.now(),
            by=own,
            by_party="" if own else by_party,
            about=about,
            occurrence=occurrence or uuid.uuid4(),
            facts=as_facts(facts),
            receipt_id=receipt_under_way() if own else None,
        )
        event.save(force_insert=True)
        return event


def notify(
    people: Iterable[Person],
    notice: Notice,
    *,
    about: str = "",
    once: str = "",
    email_expires_at: datetime | None = None,
    **facts: object,
) -> int:
    """Write a message to each person, and return how many were written.

    The e-mails are sent once the transaction is committed: a trigger (`message_wakes_the_sender`)
    wakes the worker. With `once`, a person who already has a message with this key receives no
    second one, even when two transactions write it at the same time. `about` names the row that
    the notice's claims are checked against before the e-mail is sent. `email_expires_at`: after
    this time the e-mail is no longer sent (by default 30 days).
    """
    message_facts, at = as_facts(facts), clock.now()
    messages = [
        Message(
            company_id=cast("int", person.company_id),
            user=person,
            kind=notice.kind,
            about=about,
            facts=message_facts,
            once=once or None,
            written_at=at,
            email_expires_at=email_expires_at or at + WORTH_SENDING,
        )
        for person in people
    ]
    with across_companies(because="those concerned are told, whichever their company"):
        if once:
            written = [message for message in messages if save_unless_taken(message)]
        else:
            written = Message.objects.bulk_create(messages)
    return len(written)


def queue_letter(
    template: str,
    *,
    to: Person,
    stored_address: str = "",
    expires_at: datetime | None = None,
    **facts: object,
) -> None:
    """Queue a letter to a person about their own account; sent once the transaction is committed.

    It goes to their current address, unless `stored_address` gives another (a former one). Raises
    ValueError for a letter that carries a code: those are stored nowhere.
    """
    if template in LETTERS_WITH_CODES:
        raise ValueError("A code is sent while its page waits, and never stored.")
    with across_companies(because="those concerned are told, whichever their company"):
        AccountLetter.objects.create(
            user=to,
            template=template,
            facts=facts,
            stored_address=stored_address,
            email_expires_at=expires_at or clock.now() + WORTH_SENDING,
        )


@act(Verb.READ_MESSAGES)
def mark_read(*, by: Person, key: int | None = None) -> None:
    """Mark the person's messages as read: all of them, or the one with this key."""
    messages = Message.objects.for_user(by).unread()
    if key is not None:
        messages = messages.filter(pk=key)
    messages.update(read_at=clock.now())


@act(Verb.SEND_LETTER_AGAIN)
def send_again(letter: Letter, *, by: Person) -> bool:
    """Make a letter that has not left due now, with a fresh week of tries.

    Return whether that changed anything: False for one that waits for its first try, so that a form
    sent twice does it once. It leaves after those that nobody asked for again. Raises
    ValidationError when it has left, or is no longer true.
    """
    rows: Any = type(letter)._default_manager
    letter = locked(rows.select_related("user__company")).get(pk=letter.pk)
    now = clock.now()
    if letter.emailed_at:
        raise ValidationError(_("This letter has left already."))
    if letter.is_void(at=now) or letter.is_outdated():
        raise ValidationError(
            _("This letter is not sent any more: it is too old, or no longer true.")
        )
    if letter.state is LetterState.NEVER_TRIED:
        return False
    letter.not_sent, letter.tries, letter.failing_since = "", 0, None
    letter.next_try_at = now
    letter.save(update_fields=["not_sent", "tries", "failing_since", "next_try_at"])
    return True
