"""The company, the draft that becomes a receipt, the keys in use, the runs of commands."""

import secrets
import uuid
from base64 import b32encode
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Func, Q
from django.db.models.functions import Cast
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _
from psycopg.errors import ExclusionViolation, UniqueViolation

from cse_portal import clock
from cse_portal.companies.tenancy import EVERY_RIGHT, CompanyOwned, Rights
from cse_portal.numbered_keys import OF_BEFORE, number_of_new_codes
from cse_portal.patterns import TEN_DIGITS, plain_text, ten_digits
from cse_portal.search.keys import OF_A_COMPANY, in_order, parts_index
from cse_portal.speed.adapters import django

#: what PostgreSQL says of a value that another row has
TAKEN = (UniqueViolation, ExclusionViolation)
#: bytes of a draft's answers: a proxy assigned to five thousand people takes sixty thousand
LONGEST_DRAFT = 256_000


@contextmanager
def in_words_of_constraints(model: type[models.Model]) -> Iterator[None]:
    """Turn the violation of a model's constraint into a ValidationError with its message.

    PostgreSQL checks all constraints in one statement; Django's own validation would make a query
    for each. Raises ValidationError; re-raises any other IntegrityError. The transaction can only
    be rolled back then, as an action that is refused does.
    """
    try:
        yield
    except IntegrityError as refused:
        broken = getattr(getattr(refused.__cause__, "diag", None), "constraint_name", None)
        for constraint in model._meta.constraints:
            if constraint.name == broken:
                message = constraint.get_violation_error_message()
                raise ValidationError(message, code=constraint.violation_error_code) from refused
        raise


def save_unless_taken(row: models.Model) -> bool:
    """Insert a row; return False if one of its unique values is already taken.

    Without the annex, there is a savepoint around each try: a violation ends the transaction.
    Raises IntegrityError for any other constraint.
    """
    if not settings.CSE_PLAIN:
        return django().insert_unless_taken(row)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as refused:
        if isinstance(refused.__cause__, TAKEN):
            return False
        raise
    return True


class Company(models.Model):
    """A tenant: a company that holds an account, known to Revenu Québec by its number."""

    identification_number = models.CharField(
        _("identification number"),
        max_length=10,
        unique=True,
        validators=[ten_digits],
        help_text=_("Ten digits, given by Revenu Québec. It is not the NEQ."),
    )
    neq = models.CharField(
        _("Québec enterprise number (NEQ)"),
        max_length=10,
        unique=True,
        validators=[ten_digits],
        help_text=_("Ten digits, given by the enterprise registrar."),
    )
    name = models.CharField(_("name"), max_length=120, validators=[plain_text])
    is_active = models.BooleanField(_("active"), default=True)

    #: names and numbers are those of a public register; a request locks its own company's row
    is_read_by_all = True
    rights_of_roles = Rights("SELECT, UPDATE (id)", EVERY_RIGHT, "a public register has them")

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = [
            models.CheckConstraint(
                name="company_identification_number_is_ten_digits",
                condition=Q(identification_number__regex=TEN_DIGITS),
                violation_error_message=ten_digits.message,
            ),
            models.CheckConstraint(
                name="company_neq_is_ten_digits",
                condition=Q(neq__regex=TEN_DIGITS),
                violation_error_message=ten_digits.message,
            ),
            models.CheckConstraint(
                name="company_has_a_name",
                condition=~Q(name=""),
                violation_error_message=_("Enter a name."),
            ),
        ]
        indexes = [
            models.Index(in_order("name"), "id", name="company_by_name"),
            models.Index(
                in_order("name"), "id", condition=Q(is_active=False), name="company_closed_by_name"
            ),
            parts_index(OF_A_COMPANY, name="company_by_parts"),
        ]

    def __str__(self) -> str:
        return self.name_and_number

    @property
    def name_and_number(self) -> str:
        """« Aciérie Boréale inc. (1000000001) »: two companies may have one name."""
        return f"{self.name} ({self.identification_number})"


class Draft(CompanyOwned):
    """Answers still open to correction. Transmitting turns it into the Receipt of the same id.

    `answers` stores, for each page, the lists of values exactly as they were posted: nothing typed
    is lost, and every page is validated again before the transmission.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    flow = models.SlugField(db_index=False)
    subject = models.CharField(max_length=40, blank=True)
    answers = models.JSONField(default=dict)
    kept_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="draft_is_no_longer_than_a_procedure_asks",
                condition=LessThanOrEqual(
                    Func(
                        Cast("answers", models.TextField()),
                        function="octet_length",
                        output_field=models.IntegerField(),
                    ),
                    LONGEST_DRAFT,
                ),
                violation_error_message=_("This is too long to be kept: shorten what you typed."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.flow} {self.id}"


#: how many numbers are drawn: of a million taken in a year, four in a row are met once in 10^24
DRAWS = 4


class Receipt(CompanyOwned):
    """Acknowledgment of receipt of one transmission: written once, never changed.

    `groups` holds the questions and answers that the person approved, in the language in which
    they read them; `consequences` the announced consequences. A trigger refuses any change.

    A trigger (`receipt_keeps_names`) writes the names of the company and of the person as they are
    at that moment: an acknowledgment shows them ever after, whatever is corrected since.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    number = models.CharField(_("number"), max_length=20, unique=True)
    company = models.ForeignKey(
        Company, verbose_name=_("company"), on_delete=models.PROTECT, related_name="receipts"
    )
    transmitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("transmitted by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    transmitted_at = models.DateTimeField(_("transmitted on"), default=clock.now)
    flow = models.SlugField(_("procedure"), db_index=False)
    subject = models.CharField(max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=2)
    #: composed of a description and of names: however long they are, it has room
    outcome = models.TextField(_("outcome"))
    groups = models.JSONField(_("answers"))
    consequences = models.JSONField(_("consequences"), default=list)
    company_name = models.TextField(_("company’s name that day"), db_default="")
    identification_number = models.TextField(_("identification number that day"), db_default="")
    person_name = models.TextField(_("person’s name that day"), db_default="")
    user_code = models.TextField(_("user code"), db_default="")
    #: false of those of before the names were kept: their printed codes do not cover them
    code_covers_names = models.BooleanField(default=True, db_default=False, editable=False)
    #: the number of the key of its authenticity code; the version before knows none
    code_key = models.SmallIntegerField(
        default=number_of_new_codes, db_default=OF_BEFORE, editable=False
    )

    class Meta:
        verbose_name = _("acknowledgment of receipt")
        verbose_name_plural = _("acknowledgments of receipt")
        ordering = ["-transmitted_at"]
        indexes = [models.Index(fields=["-transmitted_at", "-id"], name="receipt_latest")]

    def __str__(self) -> str:
        return self.number

    @staticmethod
    def draw_number(*, year: int) -> str:
        """`CSE-2026-7K3QX2AB`: drawn, so that it neither reveals how many nor comes back.

        A restored dump may hold a draft that was transmitted after the dump was made, whose number
        stands on a paper: nothing that the dump holds may lead to that number again.
        """
        return f"CSE-{year}-{b32encode(secrets.token_bytes(5)).decode()}"

    @classmethod
    def of_draft(
        cls,
        draft: Draft,
        *,
        subject: str,
        language: str,
        outcome: str,
        groups: list[dict[str, object]],
        consequences: list[str],
    ) -> "Receipt":
        """Insert the receipt that replaces the draft.

        Among a million numbers in a year, two may be equal: another one is drawn then. Raises
        IntegrityError when the draft already has its receipt.
        """
        at = clock.now()
        receipt = cls(
            id=draft.id,
            company=draft.company,
            transmitted_by=draft.author,
            transmitted_at=at,
            flow=draft.flow,
            subject=subject,
            language=language,
            outcome=outcome,
            groups=groups,
            consequences=consequences,
        )
        for _draw in range(DRAWS):
            receipt.number = cls.draw_number(year=clock.today().year)
            if save_unless_taken(receipt):
                return receipt
        raise IntegrityError(f"no number is left for the draft {draft.id}")


class KeyOnRecord(models.Model):
    """A numbered key that receipts or kept files need, by its fingerprint (`keys_on_record`)."""

    class Purpose(models.TextChoices):
        RECEIPTS = "receipts", "makes the codes of receipts"
        ANCHORS = "anchors", "signs the kept files of the trail"

    purpose = models.CharField(max_length=8, choices=Purpose)
    number = models.SmallIntegerField()
    fingerprint = models.CharField(max_length=16)
    announced_at = models.DateTimeField(default=clock.now)
    #: since when something may bear it; none while it is only announced
    used_at = models.DateTimeField(null=True, blank=True)

    rights_of_roles = Rights("", "SELECT, INSERT, UPDATE", "operators alone; it has no key")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "number", "fingerprint"], name="key_is_on_record_once"
            ),
            models.UniqueConstraint(
                fields=["purpose", "number"],
                condition=Q(number__gt=OF_BEFORE),
                name="number_is_of_one_key",
                violation_error_message=_("Another key has this number."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.fingerprint})"


class CommandRun(models.Model):
    """The last run of a command of the operators, one row a command (`cse_portal.commands.runs`).

    While several machines run it, the row tells of the one that began or ended last. A run that was
    killed stays `under_way`.
    """

    class Result(models.TextChoices):
        UNDER_WAY = "under_way"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        STOPPED = "stopped"  # by Ctrl-C or SIGTERM: what was done stays

    command = models.CharField(primary_key=True, max_length=40)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=10, choices=Result)
    #: the end of the last run that succeeded, whatever followed it
    succeeded_at = models.DateTimeField(null=True)
    #: the sentence that it ended with; of an unexpected error, its kind alone
    told = models.TextField(blank=True, default="")

    rights_of_roles = Rights("", "SELECT, INSERT, UPDATE", "operators alone; it names no person")

    def __str__(self) -> str:
        return f"{self.command}: {self.result}"
