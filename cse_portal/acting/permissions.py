"""Who may do what: the table (domain, section 3) that actions, views and templates check.

A verb without a row can't be checked. `tests/acting/test_who_may.py` tries every verb as every
kind of person and compares with this table.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cse_portal.companies.person import Person


class Role(TextChoices):
    """What a person is in the portal."""

    USER = "user", _("User")
    ESM = "esm", _("Electronic services manager")
    OFFICER = "officer", _("Ministry officer")


class Verb(StrEnum):
    """What a person can do or see in the portal; templates name a verb by its value."""

    # the account of a company
    SEE_ACCOUNT = auto()
    SEE_HISTORY = auto()
    SEE_RECEIPTS = auto()
    # registrations (step 1)
    SEE_REGISTRATIONS = auto()
    REGISTER = auto()
    DEACTIVATE_REGISTRATION = auto()
    REQUEST_REACTIVATION = auto()
    ANSWER_FOR_MINISTRY = auto()
    ACCEPT_REGISTRATION = auto()
    REFUSE_REGISTRATION = auto()
    # user files (step 2)
    SEE_FILES = auto()
    CREATE_FILE = auto()
    EDIT_FILE = auto()
    SUSPEND_FILE = auto()
    REACTIVATE_FILE = auto()
    RESET_PASSWORD = auto()
    ISSUE_TEMPORARY_PASSWORD = auto()
    # proxies (step 3)
    SEE_PROXIES = auto()
    CREATE_PROXY = auto()
    CHANGE_PROXY = auto()
    COPY_PROXY = auto()
    EXTEND_PROXY = auto()
    REVOKE_PROXY = auto()
    RENOUNCE_PROXY = auto()
    GRANT_RIGHTS = auto()
    # assignments (step 4)
    ASSIGN_PROXY = auto()
    REMOVE_PROXY = auto()
    MOVE_USER = auto()
    # what everybody of a company has
    SEE_OWN_PAGES = auto()
    EDIT_PROFILE = auto()
    CHANGE_EMAIL = auto()
    READ_MESSAGES = auto()
    # what everybody has
    CHANGE_PASSWORD = auto()
    END_SESSIONS = auto()
    # the admin
    WORK_IN_ADMIN = auto()
    OPEN_FILE = auto()
    CORRECT_FILE = auto()
    GIVE_TEMPORARY_PASSWORD = auto()
    OPEN_COMPANY = auto()
    CHANGE_COMPANY = auto()
    CHANGE_REFERENCE_DATA = auto()
    CHANGE_OFFICERS_GROUPS = auto()
    SEND_LETTER_AGAIN = auto()


class Whose(Enum):
    """To whom the row of a verb belongs, relative to the person who acts."""

    OWN_COMPANYS = "of the person's company"
    GIVEN = "a proxy that the person's company gave"
    RECEIVED = "a proxy that the person's company received"
    HELD = "a proxy that the person's company may assign, and its people"
    OWN = "the person's own"
    OF_MINISTRY = "of a ministry for which the officer decides"
    ANYBODYS = "of any company"


@dataclass(frozen=True)
class Rule:
    """Which roles may, and on whose rows; officers may also need a permission of Django's admin."""

    roles: frozenset[Role]
    whose: Whose
    permission: str = ""

    @property
    def is_for_companys_rows(self) -> bool:
        """Whether the action is done for a company, under the lock of the company's row."""
        return self.whose in {Whose.OWN_COMPANYS, Whose.GIVEN, Whose.RECEIVED, Whose.HELD}


ESM = frozenset({Role.ESM})
PEOPLE = frozenset({Role.ESM, Role.USER})
EVERYBODY = frozenset(Role)
OFFICERS = frozenset({Role.OFFICER})


def _by_officer(permission: str = "", whose: Whose = Whose.ANYBODYS) -> Rule:
    return Rule(OFFICERS, whose, permission)


WHO_MAY: dict[Verb, Rule] = {
    Verb.SEE_ACCOUNT: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.SEE_HISTORY: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.SEE_RECEIPTS: Rule(ESM, Whose.OWN_COMPANYS),  # one's own: SEE_OWN_PAGES
    Verb.SEE_REGISTRATIONS: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.REGISTER: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.DEACTIVATE_REGISTRATION: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.REQUEST_REACTIVATION: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.ANSWER_FOR_MINISTRY: Rule(ESM, Whose.OWN_COMPANYS),  # a simulation's ESM plays it
    Verb.ACCEPT_REGISTRATION: _by_officer("registrations.change_registration", Whose.OF_MINISTRY),
    Verb.REFUSE_REGISTRATION: _by_officer("registrations.change_registration", Whose.OF_MINISTRY),
    Verb.SEE_FILES: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.CREATE_FILE: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.EDIT_FILE: Rule(ESM, Whose.OWN_COMPANYS),  # another ESM's: `why_not_edited`
    Verb.SUSPEND_FILE: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.REACTIVATE_FILE: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.RESET_PASSWORD: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.ISSUE_TEMPORARY_PASSWORD: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.SEE_PROXIES: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.CREATE_PROXY: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.CHANGE_PROXY: Rule(ESM, Whose.GIVEN),
    Verb.COPY_PROXY: Rule(ESM, Whose.GIVEN),
    Verb.EXTEND_PROXY: Rule(ESM, Whose.GIVEN),
    Verb.REVOKE_PROXY: Rule(ESM, Whose.GIVEN),
    Verb.RENOUNCE_PROXY: Rule(ESM, Whose.RECEIVED),
    Verb.GRANT_RIGHTS: Rule(ESM, Whose.OWN_COMPANYS),
    Verb.ASSIGN_PROXY: Rule(ESM, Whose.HELD),
    Verb.REMOVE_PROXY: Rule(ESM, Whose.HELD),
    Verb.MOVE_USER: Rule(ESM, Whose.HELD),
    Verb.SEE_OWN_PAGES: Rule(PEOPLE, Whose.OWN),
    Verb.EDIT_PROFILE: Rule(PEOPLE, Whose.OWN),
    Verb.CHANGE_EMAIL: Rule(PEOPLE, Whose.OWN),
    Verb.READ_MESSAGES: Rule(PEOPLE, Whose.OWN),
    Verb.CHANGE_PASSWORD: Rule(EVERYBODY, Whose.OWN),
    Verb.END_SESSIONS: Rule(EVERYBODY, Whose.OWN),
    Verb.WORK_IN_ADMIN: _by_officer(),
    Verb.OPEN_FILE: _by_officer("users.add_user"),
    Verb.CORRECT_FILE: _by_officer("users.change_user"),
    Verb.GIVE_TEMPORARY_PASSWORD: _by_officer("users.change_user"),
    Verb.OPEN_COMPANY: _by_officer("cse_portal.add_company"),
    Verb.CHANGE_COMPANY: _by_officer("cse_portal.change_company"),
    # for these, Django's admin checks each model's own permission, for the person read again
    Verb.CHANGE_REFERENCE_DATA: _by_officer(),
    Verb.CHANGE_OFFICERS_GROUPS: _by_officer(),
    # the officers who run the portal, and none of a ministry's
    Verb.SEND_LETTER_AGAIN: _by_officer("notices.change_message"),
}


def may(person: "Person | AnonymousUser", verb: Verb) -> bool:
    """Whether the person's role allows the verb; the action checks on which rows."""
    rule = WHO_MAY[verb]
    if getattr(person, "role", None) not in rule.roles:  # a visitor who is not signed in has none
        return False
    return not rule.permission or person.has_perm(rule.permission)
