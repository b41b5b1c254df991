"""What happens to people's files and passwords. Each verb is one transaction."""

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cse_portal import clock
from cse_portal.mail import letter
from notices.actions import record
from notices.kinds import EventKind
from users.models import SignInCode, User

# No 0/O, 1/I/L: read aloud or copied from paper, each character is one only.
UNAMBIGUOUS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
GROUPS, GROUP_LENGTH = 4, 5  # twenty characters of thirty-one: 99 bits


@transaction.atomic
def create_user_file(*, by: User, **fields: Any) -> User:
    """Open the file of a new user of the ESM's company (procedure, section 2).

    He gets a user code at once; his temporary password is made when it is shown.
    """
    user = User(company=by.company, **fields)
    user.set_unusable_password()
    user = save_with_new_code(user)
    _record(EventKind.FILE_CREATED, user, by=by)
    return user


def _record(kind: EventKind, user: User, *, by: User) -> None:
    """Write in the company's history what happened to a file."""
    record(
        kind,
        company=by.company,
        by=by,
        about=f"user:{user.pk}",
        name=user.full_name,
        code=user.user_code,
    )


def save_with_new_code(user: User) -> User:
    """Give a user code that nobody has: four letters of the name and four digits."""
    letters = slugify(user.family_name).replace("-", "").upper()[:4].ljust(4, "X")
    for _attempt in range(50):
        user.user_code = f"{letters}{secrets.randbelow(9000) + 1000}"
        user.full_clean(validate_unique=False)
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError as taken:
            if "user_code" not in str(taken):
                raise
        else:
            return user
    raise ValidationError(_("No user code is left for that name. Try again."))


@transaction.atomic
def issue_temporary_password(user: User, *, by: User, again: bool = False) -> str:
    """Make the temporary password of a new user, to be shown this one time.

    Good for seven days, and it must be replaced at the first sign-in. Raises ValidationError if
    one was already shown, unless `again`, or if the person has a password of his own.
    """
    user = User.objects.select_for_update(of=("self",), no_key=True).get(
        pk=user.pk, company=by.company_id
    )
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
    return password


def choose_password(user: User, password: str) -> None:
    """Replace the temporary password by the person's own."""
    user.set_password(password)
    user.temporary_password_expires_at = None
    user.save(update_fields=["password", "temporary_password_expires_at"])


def send_sign_in_code(user: User) -> SignInCode:
    """E-mail a new verification code, good for this pending sign-in only.

    Raises the mail server's own error when the letter can't leave: no code is then kept.
    """
    until = clock.now() + timedelta(minutes=settings.CSE_CODE_MINUTES)
    with transaction.atomic():
        code, digits = SignInCode.issue(user, until=until)
        message = letter("sign_in_code", to=user, digits=digits, minutes=settings.CSE_CODE_MINUTES)
        message.send()
    return code


def withdraw_sign_in_code(code: SignInCode) -> None:
    """A new code voids the one before."""
    SignInCode.objects.filter(pk=code.pk, confirmed=False).delete()
