"""The events of a company's user files."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from notices.happenings import Group, Happening, Lasting
from users.models import User


def _are_active(keys: set[int]) -> Iterator[bool]:
    for user in User.objects.filter(pk__in=keys):
        yield user.is_active


USER_FILES = Group("file", _("User files"), step=2)
FILE = Lasting(_are_active)

FILE_CREATED = Happening(
    "file.created",
    _("User file created"),
    _("File of %(name)s (%(code)s) created."),
    makes=FILE,
)
FILE_CHANGED = Happening(
    "file.changed",
    _("User file changed"),
    _("File of %(name)s (%(code)s) changed."),
    makes=FILE,
)
FILE_SUSPENDED = Happening(
    "file.suspended", _("User file suspended"), _("File of %(name)s (%(code)s) suspended.")
)
FILE_REACTIVATED = Happening(
    "file.reactivated",
    _("User file reactivated"),
    _("File of %(name)s (%(code)s) reactivated."),
    makes=FILE,
)
PASSWORD_RESET = Happening(
    "file.password", _("Password reset"), _("Password of %(name)s (%(code)s) reset.")
)
PROFILE_CHANGED = Happening(
    "file.profile",
    _("Profile changed"),
    _("Profile of %(name)s (%(code)s) changed by its owner."),
)
