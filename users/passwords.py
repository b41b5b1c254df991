"""Passwords beside Django's own validators (domain, section 5): a rule, and a letter."""

import unicodedata
from typing import Any

from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cse_portal.web.security_log import note
from notices.actions import queue_letter
from users.models import User

SHORTEST_NAME = 4  # letters: shorter names are part of too many words


class NotOneselfValidator(UserAttributeSimilarityValidator):
    """Refuses a password that resembles or contains the person's names or user code.

    Django's measure of similarity accepts `trem1001-trem1001`: this one also refuses any password
    that contains the user code or a name, whatever the case or the accents.
    """

    def validate(self, password: str, user: Any = None) -> None:  # any model, for Django
        super().validate(password, user)
        if not isinstance(user, User):
            return
        simplified = letters_and_digits(password)
        names = (letters_and_digits(name) for name in (user.family_name, user.first_name))
        refused = [letters_and_digits(user.user_code)]
        refused += [name for name in names if len(name) >= SHORTEST_NAME]
        if any(part and part in simplified for part in refused):
            raise ValidationError(
                _("Choose a password without your name or your user code in it."),
                code="password_too_similar",
            )


def letters_and_digits(text: str) -> str:
    """`Côté-L’Heureux` → `cotelheureux`."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in decomposed if char.isalnum())


class OwnerIsTold:
    """Tells people that their password has changed, whichever way it did (ASVS 6.3.7).

    Django calls it each time a new password is saved: in the profile, by an ESM, by an officer, by
    a command. It sets no rule.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Accept any password."""

    def get_help_text(self) -> str:
        return ""

    def password_changed(self, password: str, user: User) -> None:
        note("password_changed", person=user)
        if user.had_password:
            is_temporary = user.must_choose_password
            queue_letter("password_replaced" if is_temporary else "password_changed", to=user)
