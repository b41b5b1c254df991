"""Everything that any form of the portal asks, in one post."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from tests.samples import SAMPLES
from tests.sweeps.world import World


@lru_cache(maxsize=2)
def everything(world: World) -> Mapping[str, Any]:
    """Answers with that world's own keys and numbers, which the form posted to takes or ignores.

    Words without its mark: what a page shows of them was typed, and found nowhere.
    """
    answers = [one for sample in SAMPLES.values() for one in sample.lists(world).values()]
    found = {
        **{
            name: [re.sub(world.mark, "Mots", one, flags=re.IGNORECASE) for one in typed]
            for fields in answers
            for name, typed in fields.items()
        },
        "user_code": world.esm.user_code,
        "role": "esm",
        "kind": "external",
        "agent_number": world.agent.identification_number,
        "ministry": world.ministries.active.code,
        "users": [world.newcomer.pk, world.user.pk],
        "answer": "accept",
        "reason": "Un motif",
        "company": world.company.pk,
        "is_superuser": "on",
        "action": "accept",
        "_selected_action": world.pending.pk,
    }
    return MappingProxyType(found)
