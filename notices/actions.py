"""Write down what happened, and tell those concerned. `notices.letters` sends the e-mails."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from cse_portal import clock
from cse_portal.acting.door import act
from cse_portal.acting.permissions import Verb
from cse_portal.companies.person import Person
from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.flows.transmission import receipt_under_way
from cse_portal.models import Company, save_unless_taken
from notices.happenings import Happening, Notice
from notices.models import WORTH_SENDING, AccountLetter, Event, Message
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
    **facts: Any,
) -> Event:
    """Write an event in a company's history, with the receipt of the transmission under way.

    `by` is the person who did it; he is named only in his own company's history. `by_party` names
    the other party (a company, a department) in the history of those who suffer it. `at`: when it
    happened, if that was not now.
    """
    own = by if by is not None and by.company_id == company.pk else None
    with company_scope(company):  # the other party's, perhaps
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


def tell(
    people: Iterable[Person],
    notice: Notice,
    *,
    about: str = "",
    once: str = "",
    email_expires_at: datetime | None = None,
    **facts: Any,
) -> int:
    """Put a message in each person's box; its e-mail leaves once the transaction holds.

    PostgreSQL wakes the worker (`message_wakes_the_sender`), whoever writes a message. With `once`,
    a person who was already told that very thing is not told again, whoever else tells them at the
    same time. `about` names the row by which it is known, when the e-mail leaves, whether it is
    still so. `email_expires_at`: when the e-mail is no longer worth sending, if not after 30 days.
    How many were told.
    """
    said, at = as_facts(facts), clock.now()
    messages = [
        Message(
            company_id=cast("int", person.company_id),
            user=person,
            kind=notice.kind,
            about=about,
            facts=said,
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
    **facts: Any,
) -> None:
    """Write a person a letter about their own account; it leaves once the transaction holds.

    To their own address, unless one is given: that which they had when this was written.
    """
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
    """The person has read their messages, or the one of that key: they count as unread no more."""
    messages = Message.objects.of(by).unread()
    if key is not None:
        messages = messages.filter(pk=key)
    messages.update(read_at=clock.now())
