"""Child processes: the embedded database and the demo's server."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def start_child(
    command: Sequence[str], *, stop_signal: signal.Signals, **popen: Any
) -> subprocess.Popen[bytes]:
    """Start a program that ends with its parent.

    It runs in its own session: Ctrl-C reaches only the parent, which then stops its children in the
    right order. On Linux, the kernel sends `stop_signal` to the child if the parent is killed.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_follow_parent(stop_signal),  # noqa: PLW1509  one system call, no lock
        **popen,
    )


def stop_child(
    child: subprocess.Popen[bytes], *signals: signal.Signals, patience: float = 15
) -> None:
    """Send each signal in turn until the child ends; if none helps, kill it."""
    for request in (*signals, signal.SIGKILL):
        if child.poll() is not None:
            return
        child.send_signal(request)
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            continue


def _follow_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    # Loaded here: between fork and exec, the less that runs the better.
    prctl = ctypes.CDLL(None).prctl

    def ask_the_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, int(stop_signal))

    return ask_the_kernel
