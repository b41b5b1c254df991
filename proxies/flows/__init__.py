"""Steps 3 and 4 of the procedure, and the whole life of a proxy."""

from proxies.flows.assigning import AssignProxy, MoveUser, RemoveProxy
from proxies.flows.deactivating import DeactivateRegistration
from proxies.flows.ending import ExtendProxy, RenewProxies, RenounceProxy, RevokeProxy
from proxies.flows.giving import ChangeProxy, CopyProxy, CreateProxy, GrantRights

__all__ = [
    "AssignProxy",
    "ChangeProxy",
    "CopyProxy",
    "CreateProxy",
    "DeactivateRegistration",
    "ExtendProxy",
    "GrantRights",
    "MoveUser",
    "RemoveProxy",
    "RenewProxies",
    "RenounceProxy",
    "RevokeProxy",
]
