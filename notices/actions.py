"""Write down what happened, tell those concerned, and send what is still to be e-mailed."""

import logging
import uuid
from collections.abc import Iterable
from typing import Any, cast

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from cse_portal import clock
from cse_portal.acting.door import act
from cse_portal.acting.permissions import Verb
from cse_portal.companies.person import Person
from cse_portal.companies.tenancy import across_companies, company_scope
from cse_portal.flows.transmission import receipt_under_way
from cse_portal.mail import letter
from cse_portal.models import Company, save_unless_taken
from notices import queries
from notices.happenings import Happening, Notice
from notices.models import Event, Message
from notices.wording import as_facts

logger = logging.getLogger(__name__)

#: e-mails sent by the request that wrote the messages; the rest leave with `send_notices`
SENT_AT_ONCE = 10


def record(
    happening: Happening,
    *,
    company: Company,
    by: Person | None = None,
    by_party: str = "",
    about: str = "",
    occurrence: uuid.UUID | None = None,
    **facts: Any,
) -> Event:
    """Write an event in a company's history, with the receipt of the transmission under way.

    `by` is the person who did it; he is named only in his own company's history. `by_party` names
    the other party (a company, a department) in the history of those who suffer it.
    """
    own = by if by is not None and by.company_id == company.pk else None
    with company_scope(company):  # the other party's, perhaps
        event = Event(
            company=company,
            kind=happening.kind,
            by=own,
            by_party="" if own else by_party,
            about=about,
            occurrence=occurrence or uuid.uuid4(),
            facts=as_facts(facts),
            receipt_id=receipt_under_way() if own else None,
        )
        event.save(force_insert=True)
        return event


def tell(people: Iterable[Person], notice: Notice, *, once: str = "", **facts: Any) -> int:
    """Put a message in each person's box; the first e-mails leave once the transaction holds.

    With `once`, a person who was already told that very thing is not told again, whoever else
    tells him at the same time. How many were told.
    """
    said = as_facts(facts)
    messages = [
        Message(
            company_id=cast("int", person.company_id),
            user=person,
            kind=notice.kind,
            facts=said,
            once=once or None,
            written_at=clock.now(),
        )
        for person in people
    ]
    with across_companies(because="those concerned are told, whichever their company"):
        if once:
            written = [message for message in messages if save_unless_taken(message)]
        else:
            written = Message.objects.bulk_create(messages)
    told = [message.pk for message in written]
    first = told[:SENT_AT_ONCE]
    transaction.on_commit(lambda: send_each(first), robust=True)
    return len(told)


def send_each(keys: Iterable[int]) -> int:
    """Send the e-mails of these messages that have not left yet; how many left.

    Each is locked while it leaves, and passed over by anyone else who sends meanwhile. Dying
    between the mail server's « yes » and the commit, the only moment left, sends one again: its
    Message-ID is the same, by which mail programs drop the second.
    """
    return sum(send_one(key) for key in keys)


def send_one(key: int) -> bool:
    """Send one message's e-mail, unless it has left, or is leaving by another hand."""
    with (
        across_companies(because="e-mails leave for the people of every company"),
        transaction.atomic(),
    ):
        message = queries.locked_to_send.first(key)
        if message is None:
            return False
        Message.objects.filter(pk=key).update(emailed_at=clock.now())
        email_of(message).send()
    return True


def email_of(message: Message) -> EmailMessage:
    """The message as a letter, in its reader's language."""
    email = letter("message", to=message.user, message=message)
    host = settings.PORTAL_URL.partition("//")[2].partition(":")[0]
    email.extra_headers["Message-ID"] = f"<message-{message.pk}@{host}>"
    return email


@act(Verb.READ_MESSAGES)
def mark_read(*, by: Person, key: int | None = None) -> None:
    """The person has read their messages, or the one of that key: they count as unread no more."""
    messages = Message.objects.of(by).unread()
    if key is not None:
        messages = messages.filter(pk=key)
    messages.update(read_at=clock.now())


def send_waiting(*, at_most: int = 5000) -> tuple[int, int]:
    """Send the e-mails that wait, the oldest first: how many left, how many failed.

    One that fails waits for the next run, and stops no other.
    """
    with across_companies(because="e-mails leave for the people of every company"):
        keys = list(Message.objects.to_send().order_by("pk").values_list("pk", flat=True)[:at_most])
    sent = failed = 0
    for key in keys:
        try:
            sent += send_one(key)
        except OSError as error:
            logger.warning("Message %s could not be e-mailed: %s", key, type(error).__name__)
            failed += 1
    return sent, failed
