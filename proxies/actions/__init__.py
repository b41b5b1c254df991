"""The actions of ESMs on proxies and assignments. Each is one transaction."""

from proxies.actions.assigning import assign, move, remove
from proxies.actions.combined import copy, extend_each, grant_to, standing_assignment
from proxies.actions.ending import renounce, revoke
from proxies.actions.giving import change, create, extend
from proxies.actions.locks import why_not_changed

__all__ = [
    "assign",
    "change",
    "copy",
    "create",
    "extend",
    "extend_each",
    "grant_to",
    "move",
    "remove",
    "renounce",
    "revoke",
    "standing_assignment",
    "why_not_changed",
]
