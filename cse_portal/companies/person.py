"""The type of the portal's people: the model that `AUTH_USER_MODEL` names.

The kernel must not import the app `users`: the type checker finds the model by the settings, as it
does for `request.user`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import _User as Person
else:
    from django.contrib.auth.base_user import AbstractBaseUser as Person

__all__ = ["Person"]
