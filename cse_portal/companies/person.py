"""The person for whom the portal acts, by the model that `AUTH_USER_MODEL` names.

The app of people stands above this one, which imports nothing of it: the type checker finds the
model by the settings, as it does for `request.user`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import _User as Person
else:
    from django.contrib.auth.base_user import AbstractBaseUser as Person

__all__ = ["Person"]
