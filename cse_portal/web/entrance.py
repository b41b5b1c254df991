"""The portal's entrance: what a request says of itself, before Django makes anything of it.

Django reads a request's type before any middleware, and answers nothing when it can't.
"""

import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

#: a type, and parameters without RFC 2231's encodings (`name*=`), which no browser sends
TYPE = re.compile(
    r'[\w.+-]+/[\w.+-]+([ \t]*;[ \t]*[\w-]+=("[ !#-\[\]-~]*"|[!#-:<-~]*))*[ \t;]*', re.ASCII
)
NO_FORM = "application/octet-stream"


def with_entrance(application: WSGIApplication) -> WSGIApplication:
    """The WSGI application, to which nothing comes that Django can't read.

    A content type that is none becomes one that no form has. What is only looked at (HEAD) is
    answered without the body, which Django makes all the same, and of which gunicorn warns.
    """

    def enter(said: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        content_type = said.get("CONTENT_TYPE")
        if content_type and not TYPE.fullmatch(content_type):
            said["CONTENT_TYPE"] = NO_FORM
        answer = application(said, start_response)
        return without_body(answer) if said["REQUEST_METHOD"] == "HEAD" else answer

    return enter


def without_body(answer: Iterable[bytes]) -> Iterable[bytes]:
    """End an answer of which the head alone is sent."""
    if close := getattr(answer, "close", None):
        close()
    return []
