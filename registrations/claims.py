"""What a notice about a registration claims, asked again when its e-mail leaves."""

from typing import Any

from registrations.models import Registration


def registration_is_active(message: Any) -> bool:
    return _registration(message).is_active


def registration_is_not_active(message: Any) -> bool:
    return not _registration(message).is_active


def _registration(message: Any) -> Registration:
    """The one that the message is about. Raises Registration.DoesNotExist."""
    return Registration.objects.get(pk=message.about.partition(":")[2])
