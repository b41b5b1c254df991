"""What happens to people's files and passwords. Each verb is one transaction."""

import secrets
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cse_portal import clock
from cse_portal.acting.door import act, lock_company
from cse_portal.acting.permissions import Verb
from cse_portal.mail import letter, refused_for_good
from cse_portal.models import in_words_of_constraints, save_unless_taken
from cse_portal.web.security_log import note
from notices.actions import queue_letter, record
from notices.happenings import Happening
from users import happenings, lockout
from users.models import EmailChange, SignInCode, SignInCodeQuerySet, Tries, User

# No 0/O, 1/I/L: read aloud or copied from paper, each character is one only.
UNAMBIGUOUS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
GROUPS, GROUP_LENGTH = 4, 5  # twenty characters of thirty-one: 99 bits


@act(Verb.CREATE_FILE, savepoint=False)
def create_user_file(
    *,
    by: User,
    family_name: str,
    first_name: str,
    email: str,
    telephone: str = "",
    extension: str = "",
    language: str = "fr",
    role: str = User.Role.USER,
) -> User:
    """Open the file of a new user of the ESM's company (procedure, section 2).

    The user gets a user code at once; the temporary password is made when it is shown.
    """
    user = User(
        company=by.company,
        family_name=family_name,
        first_name=first_name,
        email=email,
        telephone=telephone,
        extension=extension,
        language=language,
        role=role,
    )
    user.set_unusable_password()
    user = save_with_new_code(user)
    _record(happenings.FILE_CREATED, user, by=by)
    return user


def why_not_edited(user: User, *, by: User) -> str:
    """Another ESM's file is suspended or reactivated, nothing else (domain, section 3)."""
    if user.is_esm and user.pk != by.pk:
        return _(
            "The file of another electronic services manager can only be suspended or reactivated."
        )
    return ""


def why_not_readdressed(user: User, email: str, *, by: User) -> str:
    """One's own new e-mail address counts only after a code sent to it: in one's profile."""
    if user.pk == by.pk and email != user.email:
        return _("You change your own e-mail address in your profile: a code is sent to it.")
    return ""


def why_not_suspended(user: User) -> str:
    """What keeps a file from being suspended."""
    if not user.is_active:
        return _("This file is already suspended.")
    return why_not_left(user, role=user.role, is_active=False)


def why_not_left(user: User, *, role: str, is_active: bool) -> str:
    """A company always keeps at least one active ESM (domain, section 3)."""
    manages = user.is_esm and user.is_active
    if not manages or (is_active and role == User.Role.ESM):
        return ""
    others = User.objects.active().esms().filter(company=user.company_id).exclude(pk=user.pk)
    if others.exists():
        return ""
    return _("A company always keeps an active electronic services manager: this is the last.")


@act(Verb.EDIT_FILE)
def change_user_file(
    user: User,
    *,
    by: User,
    family_name: str | None = None,
    first_name: str | None = None,
    email: str | None = None,
    telephone: str | None = None,
    extension: str | None = None,
    language: str | None = None,
    role: str | None = None,
) -> User:
    """Change what a file says, the user type included (Modification d'un dossier).

    What is not given stays. The person's next request already has the new type. When the e-mail
    address changes, the old one is told. Raises ValidationError for another ESM's file, for the
    last active ESM's type, for one's own e-mail address, or when nothing changes.
    """
    user = _lock(user, by=by)
    asked = {
        "family_name": family_name,
        "first_name": first_name,
        "email": email,
        "telephone": telephone,
        "extension": extension,
        "language": language,
        "role": role,
    }
    changes = {
        name: value
        for name, value in asked.items()
        if value is not None and value != getattr(user, name)
    }
    new_email, new_role = changes.get("email", user.email), changes.get("role", user.role)
    if obstacle := why_not_edited(user, by=by) or why_not_readdressed(user, new_email, by=by):
        raise ValidationError(obstacle)
    if not changes:
        raise ValidationError(_("Nothing changes in this file: correct it, or leave it as it is."))
    if obstacle := why_not_left(user, role=new_role, is_active=user.is_active):
        raise ValidationError(obstacle)
    _leave_address(user, for_new=new_email)
    for name, value in changes.items():
        setattr(user, name, value)
    user.full_clean()
    user.save(update_fields=list(changes))
    _record(happenings.FILE_CHANGED, user, by=by)
    return user


@act(Verb.SUSPEND_FILE)
def suspend(user: User, *, by: User) -> User:
    """Close a file for the time being: the person is out at the next request, everywhere.

    Raises ValidationError for the last active ESM: a company always keeps one.
    """
    user = _lock(user, by=by)
    if obstacle := why_not_suspended(user):
        raise ValidationError(obstacle)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sessions(user)
    _record(happenings.FILE_SUSPENDED, user, by=by)
    return user


@act(Verb.REACTIVATE_FILE)
def reactivate(user: User, *, by: User) -> User:
    """Open a suspended file again, with the proxies that it holds."""
    user = _lock(user, by=by)
    if user.is_active:
        raise ValidationError(_("This file is already active."))
    user.is_active = True
    user.save(update_fields=["is_active"])
    _record(happenings.FILE_REACTIVATED, user, by=by)
    return user


def why_not_reset(user: User, *, by: User) -> str:
    """One's own password is changed in one's profile; another ESM's by himself."""
    if user.pk == by.pk:
        return _("You change your own password in your profile.")
    if obstacle := why_not_given_a_key(user, by=by):
        return obstacle
    if not user.is_active:
        return _("This file is suspended: reactivate it first.")
    return ""


def why_not_given_a_key(user: User, *, by: User) -> str:
    """Another ESM's own password is his: one is given only to who has none that he ever used."""
    has_his_own = bool(user.last_login) and user.has_usable_password()
    return why_not_edited(user, by=by) if has_his_own else ""


@act(Verb.RESET_PASSWORD)
def reset_password(user: User, *, by: User) -> User:
    """Take the person's password away; a temporary one is made when it is shown, once.

    Every open session of the person ends at its next request, and so does a sign-in under way.
    """
    user = _lock(user, by=by)
    if obstacle := why_not_reset(user, by=by):
        raise ValidationError(obstacle)
    user.set_unusable_password()
    user.temporary_password_expires_at = None
    user.save(update_fields=["password", "temporary_password_expires_at"])
    end_sessions(user)
    note("password_reset", person=user)
    _record(happenings.PASSWORD_RESET, user, by=by)
    return user


def _lock(user: User, *, by: User) -> User:
    """A file of the ESM's company, as it is now, and stays meanwhile. Raises User.DoesNotExist."""
    own = User.objects.filter(company=by.company)
    return own.select_for_update(of=("self",), no_key=True).get(pk=user.pk)


def _leave_address(user: User, *, for_new: str) -> None:
    """The old address is told of the new one, and a code sent to the old one opens nothing."""
    if for_new != user.email:
        queue_letter("email_changed", to=user, stored_address=user.email, new_email=for_new)
        void_pending_sign_ins(user)


def _record(happening: Happening, user: User, *, by: User | None = None) -> None:
    """Write in the company's history what happened to a file; without `by`, an officer did it."""
    if not user.company_id:
        return  # an officer's own file is in no company's history: the admin keeps it
    record(
        happening,
        company=user.company,
        by=by,
        by_party="" if by else PORTAL,
        about=f"user:{user.pk}",
        name=user.full_name,
        code=user.user_code,
    )


def save_with_new_code(user: User) -> User:
    """Give a user code that nobody has: four letters of the name and four digits.

    Or more digits, where those of a frequent name are mostly given: a code has room for eight.
    Raises ValidationError, in the words of a constraint that PostgreSQL refuses the file by.
    """
    letters = slugify(user.family_name).replace("-", "").upper()[:4].ljust(4, "X")
    user.full_clean(
        exclude=["user_code", "company"], validate_unique=False, validate_constraints=False
    )
    for digits in (4, 4, 4, 4, 6, 6, 6, 8, 8, 8):
        user.user_code = (
            f"{letters}{secrets.randbelow(9 * 10 ** (digits - 1)) + 10 ** (digits - 1)}"
        )
        with in_words_of_constraints(User):
            if save_unless_taken(user):
                return user
    raise ValidationError(_("No user code is left for that name. Try again."))


@act(Verb.ISSUE_TEMPORARY_PASSWORD)
def issue_temporary_password(user: User, *, by: User, again: bool = False) -> str:
    """Make the temporary password of a new user, to be shown this one time.

    Good for seven days, and it must be replaced at the first sign-in. Raises ValidationError if
    one was already shown, unless `again`, if the person has a password of his own, or if he has
    become an ESM at work meanwhile.
    """
    user = _lock(user, by=by)
    if obstacle := why_not_given_a_key(user, by=by):
        raise ValidationError(obstacle)
    if user.has_usable_password() and not (again and user.must_choose_password):
        raise ValidationError(_("The temporary password has already been shown."))
    return renew_temporary_password(user)


def renew_temporary_password(user: User) -> str:
    """Replace the person's password by a temporary one, and return it."""
    groups = (
        "".join(secrets.choice(UNAMBIGUOUS) for _place in range(GROUP_LENGTH))
        for _group in range(GROUPS)
    )
    password = "-".join(groups)
    user.set_password(password)
    user.temporary_password_expires_at = clock.now() + timedelta(
        days=settings.TEMPORARY_PASSWORD_DAYS
    )
    user.save(update_fields=["password", "temporary_password_expires_at"])
    end_sessions(user)
    note("temporary_password_made", person=user)
    return password


@act(Verb.CHANGE_PASSWORD)
def choose_password(password: str, *, by: User) -> User:
    """Replace the temporary password by the person's own; their other sessions end."""
    by.set_password(password)
    by.temporary_password_expires_at = None
    by.save(update_fields=["password", "temporary_password_expires_at"])
    _end_sessions_but_this(by)
    note("password_changed", person=by)
    return by


def send_sign_in_code(user: User) -> SignInCode:
    """E-mail a new verification code, good for this pending sign-in only.

    Raises the mail server's own error when the letter can't leave: no code is then kept; and
    ValidationError when five were sent and none was given, or ten wrong ones were.
    """
    if lockout.is_closed(Tries.Kind.CODE, user.pk) or not lockout.take(Tries.Kind.LETTER, user.pk):
        raise ValidationError(
            _(
                "Too many verification codes were asked for or wrong. Try again in "
                "%(minutes)s minutes."
            )
            % {"minutes": settings.CSE_LOCKOUT_MINUTES}
        )
    until = clock.now() + timedelta(minutes=settings.CSE_CODE_MINUTES)
    try:
        with transaction.atomic():
            code, digits = SignInCode.issue(user, until=until)
            minutes = settings.CSE_CODE_MINUTES
            letter("sign_in_code", to=user, digits=digits, minutes=minutes).send()
    except OSError as error:
        lockout.give_back(Tries.Kind.LETTER, user.pk)
        if refused_for_good(error):
            user.note_delivery(user.email, arrived=False)
        raise
    user.note_delivery(user.email, arrived=True)
    return code


def void_pending_sign_ins(user: User) -> None:
    """Whoever gave the former password, or waits for a code at the former address, starts anew."""
    SignInCode.objects.filter(user=user, confirmed=False).delete()


def end_sessions(user: User) -> None:
    """Put the person out of their sessions, and of sign-ins under way.

    Each ends at its next request: without its row, a session is no longer verified.
    """
    _end(SignInCode.objects.filter(user=user), user)


def _end_sessions_but_this(user: User) -> None:
    sessions = SignInCode.objects.filter(user=user)
    if user.otp_device:
        sessions = sessions.exclude(pk=user.otp_device.pk)
    _end(sessions, user)


def _end(sessions: SignInCodeQuerySet, user: User) -> int:
    ended, _each = sessions.delete()
    if ended:
        note("sessions_ended", person=user, count=ended)
    return ended


@act(Verb.END_SESSIONS)
def end_other_sessions(*, by: User) -> None:
    """End the person's sessions but the one in hand, and sign-ins under way."""
    _end_sessions_but_this(by)


@act(Verb.END_SESSIONS)
def end_session(key: int, *, by: User) -> bool:
    """End another session of the person's own, by the key of its code; whether there was one."""
    own = SignInCode.objects.filter(user=by, confirmed=True, pk=key)
    if by.otp_device:
        own = own.exclude(pk=by.otp_device.pk)
    return bool(_end(own, by))


def withdraw_sign_in_code(code: SignInCode) -> None:
    """A new code voids the one before."""
    SignInCode.objects.filter(pk=code.pk, confirmed=False).delete()


# --- one's own profile ----------------------------------------------------------------------------


@act(Verb.EDIT_PROFILE)
def change_profile(*, by: User, language: str, telephone: str, extension: str) -> User:
    """Language of correspondence and telephone, by the person."""
    by.language, by.telephone, by.extension = language, telephone, extension
    by.full_clean(validate_unique=False, exclude=["password"])
    by.save(update_fields=["language", "telephone", "extension"])
    _record(happenings.PROFILE_CHANGED, by, by=by)
    return by


@act(Verb.CHANGE_PASSWORD)
def change_own_password(password: str, *, by: User) -> User:
    """Replace one's password: every other open session of the person ends."""
    user = choose_password(password, by=by)
    _record(happenings.PROFILE_CHANGED, user, by=user)
    return user


@act(Verb.CHANGE_EMAIL)
def send_email_change_code(new_email: str, *, by: User) -> EmailChange:
    """E-mail a code to the new address: it counts only once the code is given.

    At most one a minute, to whichever address: raises ValidationError before. Raises the mail
    server's own error when the letter can't leave: nothing is then kept.
    """
    until = clock.now() + timedelta(minutes=settings.CSE_CODE_MINUTES)
    waiting = EmailChange.objects.filter(user=by)
    if any(code.is_too_recent for code in waiting):
        raise ValidationError(
            _("A code was sent less than a minute ago. Wait a minute, then ask again.")
        )
    waiting.delete()
    change = EmailChange(user=by, new_email=new_email, expires_at=until)
    digits = EmailChange.new_digits()
    change.salt_with(digits)
    change.full_clean()
    change.save()
    message = letter("email_change_code", to=by, digits=digits, minutes=settings.CSE_CODE_MINUTES)
    message.to = [new_email]
    message.send()
    return change


def confirm_email_change(change: EmailChange, digits: str, *, by: User) -> bool:
    """Take the new address if the code is right, and tell the old one; false otherwise."""
    # outside of the act: a try stays counted whatever follows
    if not lockout.take_code(by) or not change.verify_token(digits):
        return False
    lockout.forgive(Tries.Kind.CODE, by.pk)
    take_new_address(change, by=by)
    return True


@act(Verb.CHANGE_EMAIL)
def take_new_address(change: EmailChange, *, by: User) -> User:
    """The address whose code was given counts from now on. Raises EmailChange.DoesNotExist."""
    change = EmailChange.objects.get(pk=change.pk, user=by, confirmed=True)
    _leave_address(by, for_new=change.new_email)
    by.email = change.new_email
    by.save(update_fields=["email"])
    change.delete()
    _record(happenings.PROFILE_CHANGED, by, by=by)
    note("email_changed", person=by)
    return by


# --- by an officer, in the admin ------------------------------------------------------------------


#: how a company's history names those who look after the portal: the same in both languages
PORTAL = "CSE"
#: what an officer corrects in a file; permissions and groups are the admin's own
CORRECTED = {
    *("family_name", "first_name", "email", "telephone", "extension", "language"),
    *("company", "role", "is_active", "is_superuser"),
}


def lock_for_officer(user: User) -> User:
    """The file as it is now, its company locked first: ESMs and officers take turns."""
    if user.company_id:
        lock_company(user.company_id)
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)


@act(Verb.OPEN_FILE)
def open_file(user: User, *, by: User) -> str:
    """Open a file from the ministries' side: a new company's first ESM, or an officer's own.

    Returns the temporary password, to be shown once.
    """
    user.set_unusable_password()
    user = save_with_new_code(user)
    _record(happenings.FILE_CREATED, user)
    return renew_temporary_password(user)


@act(Verb.CORRECT_FILE)
def correct_file(user: User, *, by: User, corrected: Collection[str]) -> None:
    """Save those fields, which an officer corrected: the company reads it in its history.

    The old e-mail address is told of a new one. Who is suspended is out at the next request, and
    stays out once reactivated. Raises ValidationError when the company would have no active ESM
    left, ValueError for a field that no officer corrects.
    """
    if others := set(corrected) - CORRECTED:
        raise ValueError(f"not an officer's to correct: {', '.join(sorted(others))}")
    before = lock_for_officer(user)
    if obstacle := why_not_left(before, role=user.role, is_active=user.is_active):
        raise ValidationError(obstacle)
    _leave_address(before, for_new=user.email)
    user.save(update_fields=list(corrected))
    if before.is_active == user.is_active:
        happening = happenings.FILE_CHANGED
    else:
        happening = happenings.FILE_REACTIVATED if user.is_active else happenings.FILE_SUSPENDED
    if before.is_active and not user.is_active:
        end_sessions(user)
    _record(happening, user)


@act(Verb.GIVE_TEMPORARY_PASSWORD)
def give_temporary_password(user: User, *, by: User) -> str:
    """An officer gives a person who can't sign in a new temporary password, to be shown once."""
    user = lock_for_officer(user)
    password = renew_temporary_password(user)
    _record(happenings.PASSWORD_RESET, user)
    return password
