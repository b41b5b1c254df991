"""Too many tries from one place in a short time: the page that says when to come back."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string


class TooManyTries(Exception):
    """No more is looked at for `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class TooManyTriesMiddleware:
    """Answers with the page that the settings name (429), whichever view gave up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, TooManyTries):
            return import_string(settings.TOO_MANY_TRIES_VIEW)(request, seconds=error.seconds)
        return None
