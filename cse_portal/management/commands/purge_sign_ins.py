"""Forget what sign-ins leave behind: what `purge` does of it, for a timer of before."""

from cse_portal.management.commands.purge import Command as Purge


class Command(Purge):
    only = (
        "verification codes",
        "changes of address",
        "counted tries",
        "ended sessions",
        "letters about accounts",
    )
