"""A request's frames lie in one block, however deep a loop calls."""

import resource
import threading
from collections.abc import Iterable
from typing import Any

from cse_portal.speed.frames import with_room_for_frames

CALLS = 500


def called(_number: int) -> None:
    """Its frame is larger than a step of the recursion, so none steps over a block's end."""


called.__code__ = called.__code__.replace(co_stacksize=100)


def pages_taken_by_calls_at(depth: int) -> int:
    """How many pages of memory the system gives while a loop at that depth makes calls."""
    if depth:
        return pages_taken_by_calls_at(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for number in range(CALLS):
        called(number)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


class Deepest:
    """An application that calls in a loop at each depth, and writes down what was taken."""

    def __init__(self) -> None:
        self.taken: dict[int, int] = {}

    def __call__(self, _environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:
        self.taken = {depth: pages_taken_by_calls_at(depth) for depth in range(300)}
        return [b"answered"]


def test_no_loop_takes_a_block_at_each_turn() -> None:
    application = Deepest()
    # as a server does: near the beginning of a thread
    thread = threading.Thread(target=with_room_for_frames(application), args=({}, print))
    thread.start()
    thread.join()

    assert len(application.taken) == 300
    assert {depth: n for depth, n in application.taken.items() if n >= CALLS} == {}
