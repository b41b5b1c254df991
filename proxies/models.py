"""Proxies, the access rights that they bundle, and their assignment to users (steps 3 and 4)."""

from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cse_portal import clock
from cse_portal.companies.tenancy import CompanyManager, CompanyOwned, Rights
from cse_portal.keys import RandomKey
from cse_portal.models import Company
from cse_portal.patterns import plain_text
from proxies.terms import MAXIMUM_YEARS, YearsAfter
from registrations.models import Ministry, Registration, Service
from users.models import User

LONGEST_DESCRIPTION = 200


class ProxyQuerySet(models.QuerySet):
    def in_force(self, *, on: date) -> "ProxyQuerySet":
        """Neither revoked, nor renounced, nor expired on that day."""
        return self.filter(revoked_at=None, renounced_at=None, ends_on__gte=on)

    def given_by(self, company: Company | int) -> "ProxyQuerySet":
        return self.filter(mandator=company)

    def with_parties(self) -> "ProxyQuerySet":
        """With the mandator and the agent, if any, in the same query."""
        return self.select_related("agent", "mandator")

    def received_by(self, company: Company | int) -> "ProxyQuerySet":
        return self.filter(agent=company)

    def held_by(self, company: Company | int) -> "ProxyQuerySet":
        """Those that the company may assign: its internal proxies, and those it received."""
        return self.filter(holder=getattr(company, "pk", company))

    def with_rights_by(self, registration: Registration, *, on: date) -> "ProxyQuerySet":
        """Proxies in force that day with rights at the ministry of the mandator's registration."""
        rights = AccessRight.objects.standing().filter(ministry=registration.ministry_id)
        given = self.given_by(registration.company_id).in_force(on=on)
        return given.filter(pk__in=rights.values("proxy"))


class Proxy(CompanyOwned):
    """A bundle of access rights with an end date and a description, given by the mandator.

    Internal: to the mandator's own users. External: to another company, the agent, which assigns it
    to its users. The three years count from `term_starts_on`: the day it was given or last
    extended.
    """

    class State(models.TextChoices):
        IN_FORCE = "in_force", _("In force")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("Revoked")
        RENOUNCED = "renounced", _("Renounced by the agent")

    company_columns = ("mandator", "agent")

    id = RandomKey()
    mandator = models.ForeignKey(
        Company,
        verbose_name=_("mandator"),
        on_delete=models.PROTECT,
        related_name="proxies_given",
    )
    agent = models.ForeignKey(
        Company,
        verbose_name=_("agent"),
        on_delete=models.PROTECT,
        related_name="proxies_received",
        null=True,
        blank=True,
    )
    holder = models.GeneratedField(
        expression=Coalesce("agent", "mandator"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    term_starts_on = models.DateField(_("period starts on"), default=clock.today)
    ends_on = models.DateField(_("end date"))
    description = models.CharField(
        _("description"), max_length=LONGEST_DESCRIPTION, validators=[plain_text]
    )
    given_at = models.DateTimeField(_("given on"), default=clock.now)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("given by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    revoked_at = models.DateTimeField(_("revoked on"), null=True, blank=True)
    renounced_at = models.DateTimeField(_("renounced on"), null=True, blank=True)
    #: whether its expiry is recorded in both histories (`proxies.reminders`)
    is_expiry_recorded = models.BooleanField(default=False, db_default=False, editable=False)
    #: days before this end date of the last reminder that was given; 0 for none. A trigger
    #: (`proxy_is_reminded_again`) puts it back when the end date moves
    last_reminder = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)

    objects = CompanyManager.from_queryset(ProxyQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("proxy")
        verbose_name_plural = _("proxies")
        constraints = [
            models.CheckConstraint(
                name="proxy_lasts_under_three_years",
                condition=Q(ends_on__gte=F("term_starts_on"))
                & Q(ends_on__lt=YearsAfter("term_starts_on", years=MAXIMUM_YEARS)),
                violation_error_message=_("A proxy is valid for at most three years minus a day."),
            ),
            models.CheckConstraint(
                name="proxy_agent_is_another_company",
                condition=Q(agent__isnull=True) | ~Q(agent=F("mandator")),
                violation_error_message=_("The agent is another company than the mandator."),
            ),
            models.CheckConstraint(
                name="proxy_has_a_description",
                condition=~Q(description=""),
                violation_error_message=_("Enter a description."),
            ),
            models.CheckConstraint(
                name="proxy_ends_once",
                condition=Q(revoked_at__isnull=True) | Q(renounced_at__isnull=True),
                violation_error_message=_("A proxy is either revoked or renounced."),
            ),
            models.CheckConstraint(
                name="proxy_is_renounced_by_an_agent",
                condition=Q(renounced_at__isnull=True) | Q(agent__isnull=False),
                violation_error_message=_("Only an external proxy can be renounced."),
            ),
            models.UniqueConstraint(fields=["id", "mandator"], name="proxy_mandator_key"),
            models.UniqueConstraint(fields=["id", "holder"], name="proxy_holder_key"),
        ]
        indexes = [
            models.Index(
                fields=["ends_on"],
                condition=Q(
                    revoked_at__isnull=True, renounced_at__isnull=True, is_expiry_recorded=False
                ),
                name="proxy_by_its_end",
            ),
            models.Index(
                fields=["last_reminder", "ends_on", "id"],
                condition=Q(
                    revoked_at__isnull=True, renounced_at__isnull=True, is_expiry_recorded=False
                ),
                name="proxy_by_its_next_reminder",
            ),
        ]

    if TYPE_CHECKING:  # set by `rules.read_rights` and `flows.giving.to_copy`
        standing_rights: list["AccessRight"]
        to_copy: Any
        own_assignments: list["Assignment"]  # set by `flows.deactivating`

    def __str__(self) -> str:
        return self.description

    @property
    def is_external(self) -> bool:
        return self.agent_id is not None

    @property
    def kind_display(self) -> str:
        return str(_("External") if self.is_external else _("Internal"))

    def state_on(self, day: date) -> "Proxy.State":
        """Its state on that day; the end date itself is still in force."""
        if self.revoked_at:
            return self.State.REVOKED
        if self.renounced_at:
            return self.State.RENOUNCED
        return self.State.IN_FORCE if day <= self.ends_on else self.State.EXPIRED

    @property
    def state(self) -> "Proxy.State":
        return self.state_on(clock.today())

    @property
    def is_in_force(self) -> bool:
        return self.state == self.State.IN_FORCE


class AccessRightQuerySet(models.QuerySet):
    def standing(self) -> "AccessRightQuerySet":
        """Those in the proxy now; the others are its history."""
        return self.filter(ended_at=None)


class AccessRight(CompanyOwned):
    """The rights of a proxy at one ministry: all its services, or only the ticked ones.

    A change ends this row and adds another, so that what an agent could do, and when, stays on
    record (RDOCECA, section 6.6).
    """

    class Scope(models.TextChoices):
        FULL = "full", _("Without restriction")
        RESTRICTED = "restricted", _("With restriction")

    company_columns = ("mandator", "proxy__agent")

    id = RandomKey()
    proxy = models.ForeignKey(Proxy, on_delete=models.PROTECT, related_name="access_rights")
    mandator = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    registration = models.ForeignKey(
        Registration, on_delete=models.PROTECT, related_name="access_rights"
    )
    ministry = models.ForeignKey(Ministry, on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(_("restriction"), max_length=10, choices=Scope)
    services = models.ManyToManyField(Service, through="TickedService", related_name="+")
    granted_at = models.DateTimeField(_("granted on"), default=clock.now)
    ended_at = models.DateTimeField(_("ended on"), null=True, blank=True)

    objects = CompanyManager.from_queryset(AccessRightQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("access right")
        verbose_name_plural = _("access rights")
        constraints = [
            models.UniqueConstraint(
                fields=["proxy", "ministry"],
                condition=Q(ended_at__isnull=True),
                name="access_right_once_per_ministry",
                violation_error_message=_("This proxy has rights at this ministry already."),
            ),
            models.UniqueConstraint(fields=["id", "ministry"], name="access_right_ministry_key"),
        ]

    def __str__(self) -> str:
        return f"{self.ministry.acronym} – {self.get_scope_display()}"

    @property
    def is_restricted(self) -> bool:
        return self.scope == self.Scope.RESTRICTED

    @cached_property
    def ticked_services(self) -> list[Service]:
        """Those ticked under « Avec restriction »; `rules.read_rights` sets it for many rights."""
        return list(self.services.all())

    def covers(self, service: Service) -> bool:
        """Whether the right includes the service.

        « Sans restriction » never includes a service that must be ticked, nor one that only
        external holders may have when the proxy is internal.
        """
        if service.ministry_id != self.ministry_id:
            return False
        if self.is_restricted:
            return service in self.ticked_services
        return covers_without_restriction(service, is_external=self.proxy.is_external)


class EService(Protocol):
    """The attributes by which « Sans restriction » includes an e-service or not."""

    @property
    def needs_tick(self) -> bool: ...
    @property
    def is_external_only(self) -> bool: ...


def covers_without_restriction(service: EService, *, is_external: bool) -> bool:
    """Whether « Sans restriction » at the service's ministry includes it."""
    return not service.needs_tick and (is_external or not service.is_external_only)


class TickedService(models.Model):
    """One service ticked under « Avec restriction », with the IQEA role that it had then.

    A composite key ties that role to the service's own, which thus stays as it is.
    """

    hangs_on = "access_right"  # row-level security: see `walls.policies`

    access_right = models.ForeignKey(AccessRight, on_delete=models.CASCADE, related_name="ticked")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    ministry = models.ForeignKey(Ministry, on_delete=models.PROTECT, related_name="+")
    iqea_role = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["access_right", "service"], name="ticked_service_once_per_right"
            )
        ]

    def __str__(self) -> str:
        return str(self.service)


class AssignmentQuerySet(models.QuerySet):
    def standing(self) -> "AssignmentQuerySet":
        """Not ended, whether or not the proxy is still in force."""
        return self.filter(ended_at=None)

    def in_force(self, *, on: date) -> "AssignmentQuerySet":
        """Not ended, and of a proxy in force on that day."""
        return self.filter(in_force(on))


def in_force(on: date, assignment: str = "") -> Q:
    """Condition for an assignment in force on that day.

    `assignment` is the lookup prefix, such as `assignments__`; without any assignment, it is false.
    """
    conditions = {"ended_at": None, "proxy__revoked_at": None, "proxy__renounced_at": None}
    return Q(**{f"{assignment}{name}": value for name, value in conditions.items()}) & Q(
        **{f"{assignment}proxy__ends_on__gte": on}
    )


class Assignment(CompanyOwned):
    """A proxy attached to one user of the company that holds it (procedure, section 4).

    A user has at most one proxy of each mandator: one internal, one for each client company.
    """

    id = RandomKey()
    proxy = models.ForeignKey(
        Proxy, verbose_name=_("proxy"), on_delete=models.PROTECT, related_name="assignments"
    )
    user = models.ForeignKey(
        User, verbose_name=_("user"), on_delete=models.PROTECT, related_name="assignments"
    )
    company = models.ForeignKey(
        Company,
        verbose_name=_("company"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # `assignment_of_a_person` serves
    )
    mandator = models.ForeignKey(
        Company, verbose_name=_("mandator"), on_delete=models.PROTECT, related_name="+"
    )
    assigned_at = models.DateTimeField(_("assigned on"), default=clock.now)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    ended_at = models.DateTimeField(_("ended on"), null=True, blank=True)

    objects = CompanyManager.from_queryset(AssignmentQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "mandator"],
                condition=Q(ended_at__isnull=True),
                name="assignment_one_per_user_and_mandator",
                violation_error_message=_("This user already holds a proxy."),
            ),
        ]
        indexes = [models.Index(fields=["company", "user"], name="assignment_of_a_person")]

    def __str__(self) -> str:
        return f"{self.user} – {self.proxy}"


class Newcomer(models.Model):
    """A person who may have come to a proxy after its reminder was given.

    PostgreSQL writes it, whoever assigns a proxy, makes an ESM or reactivates a file (triggers
    `…_may_be_a_newcomer`); `proxies.reminders` reads it, and deletes it once the person is told.
    """

    rights_of_roles = Rights("", "SELECT, DELETE", "reminders are for the people of every company")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.user)
