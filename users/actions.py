"""The actions on user files, passwords, codes and sessions. Each is one transaction."""

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
from cse_portal.keyed_hash import is_keyed_hash, keyed_hash
from cse_portal.locks import locked
from cse_portal.mail import letter, refused_for_good, send_while_waiting
from cse_portal.models import in_words_of_constraints, save_unless_taken
from cse_portal.queries import locked_company
from cse_portal.web.overload import TooBusy
from cse_portal.web.security_log import note
from notices.actions import queue_letter, record
from notices.happenings import Happening
from users import happenings, lockout
from users.models import EmailChange, SignInCode, SignInCodeQuerySet, Tries, User

# Without 0/O and 1/I/L, which are confused when read aloud or copied from paper.
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
    """Create the file of a new user of the ESM's company (procedure, section 2).

    The user code is generated at once, the temporary password only when it is shown.
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
    """Why the file cannot be edited: another ESM's is only suspended or reactivated (domain, 3)."""
    if user.is_esm and user.pk != by.pk:
        return _(
            "The file of another electronic services manager can only be suspended or reactivated."
        )
    return ""


def why_email_not_changed(user: User, email: str, *, by: User) -> str:
    """Why the e-mail address cannot be changed here: one's own is confirmed in the profile."""
    if user.pk == by.pk and email != user.email:
        return _("You change your own e-mail address in your profile: a code is sent to it.")
    return ""


def why_not_suspended(user: User) -> str:
    """Why the file cannot be suspended."""
    if not user.is_active:
        return _("This file is already suspended.")
    return why_esm_must_stay(user, role=user.role, is_active=False)


def why_esm_must_stay(user: User, *, role: str, is_active: bool) -> str:
    """Why the ESM cannot be suspended or demoted: a company keeps an active ESM (domain, 3).

    Another one counts only if they can sign in today. A temporary password may still expire later
    without having been used: an officer gives a new one.
    """
    is_active_esm = user.is_esm and user.is_active
    if not is_active_esm or (is_active and role == User.Role.ESM):
        return ""
    esms = User.objects.who_can_sign_in().esms()
    others = esms.filter(company=user.company_id).exclude(pk=user.pk)
    if others.exists():
        return ""
    return _(
        "A company always keeps an electronic services manager who can sign in: this is the last. "
        "One who has no password yet, or whose temporary password has expired, does not count: "
        "first give that person a new one."
    )


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
    """Change a file, the user type included (Modification d'un dossier).

    Fields that are None stay as they are. A new type applies from the person's next request. The
    old address receives a letter when the e-mail address changes. Raises ValidationError for
    another ESM's file, the type of the last ESM who can sign in, one's own address, or when
    nothing changes.
    """
    user = _lock(user, by=by)
    values = {
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
        for name, value in values.items()
        if value is not None and value != getattr(user, name)
    }
    new_email, new_role = changes.get("email", user.email), changes.get("role", user.role)
    if obstacle := why_not_edited(user, by=by) or why_email_not_changed(user, new_email, by=by):
        raise ValidationError(obstacle)
    if not changes:
        raise ValidationError(_("Nothing changes in this file: correct it, or leave it as it is."))
    if obstacle := why_esm_must_stay(user, role=new_role, is_active=user.is_active):
        raise ValidationError(obstacle)
    _announce_new_email(user, new_email)
    for name, value in changes.items():
        setattr(user, name, value)
    user.full_clean()
    user.save(update_fields=list(changes))
    _record(happenings.FILE_CHANGED, user, by=by)
    return user


@act(Verb.SUSPEND_FILE)
def suspend(user: User, *, by: User) -> User:
    """Suspend a file: the person is signed out of every session at the next request.

    Raises ValidationError for a suspended file, and for the last ESM of a company who can sign in.
    """
    user = _lock(user, by=by)
    if obstacle := why_not_suspended(user):
        raise ValidationError(obstacle)
    end_sessions(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    _record(happenings.FILE_SUSPENDED, user, by=by)
    return user


@act(Verb.REACTIVATE_FILE)
def reactivate(user: User, *, by: User) -> User:
    """Reactivate a suspended file; its proxies apply again. Raises ValidationError if active."""
    user = _lock(user, by=by)
    if user.is_active:
        raise ValidationError(_("This file is already active."))
    user.is_active = True
    user.save(update_fields=["is_active"])
    _record(happenings.FILE_REACTIVATED, user, by=by)
    return user


def why_not_reset(user: User, *, by: User) -> str:
    """Why the password cannot be reset: it is one's own, another ESM's, or of a suspended file."""
    if user.pk == by.pk:
        return _("You change your own password in your profile.")
    if obstacle := why_no_temporary_password(user, by=by):
        return obstacle
    if not user.is_active:
        return _("This file is suspended: reactivate it first.")
    return ""


def why_no_temporary_password(user: User, *, by: User) -> str:
    """Why no temporary password can be given: an ESM has signed in, and has a password still good.

    One whose temporary password has expired cannot sign in any more: a colleague gives a new one.
    """
    has_signed_in = bool(user.last_login) and user.has_usable_password()
    is_good = has_signed_in and not user.temporary_password_has_expired
    return why_not_edited(user, by=by) if is_good else ""


@act(Verb.RESET_PASSWORD)
def reset_password(user: User, *, by: User) -> User:
    """Remove the person's password; a temporary one is generated when it is shown, once.

    Every open session of the person ends at its next request, as do pending sign-ins.
    """
    user = _lock(user, by=by)
    if obstacle := why_not_reset(user, by=by):
        raise ValidationError(obstacle)
    user.set_unusable_password()
    user.temporary_password_expires_at = None
    user.save(update_fields=["password", "temporary_password_expires_at"])
    end_sessions(user)
    note("password_reset", person=user)
    queue_letter("password_replaced", to=user)
    _record(happenings.PASSWORD_RESET, user, by=by)
    return user


def _lock(user: User, *, by: User) -> User:
    """Lock and return a file of the ESM's company. Raises User.DoesNotExist."""
    return locked(User.objects.filter(company=by.company)).get(pk=user.pk)


def _announce_new_email(user: User, new_email: str) -> None:
    """Send a letter to the old address if it changes, and void the codes sent to it."""
    if new_email != user.email:
        queue_letter("email_changed", to=user, stored_address=user.email, new_email=new_email)
        void_pending_sign_ins(user)


def _record(happening: Happening, user: User, *, by: User | None = None) -> None:
    """Record an event of a file in the company's history; without `by`, an officer did it."""
    if not user.company_id:
        return  # an officer's file: only the admin's log has its changes
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
    """Save a new file with a free user code: four letters of the name and four digits.

    For a frequent name, six or eight digits, if four give no free code. Raises ValidationError
    when no code is free, or with the message of the constraint that PostgreSQL checks.
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
    """Generate and return the temporary password of a new user, to be shown once.

    It is valid for seven days, and must be replaced at the first sign-in. Raises ValidationError
    if one was already shown (unless `again`), if the person has chosen their own password, or is
    an ESM who has used theirs.
    """
    user = _lock(user, by=by)
    if obstacle := why_no_temporary_password(user, by=by):
        raise ValidationError(obstacle)
    if user.has_usable_password() and not (again and user.must_choose_password):
        raise ValidationError(_("The temporary password has already been shown."))
    return renew_temporary_password(user)


def renew_temporary_password(user: User) -> str:
    """Replace the person's password by a new temporary one, and return it."""
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
    _end(_other_sessions(by), by)
    return by


def account_of(user: User) -> str:
    """What a sign-in begun with the right password stands on: that password, that mailbox."""
    return keyed_hash("users.account", _account(user))


def _is_account_of(user: User, account: str) -> bool:
    """Whether a sign-in stands on what the person has now, whichever machine it began on."""
    return is_keyed_hash(account, "users.account", _account(user))


def _account(user: User) -> str:
    return f"{user.pk}:{user.password}:{user.email}"


def _person_of_account(user: User, account: str) -> User | None:
    """The person as they are now, locked; None if they may not sign in, or not by that account.

    Under the locks of those who suspend them, give them another password or close their company:
    whatever came first counts.
    """
    company = user.company_id and locked_company.get(user.company_id)
    person = locked(User.objects.all()).get(pk=user.pk)
    is_open = not company or company.is_active
    return person if person.is_active and is_open and _is_account_of(person, account) else None


def admit(code: SignInCode, *, account: str, browser: str, is_first: bool) -> User | None:
    """Let in who gave the right code; None if they may no longer be, or not by this sign-in.

    The person is read again under locks (`_person_of_account`). A temporary password is good for
    one sign-in (ASVS 6.4.1). A form sent twice comes again (`is_first` is false) and opens nothing
    more. To be called in a transaction that also opens the session.
    """
    person = _person_of_account(code.user, account)
    if person is None:
        return None
    if is_first:
        if person.must_choose_password and not _use_temporary_password(person):
            return None
        if not code.open_session(browser=browser):
            return None
        note("signed_in", person=person)
    elif not SignInCode.objects.filter(pk=code.pk).exists():
        return None
    return person


def _use_temporary_password(user: User) -> bool:
    """Whether it was still good; from now on it is not."""
    if user.temporary_password_has_expired:
        return False
    user.temporary_password_expires_at = clock.now()
    user.save(update_fields=["temporary_password_expires_at"])
    return True


def send_sign_in_code(user: User) -> SignInCode | None:
    """E-mail a new verification code, valid for this pending sign-in only.

    None if the person may no longer sign in, or not with the password just given. Raises the mail
    server's error, or TooBusy, when the letter cannot be sent (no code is then stored), and
    ValidationError after five codes sent without one entered, or ten wrong ones.
    """
    is_closed = lockout.is_closed(Tries.Kind.CODE, user.pk)
    if is_closed or not lockout.count_try(Tries.Kind.LETTER, user.pk):
        raise ValidationError(
            _(
                "Too many verification codes were asked for or wrong. Try again in "
                "%(minutes)s minutes."
            )
            % {"minutes": settings.CSE_LOCKOUT_MINUTES}
        )
    until = clock.now() + timedelta(minutes=settings.CSE_CODE_MINUTES)
    # stored before the letter leaves, which may take long: who is suspended meanwhile, and
    # reactivated, begins again
    with transaction.atomic():
        if _person_of_account(user, account_of(user)) is None:
            return None
        code, digits = SignInCode.issue(user, until=until)
    try:
        send_while_waiting(
            letter("sign_in_code", to=user, digits=digits, minutes=settings.CSE_CODE_MINUTES)
        )
    except (OSError, TooBusy) as error:
        withdraw_sign_in_code(code)
        lockout.uncount_try(Tries.Kind.LETTER, user.pk)
        if refused_for_good(error):
            user.note_delivery(user.email, arrived=False)
        raise
    user.note_delivery(user.email, arrived=True)
    return code


def void_pending_sign_ins(user: User) -> None:
    """Void the pending sign-ins: they start again, after a new password or e-mail address."""
    SignInCode.objects.filter(user=user, confirmed=False).delete()


def end_sessions(user: User) -> None:
    """End the person's sessions and pending sign-ins.

    Each ends at its next request: without its SignInCode row, a session is no longer verified.
    """
    _end(SignInCode.objects.filter(user=user), user)


def _other_sessions(user: User) -> SignInCodeQuerySet:
    """The person's pending sign-ins, and all their sessions but the current one."""
    sessions = SignInCode.objects.filter(user=user)
    return sessions.exclude(pk=user.otp_device.pk) if user.otp_device else sessions


def _end(sessions: SignInCodeQuerySet, user: User) -> int:
    ended, _each = sessions.delete()
    if ended:
        note("sessions_ended", person=user, count=ended)
    return ended


@act(Verb.END_SESSIONS)
def end_other_sessions(*, by: User) -> None:
    """End the person's sessions except the current one, and pending sign-ins."""
    _end(_other_sessions(by), by)


@act(Verb.END_SESSIONS)
def end_session(key: int, *, by: User) -> bool:
    """End another of the person's own sessions, by the key of its code; False if there is none."""
    return bool(_end(_other_sessions(by).filter(confirmed=True, pk=key), by))


def withdraw_sign_in_code(code: SignInCode) -> None:
    """Void a code that a new one replaces."""
    SignInCode.objects.filter(pk=code.pk, confirmed=False).delete()


# --- the person's own profile ---------------------------------------------------------------------


@act(Verb.EDIT_PROFILE)
def change_profile(*, by: User, language: str, telephone: str, extension: str) -> User:
    """Change one's own language of correspondence and telephone."""
    by.language, by.telephone, by.extension = language, telephone, extension
    by.full_clean(validate_unique=False, exclude=["password"])
    by.save(update_fields=["language", "telephone", "extension"])
    _record(happenings.PROFILE_CHANGED, by, by=by)
    return by


@act(Verb.CHANGE_PASSWORD)
def change_own_password(password: str, *, by: User) -> User:
    """Change one's own password: every other session of the person ends."""
    user = choose_password(password, by=by)
    _record(happenings.PROFILE_CHANGED, user, by=user)
    return user


def send_email_change_code(new_email: str, *, by: User) -> EmailChange:
    """E-mail a code to the new address, which is used only once the code is entered.

    Raises ValidationError within a minute of the previous code, to any address, and the mail
    server's error, or TooBusy, when the letter cannot be sent (no code is then good).
    """
    change, digits = begin_email_change(new_email, by=by)
    minutes = settings.CSE_CODE_MINUTES
    try:
        # stored before the letter leaves, which may take long, and holds no lock
        send_while_waiting(
            letter("email_change_code", to=by, address=new_email, digits=digits, minutes=minutes)
        )
    except (OSError, TooBusy):
        EmailChange.objects.filter(pk=change.pk, name=change.name, confirmed=False).delete()
        raise
    return change


@act(Verb.CHANGE_EMAIL)
def begin_email_change(new_email: str, *, by: User) -> tuple[EmailChange, str]:
    """Store a new address that waits for its code, in place of a previous one; and the digits.

    Raises ValidationError within a minute of the previous code, to any address.
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
    change.set_digits(digits)
    change.full_clean()
    change.save()
    return change, digits


def confirm_email_change(change: EmailChange, digits: str, *, by: User) -> bool:
    """Set the new address if the code is right; False otherwise."""
    # outside of the transaction of `set_new_email`: the try stays counted if that fails
    if not lockout.count_code_try(by) or not change.verify_token(digits):
        return False
    lockout.reset_tries(Tries.Kind.CODE, by.pk)
    set_new_email(change, by=by)
    return True


@act(Verb.CHANGE_EMAIL)
def set_new_email(change: EmailChange, *, by: User) -> User:
    """Set the address whose code was entered. Raises EmailChange.DoesNotExist."""
    change = EmailChange.objects.get(pk=change.pk, user=by, confirmed=True)
    _announce_new_email(by, change.new_email)
    by.email = change.new_email
    by.save(update_fields=["email"])
    change.delete()
    _record(happenings.PROFILE_CHANGED, by, by=by)
    note("email_changed", person=by)
    return by


# --- by an officer, in the admin ------------------------------------------------------------------


#: the name of the portal's officers in a company's history, the same in both languages
PORTAL = "CSE"
#: the fields that an officer corrects; the admin itself saves permissions and groups
CORRECTED = {
    *("family_name", "first_name", "email", "telephone", "extension", "language"),
    *("company", "role", "is_active", "is_superuser"),
}


def lock_for_officer(user: User) -> User:
    """Lock and return a file, after its company: ESMs and officers then change it in turn."""
    if user.company_id:
        lock_company(user.company_id)
    return locked(User.objects.all()).get(pk=user.pk)


@act(Verb.OPEN_FILE)
def open_file(user: User, *, by: User) -> str:
    """Create a file in the admin: the first ESM of a company, or an officer.

    Returns the temporary password, to be shown once.
    """
    user.set_unusable_password()
    user = save_with_new_code(user)
    _record(happenings.FILE_CREATED, user)
    return renew_temporary_password(user)


@act(Verb.CORRECT_FILE)
def correct_file(user: User, *, by: User, corrected: Collection[str]) -> None:
    """Save the fields that an officer corrected; the company's history records it.

    The old address receives a letter when the e-mail address changes. Suspending, or making a user
    of an ESM, ends the sessions. Raises ValidationError when the company would have no ESM left who
    can sign in, ValueError for a field that officers do not correct.
    """
    if refused := set(corrected) - CORRECTED:
        raise ValueError(f"Officers do not correct: {', '.join(sorted(refused))}")
    before = lock_for_officer(user)
    if obstacle := why_esm_must_stay(before, role=user.role, is_active=user.is_active):
        raise ValidationError(obstacle)
    _announce_new_email(before, user.email)
    is_suspended = before.is_active and not user.is_active
    is_demoted = before.is_esm and not user.is_esm
    if is_suspended or is_demoted:
        end_sessions(user)
    user.save(update_fields=list(corrected))
    if before.is_active == user.is_active:
        happening = happenings.FILE_CHANGED
    else:
        happening = happenings.FILE_REACTIVATED if user.is_active else happenings.FILE_SUSPENDED
    _record(happening, user)


@act(Verb.GIVE_TEMPORARY_PASSWORD)
def give_temporary_password(user: User, *, by: User) -> str:
    """Replace the password of a person who cannot sign in; returns the temporary one."""
    user = lock_for_officer(user)
    password = renew_temporary_password(user)
    _record(happenings.PASSWORD_RESET, user)
    return password
