"""Each request is counted and logged, once it is answered, as far as the operator asked for it."""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from cse_portal.watching import access
from cse_portal.watching.answered import Answered, waited_in_line
from cse_portal.watching.process import figures_of_process

GetResponse = Callable[[HttpRequest], HttpResponse]


def watched_middleware(get_response: GetResponse) -> GetResponse:
    """Tell of each answer. Raises MiddlewareNotUsed where nobody asked: no request pays for it."""
    listeners: list[Callable[[Answered], None]] = []
    if figures := figures_of_process():
        listeners.append(figures.count)
    if settings.CSE_ACCESS_LOG:
        listeners.append(access.log)
    if not listeners:
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponse:
        in_line = waited_in_line(request)
        started, cpu = time.perf_counter(), time.thread_time()
        response = get_response(request)
        seconds, cpu_seconds = time.perf_counter() - started, time.thread_time() - cpu
        answered = Answered(request, response, seconds, cpu_seconds, in_line)
        for listener in listeners:
            listener(answered)
        return response

    return middleware


def traced_middleware(get_response: GetResponse) -> GetResponse:
    """Trace each request. Raises MiddlewareNotUsed where no collector is named."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        raise MiddlewareNotUsed
    from cse_portal.watching.traces import traced

    return traced(get_response)
