"""What a request costs more where it is counted, or logged: python -m bench.watching_cost

In microseconds of the processor, around an answer that costs nothing, in turn and many times: the
median. A page takes some thousands of them (docs/performance/figures.md).
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr

ROUNDS, REQUESTS = 31, 2_000


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nowhere")
    import django

    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        os.environ["CSE_FIGURES"] = folder
        with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):  # noqa: PTH123
            django.setup()
            ways = ways_of_answering()
            found: dict[str, list[float]] = {name: [] for name in ways}
            for _round in range(ROUNDS):
                for name, answer in ways.items():
                    found[name].append(microseconds(answer))
    bare = statistics.median(found["bare"])
    for name, rounds in found.items():
        print(f"{name:12} {statistics.median(rounds) - bare:6.1f} µs")  # noqa: T201


def ways_of_answering() -> dict[str, Callable[[], object]]:
    from django.http import HttpResponse
    from django.test import RequestFactory
    from django.urls import resolve

    from cse_portal.watching import access
    from cse_portal.watching.answered import Answered, waited_in_line
    from cse_portal.watching.process import figures_of_process

    figures = figures_of_process()
    assert figures  # noqa: S101
    request = RequestFactory(HTTP_X_REQUEST_START="t=1").get("/healthz")
    request.resolver_match = resolve("/healthz")
    response = HttpResponse("x" * 5_000)

    def watched(*listeners: Callable[[Answered], None]) -> Callable[[], None]:
        def answer() -> None:
            in_line = waited_in_line(request)
            started, cpu = time.perf_counter(), time.thread_time()
            seconds, cpu_seconds = time.perf_counter() - started, time.thread_time() - cpu
            answered = Answered(request, response, seconds, cpu_seconds, in_line)
            for listener in listeners:
                listener(answered)

        return answer

    return {
        "bare": lambda: None,
        "figures": watched(figures.count),
        "access log": watched(access.log),
        "both": watched(figures.count, access.log),
    }


def microseconds(answer: Callable[[], object]) -> float:
    started = time.process_time()
    for _request in range(REQUESTS):
        answer()
    return (time.process_time() - started) / REQUESTS * 1e6


if __name__ == "__main__":
    main()
