"""The pictures of the guide, in its order, and where a walk stops for each of them."""

from typing import NamedTuple

from tests.browser.words import ADD_A_PROXY
from tests.journeys.words import (
    ACCESS_MY_ACCOUNT,
    ASSIGN,
    CONTINUE,
    FINISH,
    REGISTER,
    RENOUNCE,
    SUBMIT,
    Said,
)


class Picture(NamedTuple):
    """A stop: the walk, the page's named address and its state; and the button to be pressed."""

    walk: str
    page: str
    state: str
    ring: Said | None = None
    #: with the header and the menu
    is_whole: bool = False

    @property
    def where(self) -> tuple[str, str, str]:
        return self.walk, self.page, self.state


PICTURES = {
    # sign in
    "landing": Picture("sign_in", "landing", "as it is", ACCESS_MY_ACCOUNT, is_whole=True),
    "user-code": Picture("marie_signs_in", "users:sign_in", "filled", CONTINUE),
    "password": Picture("marie_signs_in", "users:password", "filled", CONTINUE),
    "code-letter": Picture("marie_signs_in", "sandbox:email", "the code has come"),
    "code": Picture("marie_signs_in", "users:code", "filled", CONTINUE),
    "home": Picture("marie_signs_in", "home", "just signed in", is_whole=True),
    # step 1
    "registrations": Picture("marie_registers", "registrations:list", "one chosen", REGISTER),
    "registration-information": Picture("step_1", "register-start", "without a question", CONTINUE),
    "registration-consent": Picture("marie_registers", "register-consent", "filled", CONTINUE),
    "registration-check": Picture("step_1", "register-check", "as it is", SUBMIT),
    "registration-receipt": Picture("step_1", "register-receipt", "receipt"),
    "registration-in-process": Picture("step_1", "registrations:list", "one in process"),
    # step 2
    "menu": Picture("marie_signs_in", "home", "the menu unfolded", is_whole=True),
    "file": Picture("step_2", "create-user-file-user", "filled", CONTINUE),
    "file-check": Picture("step_2", "create-user-file-check", "as it is", SUBMIT),
    "file-receipt": Picture("step_2", "create-user-file-receipt", "receipt", CONTINUE),
    "access-key": Picture("step_2", "users:access_key", "shown once", FINISH),
    "own-password": Picture("sign_in", "users:own_password", "empty"),
    # step 3
    "proxies": Picture("step_3", "proxies:list", "empty", ADD_A_PROXY),
    "proxy-rights": Picture("step_3", "create-proxy-rights", "filled"),
    "proxy": Picture("step_3", "create-proxy-proxy", "filled", CONTINUE),
    "proxy-check": Picture("step_3", "create-proxy-check", "as it is", SUBMIT),
    "proxy-in-the-list": Picture("step_3", "proxies:list", "just transmitted"),
    "consultant": Picture("marie_gives_external_proxies", "create-proxy-proxy", "to a consultant"),
    "consultant-check": Picture(
        "marie_gives_external_proxies", "create-proxy-check", "to a consultant", SUBMIT
    ),
    "verifier-rights": Picture(
        "marie_gives_external_proxies", "create-proxy-rights", "to a verifier"
    ),
    # step 4
    "proxy-to-assign": Picture(
        "marie_chooses_the_proxy_to_assign", "proxies:list", "one chosen", ASSIGN
    ),
    "assign": Picture("step_4", "assign-proxy-start", "as it is", CONTINUE),
    "assign-users": Picture("step_4", "assign-proxy-users", "filled", CONTINUE),
    "assign-check": Picture("step_4", "assign-proxy-check", "as it is", SUBMIT),
    "assign-receipt": Picture("step_4", "assign-proxy-receipt", "receipt"),
    "users-home": Picture("outcome", "home", "a user with a proxy", is_whole=True),
    "iqea": Picture("outcome", "open_service", "open"),
    # the life of a proxy
    "one-proxy": Picture("end_of_a_proxy", "proxies:proxy", "internal, held"),
    "change-proxy": Picture("step_3_edit", "change-proxy-proxy", "filled", CONTINUE),
    "extend-proxy": Picture("end_of_a_proxy", "extend-proxy-end-date", "filled", CONTINUE),
    "extend-proxies": Picture("end_of_a_proxy", "renew-proxies-proxies", "filled", CONTINUE),
    "copy-proxy": Picture("users_of_a_proxy", "copy-proxy-users", "everyone ticked", CONTINUE),
    "revoke-proxy": Picture("end_of_a_proxy", "revoke-proxy-check", "with who loses what", SUBMIT),
    # received proxies
    "received-proxies": Picture("step_4", "proxies:list", "one received"),
    "received-proxy": Picture("end_of_a_proxy", "proxies:proxy", "received", RENOUNCE),
    # the life of a file
    "one-file": Picture("life_of_a_file", "users:file", "after reactivate-user-file"),
    "suspend-file": Picture(
        "life_of_a_file", "suspend-user-file-check", "with what follows", SUBMIT
    ),
    "reset-password": Picture(
        "life_of_a_file", "reset-password-check", "with what follows", SUBMIT
    ),
    # messages, history, who can open what
    "messages": Picture(
        "what_the_cement_works_has_done", "notices:messages", "a proxy was assigned"
    ),
    "history": Picture(
        "what_the_cement_works_has_done", "notices:history", "the four steps are done"
    ),
    "access-of": Picture("why_not", "access_of", "a user who holds a proxy"),
    "access-chain": Picture(
        "why_not", "access_chain", "one is not met, with a screen that mends it"
    ),
}
