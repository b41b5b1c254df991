"""Everything that any form of the portal asks, in one post."""

from typing import Any

from cse_portal import clock
from proxies.terms import last_allowed_day
from tests.sweeps.world import World


def everything(world: World, **more: Any) -> dict[str, Any]:
    """Answers with that world's own keys and numbers, which the form posted to takes or ignores."""
    return {
        "user_code": world.esm.user_code,
        "family_name": "Roy",
        "first_name": "Zoé",
        "email": "zoe@aluminerie.example",
        "telephone": "418 555-0142",
        "extension": "42",
        "language": "fr",
        "role": "esm",
        "words": "Mots",
        "number": "123456",
        "consents": "on",
        "kind": "external",
        "agent_number": world.agent.identification_number,
        "ends_on": last_allowed_day(clock.today()).isoformat(),
        "description": "Une procuration",
        "ministry": world.ministries.active.code,
        "scope": "restricted",
        "services": [world.ministries.ticked.code],
        "users": [world.newcomer.pk, world.user.pk],
        "answer": "accept",
        "reason": "Un motif",
        "proxy": world.internal.pk,
        "company": world.company.pk,
        "is_superuser": "on",
        "action": "accept",
        "_selected_action": world.pending.pk,
        **more,
    }
