"""Too many tries from one address in a short time: the 429 page."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string


class TooManyTries(Exception):
    """Further tries are refused for `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class TooManyTriesMiddleware:
    """Answers 429 (`TOO_MANY_TRIES_VIEW`) when a view raises TooManyTries."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, TooManyTries):
            return import_string(settings.TOO_MANY_TRIES_VIEW)(request, seconds=error.seconds)
        return None
