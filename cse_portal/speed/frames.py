"""Room for the frames of a request, all at once.

CPython stacks the frames of a thread in blocks of 16 kB, takes another from the system when one is
full, and gives it back as soon as the call that needed it returns. Where a loop calls at the very
end of a block (a list makes its rows fifty calls deep), each turn takes a block and gives it back:
a quarter of a page's time, by the chance of how many calls lie above. A frame that asks for more
than a block gets one large enough for itself and as much again, and all that it calls lies in it.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings

#: values that the frame of a request says it may stack, of 8 bytes: its block has 256 kB
ROOM = 16_000


def with_room_for_frames(application: WSGIApplication) -> WSGIApplication:
    """The WSGI application, called in a frame whose block has room for those of a request.

    With the setting `CSE_PLAIN`, the application itself.
    """
    if settings.CSE_PLAIN:
        return application

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return application(environ, start_response)

    call.__code__ = call.__code__.replace(co_stacksize=ROOM)
    return call
