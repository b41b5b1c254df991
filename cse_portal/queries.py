"""Compiled queries of companies, who acts, drafts, receipts and sessions."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from cse_portal.companies.person import Person
from cse_portal.locks import locked
from cse_portal.models import Company, Draft, Receipt
from cse_portal.speed.queries import compiled


@compiled
def locked_company(key: int) -> QuerySet[Company]:
    return locked(Company.objects.filter(pk=key))


@compiled
def own_draft(pk: UUID, flow: str, subject: str, author: int) -> QuerySet[Draft]:
    return Draft.objects.filter(pk=pk, flow=flow, subject=subject, author=author)


@compiled
def locked_draft(pk: UUID, flow: str, author: int) -> QuerySet[Draft]:
    return locked(Draft.objects.filter(pk=pk, flow=flow, author=author))


@compiled
def own_receipt(pk: UUID, flow: str, author: int) -> QuerySet[Receipt]:
    return companys_receipt.plain(pk, flow).filter(transmitted_by=author)


@compiled
def companys_receipt(pk: UUID, flow: str) -> QuerySet[Receipt]:
    """A receipt of the company in whose scope it is asked, with the person who transmitted it."""
    return Receipt.objects.filter(pk=pk, flow=flow).select_related("transmitted_by")


@compiled
def open_session(digest: str, now: datetime) -> QuerySet[Session]:
    """The session whose key has that digest (`web/session_store.py`)."""
    return Session.objects.filter(session_key=digest, expire_date__gt=now)


@compiled
def person_who_acts(key: int) -> QuerySet[Person]:
    """A person as they are now, where they may act at all."""
    return get_user_model().objects.who_may_act().filter(pk=key)


@compiled
def person_who_acts_in_session(key: int, session: int) -> QuerySet[Person]:
    """The same, as long as the session that this verification code opened is open."""
    return get_user_model().objects.who_may_act().signed_in_by(session).filter(pk=key)
