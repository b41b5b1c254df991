"""What is asked of messages."""

from django.db.models import QuerySet

from cse_portal.speed.queries import compiled
from notices.models import Message


@compiled
def locked_to_send(key: int) -> QuerySet[Message]:
    """A message whose e-mail has not left, unless somebody else is sending it."""
    return (
        Message.objects.to_send()
        .filter(pk=key)
        .select_related("user")
        .select_for_update(of=("self",), skip_locked=True, no_key=True)
    )
