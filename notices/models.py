"""The history of a company's account, and the messages and letters sent to its people."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.mail import EmailMessage
from django.db import models
from django.db.models import F, Q
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from cse_portal import clock
from cse_portal.companies.person import Person
from cse_portal.companies.tenancy import (
    RIGHTS_TO_READ_COMPANY_ROWS,
    CompanyManager,
    CompanyOwned,
)
from cse_portal.flows.registry import receipt_address
from cse_portal.keys import RandomKey
from cse_portal.mail import letter
from cse_portal.models import Company, Receipt
from notices.happenings import UNKNOWN_NOTICE, Happening, Notice, find_happening, find_notice
from notices.wording import build_text

#: the fact that keeps the name of that day of the person who did it
BY_NAME = "by_name"


class EventQuerySet(models.QuerySet):
    def about(self, subject: str) -> "EventQuerySet":
        """The events of one row (`proxy:12`)."""
        return self.filter(about=subject)


class Event(CompanyOwned):
    """One event of a company's account: written once, never changed.

    What concerns two companies, such as an external proxy, has one row in each history, with only
    the facts that this company may know, and the same `occurrence` in both. Neither company ever
    reads the other's row.
    """

    company = models.ForeignKey(
        Company,
        verbose_name=_("company"),
        on_delete=models.PROTECT,
        related_name="events",
        db_index=False,  # `event_of_a_company` serves
    )
    occurrence = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    at = models.DateTimeField(_("date and time"), default=clock.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("A person of the company itself; none when another party did it."),
    )
    by_party = models.CharField(
        _("other party"),
        max_length=150,
        blank=True,
        help_text=_("The other company, by its name and number, or the department that did it."),
    )
    about = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)
    receipt = models.ForeignKey(
        Receipt, on_delete=models.PROTECT, related_name="events", null=True, blank=True
    )

    objects = CompanyManager.from_queryset(EventQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "occurrence"],
                name="event_once_for_a_company",
                violation_error_message=_("This event is already in the company’s history."),
            ),
            models.CheckConstraint(
                name="event_is_by_a_person_or_by_another_party",
                condition=Q(by__isnull=True) | Q(by_party=""),
                violation_error_message=_("An event is by a person or by another party."),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-at", "-id"], name="event_of_a_company"),
            models.Index(fields=["company", "about"], name="event_about_a_row"),
            models.Index(fields=["-at", "-id"], name="event_latest"),
        ]

    def __str__(self) -> str:
        return self.sentence

    @property
    def happening(self) -> Happening:
        return find_happening(self.kind)

    @property
    def done_by(self) -> str:
        """The person who did it, by the name of that day and the user code; else the other party.

        The events of before kept no name: the present one stands for it.
        """
        if self.by is None:
            return self.by_party
        kept = self.facts.get(BY_NAME) if isinstance(self.facts, dict) else None
        return f"{kept or self.by.full_name} ({self.by.user_code})"

    @property
    def title(self) -> str:
        """The title of its kind, in the language of the page."""
        return str(self.happening.title)

    @property
    def sentence(self) -> str:
        """What happened, in the language of the page."""
        happening = self.happening
        return build_text(happening.sentence, self.facts, happening.further) or f"{self.title}."

    @property
    def receipt_address(self) -> str:
        """Where the company's ESMs read its acknowledgment of receipt; empty without one."""
        return receipt_address(self.receipt) if self.receipt else ""


class TrailEntry(CompanyOwned):
    """The link of a receipt or of an event in its company's chain, so that a removal is noticed.

    PostgreSQL writes it: a trigger inserts the entry, another one gives it its position when the
    transaction ends (`migrations/0005_the_database_keeps_the_trail.py`). Its digest covers the
    previous digest, its position, and every column that the row's table had that day.
    `DO_NOTHING`: PostgreSQL refuses to delete what an entry refers to.
    """

    rights_of_roles = RIGHTS_TO_READ_COMPANY_ROWS

    company = models.ForeignKey(
        Company,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,  # `trail_entry_is_alone_in_its_place` serves
    )
    receipt = models.OneToOneField(
        Receipt, on_delete=models.DO_NOTHING, related_name="trail_entry", null=True
    )
    event = models.OneToOneField(
        Event, on_delete=models.DO_NOTHING, related_name="trail_entry", null=True
    )
    columns = ArrayField(models.CharField(max_length=63))
    position = models.BigIntegerField(null=True)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("trail entry")
        verbose_name_plural = _("trail entries")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "position"],
                name="trail_entry_is_alone_in_its_place",
                violation_error_message=_("Another entry of the company has this place."),
            ),
            models.CheckConstraint(
                name="trail_entry_is_of_a_receipt_or_of_an_event",
                condition=Q(receipt__isnull=True, event__isnull=False)
                | Q(receipt__isnull=False, event__isnull=True),
                violation_error_message=_("A trail entry is of a receipt or of an event."),
            ),
        ]
        indexes = [
            models.Index(fields=["company"], condition=Q(position=None), name="trail_entry_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.company_id}:{self.position}"


class TrailHead(CompanyOwned):
    """The end of a company's chain. Locked to add an entry, in the order of the companies."""

    rights_of_roles = RIGHTS_TO_READ_COMPANY_ROWS

    company = models.OneToOneField(
        Company, on_delete=models.DO_NOTHING, related_name="trail_head", primary_key=True
    )
    position = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("end of a trail")
        verbose_name_plural = _("ends of trails")

    def __str__(self) -> str:
        return f"{self.company_id}:{self.position}"


#: after this time a letter is no longer sent, unless it states a shorter one
WORTH_SENDING = timedelta(days=30)


class NotSent(models.TextChoices):
    """Why a letter will never be sent."""

    VOID = "void"  # no longer true, too old, or its recipient is suspended
    REFUSED = "refused"  # by the mail server, for good
    GIVEN_UP = "given_up"  # after a week of tries


class LetterState(models.TextChoices):
    """What became of a letter, as the admin tells it."""

    NEVER_TRIED = "never_tried", _("Waiting")
    LEAVING = "leaving", _("Leaving")
    TO_RETRY = "to_retry", _("To be tried again")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused by the mail server")
    GIVEN_UP = "given_up", _("Given up after a week")
    VOID = "void", _("No longer to be sent")


WAITING = Q(emailed_at=None, not_sent="")
NEVER_TRIED, TO_RETRY = WAITING & Q(tries=0), WAITING & Q(tries__gt=0)
IN_HAND = Q(in_hand_until__isnull=False)
IN_STATE = {
    LetterState.NEVER_TRIED: NEVER_TRIED,
    LetterState.LEAVING: IN_HAND,
    LetterState.TO_RETRY: TO_RETRY,
    LetterState.SENT: Q(emailed_at__isnull=False, in_hand_until=None),
    **{LetterState(reason.value): Q(not_sent=reason) for reason in NotSent},
}
NEXT_FIRST = (F("next_try_at").asc(nulls_first=True), "written_at", "id")


def indexes_of_queue(table: str) -> list[models.Index]:
    """What the worker, the figures and the admin read of a table of letters, of however many."""
    return [
        models.Index(*NEXT_FIRST, condition=NEVER_TRIED, name=f"{table}_never_tried"),
        models.Index(*NEXT_FIRST, condition=TO_RETRY, name=f"{table}_to_retry"),
        models.Index(fields=["in_hand_until"], condition=IN_HAND, name=f"{table}_in_hand"),
        models.Index(
            fields=["not_sent", "-written_at", "-id"],
            condition=~Q(not_sent=""),
            name=f"{table}_not_sent",
        ),
        models.Index(fields=["-written_at", "-id"], name=f"{table}_in_order"),
    ]


class LetterQuerySet(models.QuerySet):
    def waiting(self) -> "LetterQuerySet":
        """Still to be sent, now or later."""
        return self.filter(WAITING)

    def never_tried(self) -> "LetterQuerySet":
        """Those that wait for their first try, or for one as if it were (`send_again`)."""
        return self.filter(NEVER_TRIED)

    def to_retry(self) -> "LetterQuerySet":
        """Those that failed before, and are tried again, now or later."""
        return self.filter(TO_RETRY)

    def due_to_retry(self) -> "LetterQuerySet":
        """Those of them that are tried again now; `next_try_at` is set by each failure."""
        return self.to_retry().filter(next_try_at__lte=clock.now())

    def in_state(self, state: str) -> "LetterQuerySet":
        """Those of one state (`LetterState`), found by its index."""
        return self.filter(IN_STATE[LetterState(state)])

    def due(self) -> "LetterQuerySet":
        """To be sent now: never tried, or to be tried again by now."""
        return self.waiting().filter(Q(next_try_at=None) | Q(next_try_at__lte=clock.now()))


class Letter(models.Model):
    """An e-mail to a person, queued in the transaction that it is about, and sent by a worker.

    `notices.letters` sends it. It waits while `emailed_at` and `not_sent` are empty. While a worker
    has it in hand (until `in_hand_until`), it counts as e-mailed: nobody else sends it, and no row
    is locked. `email_token` is the random part of its Message-ID: the same when the letter is sent
    twice, and of no other letter.
    """

    id = RandomKey()
    written_at = models.DateTimeField(_("written on"), default=clock.now)
    emailed_at = models.DateTimeField(_("e-mailed on"), null=True, blank=True)
    not_sent = models.CharField(
        max_length=10, choices=NotSent, blank=True, default="", db_default=""
    )
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    in_hand_until = models.DateTimeField(null=True, blank=True, editable=False)
    email_expires_at = models.DateTimeField(null=True, blank=True)
    email_token = models.UUIDField(default=uuid.uuid4, null=True, editable=False)

    user: Any  # a key to User in each subclass; the app of users imports this module

    class Meta:
        abstract = True

    @property
    def address(self) -> str:
        """The e-mail address that it is sent to."""
        return str(self.user.email)

    @property
    def worth_sending_until(self) -> datetime:
        """From then on it is void."""
        return self.email_expires_at or self.written_at + WORTH_SENDING

    @property
    def state(self) -> LetterState:
        """What became of it; `IN_STATE` says the same of rows."""
        if self.not_sent:
            return LetterState(self.not_sent)
        if self.in_hand_until:
            return LetterState.LEAVING
        if self.emailed_at:
            return LetterState.SENT
        return LetterState.TO_RETRY if self.tries else LetterState.NEVER_TRIED

    def is_void(self, *, at: datetime) -> bool:
        """Whether it must not be sent any more: too old, recipient suspended, company closed."""
        company = self.user.company  # an officer has none
        may_receive = self.user.is_active and (company is None or company.is_active)
        return not may_receive or at >= self.worth_sending_until

    def is_outdated(self) -> bool:
        """Whether what it states is no longer true."""
        return False

    def as_email(self) -> EmailMessage:
        """The e-mail, in the recipient's language, always with the same Message-ID."""
        email = self._compose()
        host = settings.PORTAL_URL.partition("//")[2].partition(":")[0]
        email.extra_headers["Message-ID"] = f"<{self.email_token}@{host}>"
        return email

    def _compose(self) -> EmailMessage:
        raise NotImplementedError


class MessageQuerySet(LetterQuerySet):
    def for_user(self, user: Person) -> "MessageQuerySet":
        return self.filter(user=user)

    def unread(self) -> "MessageQuerySet":
        return self.filter(read_at=None)


class Message(CompanyOwned, Letter):
    """A message to a person, shown among their messages in the portal and sent by e-mail.

    Written in the transaction that it is about. The message stays in the portal even when the
    e-mail is not sent. `about` is the row that it is about (`proxy:12`). `once` is a key that a
    person receives only once (a reminder of a proxy's end).
    """

    company = models.ForeignKey(
        Company, verbose_name=_("company"), on_delete=models.PROTECT, related_name="+"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,  # `message_of_a_person` serves
    )
    kind = models.CharField(_("kind"), max_length=40)
    about = models.CharField(max_length=40, blank=True, default="", db_default="")
    facts = models.JSONField(default=dict)
    read_at = models.DateTimeField(_("read on"), null=True, blank=True)
    once = models.CharField(max_length=80, null=True, blank=True)  # noqa: DJ001 - none is not ""

    objects = CompanyManager.from_queryset(MessageQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "once"],
                name="message_once_for_a_person",
                violation_error_message=_("This person has already been told."),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-written_at", "-id"], name="message_of_a_person"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="message_unread"),
            *indexes_of_queue("message"),
            # the previous version still uses it to find what to send: drop it in the next one
            models.Index(fields=["id"], condition=Q(emailed_at=None), name="message_to_send"),
            # what `purge` finds
            models.Index(
                fields=["read_at", "id"], condition=Q(read_at__isnull=False), name="message_read"
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def notice(self) -> Notice:
        return find_notice(self.kind)

    @property
    def about_key(self) -> int:
        """The primary key of the row that it is about."""
        return int(self.about.partition(":")[2])

    def is_outdated(self) -> bool:
        """Whether what it states is no longer true, where its notice can tell."""
        is_still_true = self.notice.is_still_true
        return is_still_true is not None and self.about != "" and not is_still_true(self)

    @property
    def subject(self) -> str:
        return build_text(self.notice.subject, self.facts) or str(UNKNOWN_NOTICE.subject)

    @property
    def text(self) -> str:
        """What happened."""
        notice = self.notice
        return build_text(notice.text, self.facts, notice.further) or str(UNKNOWN_NOTICE.text)

    @property
    def advice(self) -> str:
        """What the reader can do."""
        return build_text(self.notice.advice, self.facts) or str(UNKNOWN_NOTICE.advice)

    def _compose(self) -> EmailMessage:
        return letter("message", to=self.user, message=self)


class AccountLetter(Letter):
    """A letter about a person's own account (officers included), sent by e-mail only.

    It may be sent to a former address (`stored_address`). Its text is `mail/<template>.txt`.
    """

    hangs_on = "user"  # the second wall: see `walls.policies`

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    template = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    stored_address = models.EmailField(blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter about an account")
        verbose_name_plural = _("letters about accounts")
        ordering = ["-written_at", "-pk"]
        indexes = indexes_of_queue("account_letter")

    def __str__(self) -> str:
        return self.subject

    @property
    def subject(self) -> str:
        """The first line of its text, in the page's language; neutral words for a newer one's."""
        try:
            text = render_to_string(f"mail/{self.template}.txt", self.facts | {"person": self.user})
        except TemplateDoesNotExist:
            return str(UNKNOWN_NOTICE.subject)
        return text.strip().partition("\n")[0].strip()

    @property
    def address(self) -> str:
        return self.stored_address or str(self.user.email)

    def _compose(self) -> EmailMessage:
        return letter(self.template, to=self.user, address=self.address, **self.facts)
