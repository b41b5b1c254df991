"""Forget drafts: what `purge` does of it, for a timer of before there was one command for all."""

from cse_portal.management.commands.purge import Command as Purge


class Command(Purge):
    only = ("drafts",)
