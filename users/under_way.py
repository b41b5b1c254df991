"""Sign-ins under way, each bound to its own pages: two tabs never mix.

A sign-in begins when a user code is given and ends when the verification code is. Its pages have a
token in their address, beside where the person was going; the visitor's session has the rest: the
wrong passwords, the verification code that was sent. The user code is masked there by random bytes
that are in the token alone (a one-time pad): people type passwords in that field, and neither the
database nor the web server's log tells what was typed. A keyed hash holds the two together: another
token makes no other user code.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase
from django.db import transaction
from django.http import HttpRequest
from django.utils.http import urlencode

from cse_portal.keyed_hash import is_keyed_hash, keyed_hash
from cse_portal.pages.addresses import address
from cse_portal.web.session_store import SessionStore
from users import way_back

TOKEN = "sign_in"  # noqa: S105 - the name of the parameter
SIGN_INS = "sign_ins_under_way"
SEAL = "users.under_way"
#: at most so many in one session, the latest ones
MOST = 5
#: how long the former key of a session still leads on a form that was sent twice
SENT_TWICE = timedelta(minutes=1)


class SignInUnderWay:
    """One sign-in under way. What is set on it is stored in the session at once."""

    def __init__(self, request: HttpRequest, name: str, pad: bytes) -> None:
        self._session, self._name, self._pad = request.session, name, pad
        self._way_back = way_back.asked_for(request)

    @property
    def _stored(self) -> dict[str, Any]:
        stored: dict[str, Any] = self._session[SIGN_INS][self._name]
        return stored

    @property
    def user_code(self) -> str:
        """As it was given, in capitals."""
        return masked(bytes.fromhex(self._stored["masked"]), self._pad).decode()

    @property
    def wrong_passwords(self) -> int:
        """The number of wrong passwords before the right one."""
        return int(self._stored.get("wrong", 0))

    @property
    def pending(self) -> int:
        """The key of the verification code that was sent last; 0 before."""
        return int(self._stored.get("pending", 0))

    def pending_as_stored(self) -> int:
        """The same, as another request may have stored it meanwhile: the form was sent twice."""
        stored = type(self._session)(self._session.session_key).get(SIGN_INS, {})
        return int(stored.get(self._name, {}).get("pending", 0))

    @property
    def account(self) -> str:
        """The account as it was when its password was right (`users.actions.account_of`)."""
        return str(self._stored.get("account", ""))

    @property
    def summary(self) -> dict[str, object] | None:
        """What the home page tells of the sign-in before this one, once this one has ended."""
        summary: dict[str, object] | None = self._stored.get("summary")
        return summary

    def note(self, **facts: object) -> None:
        """Store `wrong`, `account`, `pending` or `summary`."""
        self._stored.update(facts)
        self._session.modified = True

    def address(self, view: str, **query: str) -> str:
        """The address of one of its pages."""
        token = f"{self._name}.{urlsafe_b64encode(self._pad).decode()}"
        return f"{address(view)}?{urlencode(query | self._way_back | {TOKEN: token})}"


def begin(request: HttpRequest, user_code: str) -> SignInUnderWay:
    """A user code was given."""
    name, typed = secrets.token_urlsafe(6), user_code.encode()
    pad = secrets.token_bytes(len(typed))
    request.session.set_expiry(None)  # it may have begun as one that a form was sent twice to
    others = list(request.session.get(SIGN_INS, {}).items())[1 - MOST :]
    this = {"masked": masked(typed, pad).hex(), "seal": keyed_hash(SEAL, f"{name}:{user_code}")}
    request.session[SIGN_INS] = {**dict(others), name: this}
    return SignInUnderWay(request, name, pad)


def of(request: HttpRequest) -> SignInUnderWay | None:
    """The sign-in that this page belongs to; None when it is not, or no longer, of this session."""
    name, _dot, pad = request.GET.get(TOKEN, "").partition(".")
    stored = request.session.get(SIGN_INS, {}).get(name)
    if stored is None:
        return None
    with suppress(ValueError):  # includes what is no base64, and what is no UTF-8
        sign_in = SignInUnderWay(request, name, urlsafe_b64decode(pad))
        if is_keyed_hash(stored["seal"], SEAL, f"{name}:{sign_in.user_code}"):
            return sign_in
    return None


def masked(value: bytes, pad: bytes) -> bytes:
    """The value masked by as many random bytes, or the value again. Raises ValueError."""
    return bytes(one ^ other for one, other in zip(value, pad, strict=True))


def new_key(request: HttpRequest) -> None:
    """The password is right: the session takes a new key, and knows its sign-ins."""
    former_key = request.session.session_key
    with transaction.atomic():  # nobody finds the former key without its row
        request.session.cycle_key()
        request.session.set_expiry(None)
        leave_for_what_was_sent_twice(former_key, request.session)


def end_all(request: HttpRequest, former_key: str | None, known: dict[str, Any]) -> None:
    """The person is signed in, by a session with a new key that knows of no sign-in under way."""
    request.session.set_expiry(None)
    request.session[SIGN_INS] = known
    leave_for_what_was_sent_twice(former_key, request.session)
    del request.session[SIGN_INS]


def leave_for_what_was_sent_twice(former_key: str | None, session: SessionBase) -> None:
    """For a minute, the session's former key still knows its sign-ins.

    A form sent twice (a double click, a slow line) comes a second time with the former key, and its
    answer is the one that the browser shows. Nobody is signed in by that key: it leads on who gives
    the password, or the verification code, once more.
    """
    if former_key is None:
        return
    former = SessionStore.holding(former_key, {SIGN_INS: session[SIGN_INS]})
    former.set_expiry(SENT_TWICE)
    with suppress(CreateError):  # of the form that came first
        former.save(must_create=True)
