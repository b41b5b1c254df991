"""People, their verification codes, and the counted tries of the sign-in."""

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device

from cse_portal import clock
from cse_portal.acting import permissions
from cse_portal.companies.tenancy import (
    EVERY_RIGHT,
    CompanyManager,
    CompanyOwned,
    Rights,
    across_companies,
)
from cse_portal.keyed_hash import is_keyed_hash, keyed_hash
from cse_portal.keys import RandomKey
from cse_portal.locks import locked
from cse_portal.models import Company
from cse_portal.pages.bilingual import label_of
from cse_portal.patterns import (
    UP_TO_FOUR_DIGITS,
    USER_CODE,
    email_address,
    person_name,
    plain_text,
    up_to_four_digits,
    user_code,
)
from cse_portal.search.keys import OF_A_PERSON, email_key, in_order, parts_index
from notices.models import Event, Message

#: the order of the officers' list of people; in the portal, `by_name` is that of a company's
BY_NAME = (in_order("family_name"), in_order("first_name"), "id")


class DirectoryKey(models.Func):
    """Sort key of a name in a directory: ignores accents and case, whatever the server's locale."""

    function = "DIRECTORY_KEY"
    output_field = models.TextField()


class FileStatus(models.TextChoices):
    """The filters of the list of files."""

    ACTIVE = "active", _("Active files")
    SUSPENDED = "suspended", _("Suspended files")
    NEVER_SIGNED_IN = "new", _("Not signed in yet")
    EXPIRED = "expired", _("Temporary password expired")
    UNREACHABLE = "unreachable", _("E-mails do not arrive")


def unread_messages_of(user: str) -> Coalesce:
    """An expression: the number of unread messages of the person whose key is in that column."""
    unread = Message.objects.unread().filter(user=OuterRef(user)).order_by()
    count = unread.values("user").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(count), 0)


#: letters do not reach the person's current address
UNREACHABLE = Q(undelivered_email=F("email")) & ~Q(undelivered_email="")


class UserQuerySet(models.QuerySet):
    def with_status(self, status: str) -> "UserQuerySet":
        """Those with a FileStatus; all of them for an unknown one."""
        conditions = {
            FileStatus.ACTIVE.value: Q(is_active=True),
            FileStatus.SUSPENDED.value: Q(is_active=False),
            FileStatus.NEVER_SIGNED_IN.value: Q(is_active=True, last_login=None),
            FileStatus.EXPIRED.value: Q(
                is_active=True, temporary_password_expires_at__lte=clock.now()
            ),
            FileStatus.UNREACHABLE.value: Q(is_active=True) & UNREACHABLE,
        }
        return self.filter(conditions.get(status, Q()))

    def who_may_act(self) -> "UserQuerySet":
        """Those who are neither suspended nor of a closed company, each with their company."""
        is_open = Q(company=None) | Q(company__is_active=True)
        return self.select_related("company").filter(is_open, is_active=True)

    def signed_in_by(self, session: int) -> "UserQuerySet":
        """The person whose session was opened by the verification code of that key."""
        return self.filter(signincode__pk=session, signincode__confirmed=True)

    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def who_can_sign_in(self) -> "UserQuerySet":
        """Those whose file is active, with a password that is good today.

        Their own, or a temporary one that has not expired; a password that was removed by a reset
        or has not been shown yet is none.
        """
        has_password = ~Q(password="") & ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        until = "temporary_password_expires_at"
        is_good = Q(**{until: None}) | Q(**{f"{until}__gt": clock.now()})
        return self.active().filter(has_password, is_good)

    def esms(self) -> "UserQuerySet":
        return self.filter(role=User.Role.ESM)

    def with_unread_messages(self) -> "UserQuerySet":
        """Annotated with `unread_messages`, the number that the header displays."""
        return self.annotate(unread_messages=unread_messages_of("pk"))

    def acted(self) -> "UserQuerySet":
        """Those who changed something in their company's account."""
        return self.filter(pk__in=Event.objects.exclude(by=None).values("by"))

    def by_name(self) -> "UserQuerySet":
        """In the order of a directory."""
        return self.order_by(DirectoryKey("family_name"), DirectoryKey("first_name"), "user_code")

    def matching(self, words: str) -> "UserQuerySet":
        """Those whose names, user code or e-mail address contain each of the words."""
        people = self
        for word in words.split():
            people = people.filter(
                Q(family_name__unaccent__icontains=word)
                | Q(first_name__unaccent__icontains=word)
                | Q(user_code__istartswith=word)
                | Q(email__icontains=word)
            )
        return people


def written_forms(password: str) -> list[str]:
    """A password as it is compared: in NFKC, then as it was typed.

    Two keyboards write « é » in two ways, and full-width letters are others than plain ones (NIST
    SP 800-63B-4, 3.1.1.2). Passwords that were stored as they were typed are still right.
    """
    return list(dict.fromkeys([unicodedata.normalize("NFKC", password), password]))


class UserManager(CompanyManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, code: str) -> "User":
        """The account with this user code, read before its company is known (sign-in, commands).

        Raises User.DoesNotExist, also for what can be no user code.
        """
        code = User.normalize_username(code)
        if not re.fullmatch(USER_CODE, code):
            raise User.DoesNotExist
        with across_companies(because="a user code is unique across companies"):
            return self.select_related("company").get(user_code=code)

    def lock_in_order(self, keys: Iterable[int]) -> None:
        """Lock the rows of people, in the order of their keys."""
        rows = locked(self.filter(pk__in=list(keys)))
        list(rows.order_by("pk").values_list("pk"))

    def create_superuser(self, user_code: str, password: str, **fields: Any) -> "User":
        """An officer with every permission in the admin (command `createsuperuser`)."""
        officer = User(
            user_code=User.normalize_username(user_code),
            role=User.Role.OFFICER,
            is_superuser=True,
            **fields,
        )
        officer.set_password(password)
        officer.save()
        return officer


class User(CompanyOwned, AbstractBaseUser, PermissionsMixin):
    """A person who signs in: ESM or user of a company, or a ministry's officer."""

    Role = permissions.Role

    #: whether `set_password` replaced a password
    had_password = False
    #: what the session in which the person was read says of their password; empty without one
    session_hash = ""

    if TYPE_CHECKING:
        is_verified: Callable[[], bool]  # set by django-otp's middleware
        temporary_password: str  # of a file just created in the admin, to be shown once
        otp_device: "SignInCode | None"  # of the current session; None without one
        unread_messages: int  # annotated by the query of the session, for the header

    id = RandomKey()
    # typed as never None: only officers have none, and no screen of theirs reads it
    company: "models.ForeignKey[Any, Company]" = models.ForeignKey(  # type: ignore[misc]
        Company,
        verbose_name=_("company"),
        on_delete=models.PROTECT,
        related_name="users",
        db_index=False,  # the index `user_in_a_directory` is used
        null=True,
        blank=True,
        help_text=_("None for a ministry officer."),
    )
    user_code = models.CharField(
        _("user code"), max_length=12, unique=True, validators=[user_code], editable=False
    )
    role = models.CharField(_("user type"), max_length=7, choices=Role, default=Role.USER)
    family_name = models.CharField(
        _("family name"), max_length=100, validators=[plain_text, person_name]
    )
    first_name = models.CharField(
        _("first name"), max_length=100, validators=[plain_text, person_name]
    )
    email = models.EmailField(_("e-mail address"), validators=[plain_text, email_address])
    #: the address that letters did not reach, until one does; empty otherwise
    undelivered_email = models.EmailField(blank=True, default="", db_default="", editable=False)
    telephone = models.CharField(_("telephone"), max_length=20, blank=True)
    extension = models.CharField(
        _("extension"), max_length=4, blank=True, validators=[up_to_four_digits]
    )
    language = models.CharField(
        _("language of correspondence"), max_length=2, choices=settings.LANGUAGES, default="fr"
    )
    is_active = models.BooleanField(_("active"), default=True)
    temporary_password_expires_at = models.DateTimeField(
        _("temporary password good until"), null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created on"), default=clock.now, editable=False)

    USERNAME_FIELD = "user_code"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["family_name", "first_name", "email"]

    objects = UserManager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(
                name="user_code_is_four_to_twelve_capitals_or_digits",
                condition=Q(user_code__regex=USER_CODE),
                violation_error_message=user_code.message,
            ),
            models.CheckConstraint(
                name="user_extension_is_up_to_four_digits",
                condition=Q(extension__regex=UP_TO_FOUR_DIGITS),
                violation_error_message=up_to_four_digits.message,
            ),
            models.CheckConstraint(
                name="user_has_a_company_unless_an_officer",
                condition=Q(role="officer", company__isnull=True)
                | Q(role__in=["user", "esm"], company__isnull=False),
                violation_error_message=_(
                    "An ESM or a user belongs to a company; a ministry officer to none."
                ),
            ),
            models.CheckConstraint(
                name="user_superuser_is_an_officer",
                condition=Q(is_superuser=False) | Q(role="officer"),
                violation_error_message=_("Only a ministry officer can be a superuser."),
            ),
            models.CheckConstraint(
                name="user_language_is_french_or_english",
                condition=Q(language__in=["fr", "en"]),
                violation_error_message=_("Choose French or English."),
            ),
            models.UniqueConstraint(fields=["id", "company"], name="user_company_key"),
        ]
        indexes = [
            models.Index(
                "company",
                DirectoryKey("family_name"),
                DirectoryKey("first_name"),
                "user_code",
                name="user_in_a_directory",
            ),
            models.Index(*BY_NAME, name="user_by_name"),
            models.Index(*BY_NAME, condition=Q(role="officer"), name="officer_by_name"),
            models.Index(*BY_NAME, condition=Q(is_active=False), name="suspended_by_name"),
            models.Index(
                in_order("first_name"), in_order("family_name"), "id", name="user_by_first_name"
            ),
            models.Index(email_key("email"), "id", name="user_by_email"),
            parts_index(OF_A_PERSON, name="user_by_parts"),
        ]

    def __str__(self) -> str:
        return self.name_and_code

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """A typed user code as it is stored: in capitals, without spaces."""
        return "".join(username.split()).upper()

    def set_password(self, raw_password: str | None) -> None:
        """As `written_forms` has it first, whichever keyboard it was typed on."""
        self.had_password = bool(self.password) and self.has_usable_password()
        super().set_password(raw_password and written_forms(raw_password)[0])

    def check_password(self, raw_password: str | None) -> bool:
        forms = [raw_password] if raw_password is None else written_forms(raw_password)
        return any(super(User, self).check_password(one) for one in forms)

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.family_name}"

    @property
    def name_and_code(self) -> str:
        """« Marie Tremblay (TREM1001) »: two people may have one name."""
        return f"{self.full_name} ({self.user_code})"

    def get_session_auth_hash(self) -> str:
        """Django's keyed hash of the password, under the key by which the session has it.

        A session ends with its password, and not with the key. Django would move one that was made
        under another known key to a new session key: while two machines change keys one after the
        other, each page would, and of two pages asked for at once, one would be signed out.
        """
        present = super().get_session_auth_hash()
        if not self.session_hash or constant_time_compare(self.session_hash, present):
            return present
        others = self.get_session_auth_fallback_hash()
        is_known = any(constant_time_compare(self.session_hash, other) for other in others)
        return self.session_hash if is_known else present

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.first_name

    @property
    def role_name(self) -> str:
        """« Utilisateur », « Responsable des services électroniques »…"""
        return label_of(self.Role, self.role)

    @property
    def is_esm(self) -> bool:
        return self.role == self.Role.ESM

    @property
    def is_officer(self) -> bool:
        return self.role == self.Role.OFFICER

    @property
    def is_staff(self) -> bool:
        """Whether the person may use Django's admin: only officers."""
        return self.is_officer

    @property
    def must_choose_password(self) -> bool:
        """Whether the password is temporary: the person must first choose their own."""
        return self.temporary_password_expires_at is not None

    @property
    def temporary_password_has_expired(self) -> bool:
        expires_at = self.temporary_password_expires_at
        return expires_at is not None and expires_at <= clock.now()

    @property
    def is_unreachable(self) -> bool:
        """Whether letters do not reach the current address."""
        return bool(self.email) and self.undelivered_email == self.email

    def note_delivery(self, address: str, *, arrived: bool) -> None:
        """Store whether a letter reached the address, if it is still the person's address."""
        undelivered = "" if arrived else address
        if address == self.email and self.undelivered_email != undelivered:
            type(self)._default_manager.filter(pk=self.pk).update(undelivered_email=undelivered)
            self.undelivered_email = undelivered

    @property
    def masked_email(self) -> str:
        """`m•••@acierie.example`: enough to recognize one's own address, not to learn it."""
        local, _at, domain = self.email.rpartition("@")
        return f"{local[:1]}•••@{domain}"


class EmailedCode(models.Model):
    """A seven-digit code sent by e-mail, valid for some minutes, one use and five tries.

    Only its keyed hash is stored, with a salt (`name`).
    """

    DIGITS = 7
    TRIES = 5
    AGAIN_AFTER = timedelta(minutes=1)

    name = models.CharField(max_length=64)
    confirmed = models.BooleanField(default=False)
    digest = models.CharField(max_length=64)
    issued_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)

    if TYPE_CHECKING:  # defined by each subclass
        user_id: int

    class Meta:
        abstract = True

    def set_digits(self, digits: str) -> None:
        """Store the hash of the digits, with a new salt."""
        self.name = secrets.token_hex(16)
        self.digest = self.digest_of(digits)

    @classmethod
    def new_digits(cls) -> str:
        return f"{secrets.randbelow(10**cls.DIGITS):0{cls.DIGITS}d}"

    def digest_of(self, digits: str) -> str:
        return keyed_hash(self._purpose, self._hashed(digits))

    def has_digits(self, digits: str) -> bool:
        """Whether these are the digits, whichever machine sent them."""
        return is_keyed_hash(self.digest, self._purpose, self._hashed(digits))

    @property
    def _purpose(self) -> str:
        return f"users.{type(self).__name__}"

    def _hashed(self, digits: str) -> str:
        return f"{self.user_id}:{self.name}:{digits}"

    @property
    def is_spent(self) -> bool:
        """Whether it was tried five times, or used."""
        return self.tries >= self.TRIES or self.confirmed

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= clock.now()

    @property
    def is_too_recent(self) -> bool:
        """Whether it was sent less than a minute ago: another must wait."""
        return clock.now() < self.issued_at + self.AGAIN_AFTER

    def verify_token(self, token: str) -> bool:
        """Count a try and compare the digits; True only once, for the right ones.

        Each step is one conditional UPDATE: of twenty simultaneous tries only five are compared,
        and two right ones open one session only.
        """
        code = type(self)._default_manager.filter(pk=self.pk, confirmed=False)
        usable = code.filter(expires_at__gt=clock.now(), tries__lt=self.TRIES)
        if not usable.update(tries=F("tries") + 1):
            return False
        if not self.has_digits(token):
            return False
        return bool(code.update(confirmed=True))


class SignInCodeQuerySet(models.QuerySet):
    def open_sessions(self) -> "SignInCodeQuerySet":
        """Those of current sessions: neither idle nor too old."""
        now = clock.now()
        return self.filter(
            confirmed=True,
            seen_at__gt=now - timedelta(minutes=settings.CSE_IDLE_MINUTES),
            signed_in_at__gt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE),
        )


class SignInCode(EmailedCode, Device):
    """The verification code of one pending sign-in, then of the session (domain, section 5).

    Valid for `CSE_CODE_MINUTES`. Once the code is entered (`confirmed`), this row is the device, in
    django-otp's sense, that verifies the session: deleting it ends the session.
    """

    hangs_on, is_read_before_sign_in = "user", True  # the second wall: see `walls.policies`

    id = RandomKey()
    signed_in_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    # with a database default, as the previous version still inserts rows during an upgrade
    browser = models.CharField(max_length=60, blank=True, default="", db_default="")

    objects = SignInCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("verification code")
        verbose_name_plural = _("verification codes")
        constraints = [
            models.CheckConstraint(
                name="sign_in_code_is_tried_at_most_five_times",
                condition=Q(tries__lte=5),
                violation_error_message=_("A verification code is tried at most five times."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.issued_at:%Y-%m-%d %H:%M}"

    def open_session(self, *, browser: str) -> bool:
        """The right code was entered: this row now represents an open session.

        False if the row is gone: whatever ended the person's sessions came first.
        """
        self.signed_in_at = self.seen_at = clock.now()
        self.browser = browser
        row = type(self)._default_manager.filter(pk=self.pk)
        opened = {"signed_in_at": self.signed_in_at, "seen_at": self.seen_at, "browser": browser}
        return bool(row.update(**opened))

    def as_entered_just_now(self, digits: str) -> "SignInCode | None":
        """This code, if it is right and was entered within the minute: a form was sent twice.

        The second form opens no second session: both answers lead into the one that is open.
        """
        lately = clock.now() - self.AGAIN_AFTER
        entered = type(self)._default_manager.filter(pk=self.pk, confirmed=True)
        is_recent = Q(signed_in_at__gt=lately) | Q(signed_in_at=None, expires_at__gt=clock.now())
        code: SignInCode | None = entered.filter(is_recent).first()
        return code if code and code.has_digits(digits) else None

    def mark_seen(self) -> None:
        """Store that the session is active now."""
        self.seen_at = clock.now_but_not_before(self.seen_at)
        type(self)._default_manager.filter(pk=self.pk).update(seen_at=self.seen_at)

    @classmethod
    def issue(cls, user: User, *, until: datetime) -> tuple["SignInCode", str]:
        """Create a code for the user; return the row, and the digits to send by e-mail."""
        digits = cls.new_digits()
        code = cls(user=user, confirmed=False, expires_at=until, issued_at=clock.now())
        code.set_digits(digits)
        code.save()
        return code, digits


class EmailChange(EmailedCode):
    """A new e-mail address, not used until the code sent to it is entered.

    At most one for a person: a new request replaces it. Its code opens no session.
    """

    hangs_on = "user"  # the second wall: see `walls.policies`

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="email_change"
    )
    new_email = models.EmailField(validators=[plain_text, email_address])

    class Meta:
        verbose_name = _("change of e-mail address")
        verbose_name_plural = _("changes of e-mail address")
        constraints = [
            models.CheckConstraint(
                name="email_change_is_tried_at_most_five_times",
                condition=Q(tries__lte=5),
                violation_error_message=_("A verification code is tried at most five times."),
            ),
        ]

    def __str__(self) -> str:
        return self.new_email

    def _hashed(self, digits: str) -> str:
        """With the address too: the code of one address confirms no other."""
        return super()._hashed(f"{self.new_email}:{digits}")


class Tries(models.Model):
    """A count of tries of a kind for a key (a user code, a person, an address).

    Shared by all processes and machines. `lockout.py` has the limit of each kind, and makes of each
    key a keyed hash: people type a password where a user code is asked for.
    """

    rights_of_roles = Rights("", EVERY_RIGHT, "tries are counted before a company is known")

    class Kind(models.TextChoices):
        PASSWORD = "password", _("Wrong passwords for a user code")
        CODE = "code", _("Wrong verification codes of a person")
        LETTER = "letter", _("Verification codes sent to a person, none of them given")
        ADDRESS = "address", _("Wrong passwords from an address")

    kind = models.CharField(max_length=8, choices=Kind)
    key = models.CharField(max_length=64)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(default=clock.now)
    last_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("sign-in tries")
        verbose_name_plural = _("sign-in tries")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                name="tries_are_counted_once",
                violation_error_message=_("These tries are already counted."),
            ),
            models.CheckConstraint(
                name="passwords_are_tried_five_times_at_most",
                condition=~Q(kind="password") | Q(count__lte=5),
                violation_error_message=_("A password is tried at most five times."),
            ),
        ]
        indexes = [models.Index(fields=["last_at"], name="tries_by_age")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
