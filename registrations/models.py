"""Departments and agencies, their e-services, and a company's registration with them (step 1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cse_portal import clock
from cse_portal.companies.person import Person
from cse_portal.companies.tenancy import (
    EVERY_RIGHT,
    CompanyManager,
    CompanyOwned,
    Rights,
)
from cse_portal.keys import RandomKey
from cse_portal.models import Company
from cse_portal.pages.bilingual import Bilingual, label_of
from cse_portal.settled import Settled

LONGEST = 60  # working days that a department or agency may take to answer
CODE_IS_KEPT = _("A code never changes: addresses, drafts and acknowledgments name it.")
#: names of the buttons of the procedures' pages
BUTTONS = {"detour", "remove", "csrfmiddlewaretoken"}
#: what ministries offer and ask is public; their officers change it in the admin
RIGHTS_TO_READ = Rights("SELECT", EVERY_RIGHT, "what ministries offer and ask is public")


class Ministry(models.Model):
    """A department or agency (M/O) that offers e-services."""

    #: long texts, which queries of lists leave out
    READ_ON_ITS_OWN_PAGES = ("about_fr", "about_en", "consent_fr", "consent_en")
    rights_of_roles = RIGHTS_TO_READ

    code = models.SlugField(_("code"), max_length=20, unique=True)
    acronym = models.CharField(_("acronym"), max_length=20)
    name_fr = models.CharField(_("name in French"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)
    about_fr = models.TextField(_("what it offers, in French"), blank=True)
    about_en = models.TextField(_("what it offers, in English"), blank=True)
    consent_fr = models.TextField(_("consent asked, in French"))
    consent_en = models.TextField(_("consent asked, in English"))
    processing_days = models.PositiveSmallIntegerField(
        _("processing time, in working days"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST)],
    )
    telephone = models.CharField(_("telephone"), max_length=20)
    contact_fr = models.CharField(
        _("contact in French"),
        max_length=200,
        blank=True,
        help_text=_("Beside the telephone number: hours, e-mail address, name of the service."),
    )
    contact_en = models.CharField(_("contact in English"), max_length=200, blank=True)
    takes_external_proxies = models.BooleanField(_("takes external proxies"), default=True)
    is_offered = models.BooleanField(_("offered for registration"), default=True)
    officers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("officers"),
        related_name="ministries",
        blank=True,
        limit_choices_to={"role": "officer"},
        help_text=_("An officer named at no department or agency decides for all of them."),
    )

    name = Bilingual("name")
    about = Bilingual("about")
    consent = Bilingual("consent")
    contact = Bilingual("contact")

    class Meta:
        verbose_name = _("department or agency")
        verbose_name_plural = _("departments and agencies")
        ordering = ["name_fr"]
        constraints = [
            Settled(
                fields=["code"],
                name="ministry_keeps_its_code",
                violation_error_message=CODE_IS_KEPT,
            )
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def every_question(self) -> list["Question"]:
        """Its questions at registration, in order; cached on the object."""
        return list(self.questions.all())

    @cached_property
    def every_service(self) -> list["Service"]:
        """Its e-services, withdrawn ones included; `read_services` reads those of several."""
        return list(self.services.all())


def not_a_button(code: str) -> None:
    """Refuse a code that a button of the page uses as its name. Raises ValidationError."""
    if code in BUTTONS:
        raise ValidationError(_("Choose another code: the page has a button of that name."))


class Question(models.Model):
    """A question that only some departments and agencies ask at registration."""

    rights_of_roles = RIGHTS_TO_READ

    ministry = models.ForeignKey(Ministry, on_delete=models.CASCADE, related_name="questions")
    code = models.SlugField(_("code"), max_length=40, validators=[not_a_button])
    label_fr = models.CharField(_("question in French"), max_length=200)
    label_en = models.CharField(_("question in English"), max_length=200)
    hint_fr = models.CharField(_("hint in French"), max_length=200, blank=True)
    hint_en = models.CharField(_("hint in English"), max_length=200, blank=True)
    digits = models.PositiveSmallIntegerField(
        _("number of digits"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Leave empty for an answer in words."),
    )
    is_required = models.BooleanField(_("required"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    label = Bilingual("label")
    hint = Bilingual("hint")

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ministry", "code"],
                name="question_once_per_ministry",
                violation_error_message=_("This department or agency has this question already."),
            )
        ]

    def __str__(self) -> str:
        return self.label


class Service(models.Model):
    """An e-service of a ministry, which an access right lets a person use.

    What a right to it means (whose it is, whether it must be ticked, for whom it is, its IQEA role)
    stays as it is once a proxy gives that right: `proxies/migrations/0005` has the trigger.
    """

    rights_of_roles = RIGHTS_TO_READ

    class IQEARole(models.TextChoices):
        OPERATOR = "operator", _("Operator")
        VERIFIER = "verifier", _("Verifier")

    ministry = models.ForeignKey(
        Ministry,
        verbose_name=_("department or agency"),
        on_delete=models.PROTECT,
        related_name="services",
    )
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_fr = models.CharField(_("name in French"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)
    needs_tick = models.BooleanField(
        _("must be ticked"),
        default=False,
        help_text=_("Never part of a proxy without restriction."),
    )
    is_external_only = models.BooleanField(_("for external proxies only"), default=False)
    iqea_role = models.CharField(_("IQEA role"), max_length=8, choices=IQEARole, blank=True)
    is_offered = models.BooleanField(_("offered"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    name = Bilingual("name")

    class Meta:
        verbose_name = _("e-service")
        verbose_name_plural = _("e-services")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["id", "ministry"], name="service_ministry_key"),
            models.UniqueConstraint(fields=["id", "iqea_role"], name="service_iqea_role_key"),
            Settled(
                fields=["code"], name="service_keeps_its_code", violation_error_message=CODE_IS_KEPT
            ),
            Settled(
                fields=["ministry", "needs_tick", "is_external_only", "iqea_role"],
                name="service_in_proxies_keeps_its_meaning",
                violation_error_message=_(
                    "Proxies give rights to this e-service: this can no longer change, for their "
                    "rights would change with it. Withdraw the e-service (“offered”), and add "
                    "another."
                ),
            ),
            models.CheckConstraint(
                name="service_with_an_iqea_role_must_be_ticked",
                condition=Q(iqea_role="") | Q(needs_tick=True),
                violation_error_message=_("An IQEA right must be ticked."),
            ),
            models.CheckConstraint(
                name="service_of_the_verifier_is_external_only",
                condition=~Q(iqea_role="verifier") | Q(is_external_only=True),
                violation_error_message=_("The verifier’s right is for external proxies only."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


def last_overdue_request(processing_days: int, *, on: date) -> date:
    """The latest day of request whose answer was due before the day `on`."""
    day = on - timedelta(days=1)
    while clock.working_days_after(day, processing_days) >= on:
        day -= timedelta(days=1)
    return day


@dataclass(frozen=True)
class Answer:
    """An answer of a registration, with the question as it was asked, in both languages."""

    question: str
    answer: str
    label_fr: str
    label_en: str

    @classmethod
    def to(cls, question: Question, answer: str) -> "Answer":
        return cls(question.code, answer, question.label_fr, question.label_en)

    #: the question in the language of the page
    label = Bilingual("label")


class RegistrationQuerySet(models.QuerySet):
    def decided_by(self, officer: Person) -> "RegistrationQuerySet":
        """Those of the officer's departments and agencies, or all when the officer has none."""
        own = list(officer.ministries.order_by().values_list("pk", flat=True))
        return self.filter(ministry__in=own) if own else self

    def in_process(self) -> "RegistrationQuerySet":
        return self.filter(status=Registration.Status.IN_PROCESS)

    def overdue(self, *, on: date) -> "RegistrationQuerySet":
        """In process, though the last working day to answer has passed."""
        times = Ministry.objects.values_list("processing_days", flat=True).distinct().order_by()
        last = {days: last_overdue_request(days, on=on) for days in times}
        late = Q(pk__in=[])
        for days, day in last.items():
            late |= Q(ministry__processing_days=days, requested_on__lte=day)
        #: the bound of them all, by which the index stops
        latest = max(last.values(), default=on)
        return self.in_process().filter(late, requested_on__lte=latest)

    def active(self) -> "RegistrationQuerySet":
        return self.filter(status=Registration.Status.ACTIVE)

    def latest_first(self) -> "RegistrationQuerySet":
        """In the order of the requests; a company asks a ministry again only once it refused."""
        is_refused = ExpressionWrapper(Q(status=Registration.Status.REFUSED), BooleanField())
        return self.order_by("-requested_on", "-requested_at", is_refused, "-pk")

    def standing(self) -> "RegistrationQuerySet":
        """All except the refused ones: at most one for a company and a ministry."""
        return self.exclude(status=Registration.Status.REFUSED)


class Registration(CompanyOwned):
    """The link of a company with a ministry, with its date and its status (procedure, section 1).

    Rights can be granted, and used, only while its status is « Actif ».
    """

    class Status(models.TextChoices):
        IN_PROCESS = "in_process", _("In process")
        ACTIVE = "active", _("Active")
        REFUSED = "refused", _("Refused")
        DEACTIVATED = "deactivated", _("Deactivated")

    id = RandomKey()
    company = models.ForeignKey(
        Company, verbose_name=_("company"), on_delete=models.PROTECT, related_name="registrations"
    )
    ministry = models.ForeignKey(
        Ministry,
        verbose_name=_("department or agency"),
        on_delete=models.PROTECT,
        related_name="registrations",
        db_index=False,  # `registration_of_a_ministry` serves
    )
    status = models.CharField(_("status"), max_length=11, choices=Status, default=Status.IN_PROCESS)
    requested_on = models.DateField(_("registration date"), default=clock.today)
    #: the order of the requests of one day; none for those that the version before wrote
    requested_at = models.DateTimeField(default=clock.now, null=True, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("None when the company was registered from the start."),
    )
    answers = models.JSONField(_("answers"), default=list, blank=True)
    decided_at = models.DateTimeField(_("decided on"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("None when the simulation answered in the ministry’s place."),
    )
    deactivated_at = models.DateTimeField(_("deactivated on"), null=True, blank=True)
    reason_fr = models.CharField(_("reason in French"), max_length=400, blank=True)
    reason_en = models.CharField(_("reason in English"), max_length=400, blank=True)

    reason = Bilingual("reason")

    objects = CompanyManager.from_queryset(RegistrationQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ["requested_on", "requested_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "ministry"],
                condition=~Q(status="refused"),
                name="registration_once_per_ministry_unless_refused",
                violation_error_message=_(
                    "Your company is already registered with this department or agency, or has "
                    "asked to be."
                ),
            ),
            models.UniqueConstraint(fields=["id", "company"], name="registration_company_key"),
            models.UniqueConstraint(fields=["id", "ministry"], name="registration_ministry_key"),
            models.CheckConstraint(
                name="registration_is_decided_unless_in_process",
                condition=Q(status="in_process", decided_at__isnull=True)
                | (~Q(status="in_process") & Q(decided_at__isnull=False)),
                violation_error_message=_("A decision has its date, and only a decision has one."),
            ),
            models.CheckConstraint(
                name="registration_is_refused_with_a_reason",
                condition=(Q(status="refused") & ~Q(reason_fr="", reason_en=""))
                | (~Q(status="refused") & Q(reason_fr="", reason_en="")),
                violation_error_message=_("A refusal has a reason, and only a refusal has one."),
            ),
            models.CheckConstraint(
                name="registration_is_deactivated_with_its_date",
                condition=Q(status="deactivated", deactivated_at__isnull=False)
                | (~Q(status="deactivated") & Q(deactivated_at__isnull=True)),
                violation_error_message=_(
                    "A deactivation has its date, and only a deactivation has one."
                ),
            ),
        ]

        indexes = [
            models.Index(
                fields=["status", "requested_on", "requested_at", "id"],
                name="registration_by_status",
            ),
            models.Index(
                fields=["ministry", "status", "requested_on", "requested_at", "id"],
                name="registration_of_a_ministry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} – {self.ministry.acronym}"

    @property
    def answers_as_asked(self) -> list[Answer]:
        """The answers, each with its question as it was asked, whatever became of it since.

        The version before stores its code alone: the present question of that code stands for it,
        or the code itself.
        """
        present = {question.code: question for question in self.ministry.every_question}
        found = []
        for stored in self.answers:
            code, answer = stored["question"], stored["answer"]
            if "label_fr" in stored:
                found.append(Answer(code, answer, stored["label_fr"], stored["label_en"]))
            elif code in present:
                found.append(Answer.to(present[code], answer))
            else:
                found.append(Answer(code, answer, code, code))
        return found

    @property
    def status_name(self) -> str:
        """« En traitement », « Actif », « Refusé », « Désactivé »."""
        return label_of(self.Status, self.status)

    @property
    def is_in_process(self) -> bool:
        return self.status == self.Status.IN_PROCESS

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def is_refused(self) -> bool:
        return self.status == self.Status.REFUSED

    @property
    def is_deactivated(self) -> bool:
        return self.status == self.Status.DEACTIVATED

    @property
    def is_overdue(self) -> bool:
        """In process, though the last working day to answer has passed."""
        return self.is_in_process and self.answer_due_on < clock.today()

    @property
    def answer_due_on(self) -> date:
        """The last working day on which the ministry is expected to answer."""
        return clock.working_days_after(self.requested_on, self.ministry.processing_days)

    def set_request(self, *, by: Person) -> None:
        """Set that it is in process, asked for now by that person, without saving."""
        self.status, self.requested_by = self.Status.IN_PROCESS, by
        self.requested_on, self.requested_at = clock.today(), clock.now()
        self.deactivated_at = self.decided_at = self.decided_by = None

    def set_decision(
        self, status: "Registration.Status", *, reason_fr: str = "", reason_en: str = ""
    ) -> None:
        """Set the decision, its time and its reason, without saving (see `actions`)."""
        self.status, self.decided_at = status, clock.now_but_not_before(self.requested_at)
        self.reason_fr, self.reason_en = reason_fr, reason_en


def latest_of_each(registrations: Iterable[Registration]) -> list[Registration]:
    """The latest with each ministry, of a company's registrations given latest first."""
    latest: dict[int, Registration] = {}
    for registration in registrations:
        latest.setdefault(registration.ministry_id, registration)
    return list(latest.values())
