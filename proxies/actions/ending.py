"""How a proxy ends before its end date. Each action is one transaction."""

from django.core.exceptions import ValidationError

from cse_portal import clock
from cse_portal.acting.door import act
from cse_portal.acting.permissions import Verb
from proxies import telling
from proxies.actions.locks import lock_given, lock_held, why_not_changed
from proxies.models import Proxy
from users.models import User


@act(Verb.REVOKE_PROXY)
def revoke(proxy: Proxy, *, by: User) -> Proxy:
    """Revoke a proxy in force, by its mandator: nobody can use it from the next request on."""
    proxy = _end(lock_given(proxy, by=by), "revoked_at")
    telling.revoked(proxy, by=by)
    return proxy


@act(Verb.RENOUNCE_PROXY)
def renounce(proxy: Proxy, *, by: User) -> Proxy:
    """Renounce a proxy in force, by its agent (Civil Code: the mandatary's renunciation)."""
    received = Proxy.objects.received_by(by.company)
    proxy = _end(lock_held(received.get(pk=proxy.pk), by=by), "renounced_at")
    telling.renounced(proxy, by=by)
    return proxy


def _end(proxy: Proxy, column: str) -> Proxy:
    """Save the end. The assignments are left, as at an expiry, so that the holders stay known."""
    if obstacle := why_not_changed(proxy):
        raise ValidationError(obstacle)
    setattr(proxy, column, clock.now_but_not_before(proxy.given_at))
    proxy.save(update_fields=[column])
    return proxy
