"""A web server's process whose threads are given a request only once it is all there.

gunicorn's own threads read the request themselves, and wait as long as its sender likes: a dozen
that are sent slowly, or never to the end, hold all of them, and nobody else is served. Here the
main loop, which waits for all connections at once, keeps what comes until head and body are
complete; a thread then never waits for a visitor. Behind `deploy/nginx.conf`, which does the same,
nothing changes; in front of everybody, the portal does not depend on it.

It stands on gunicorn's threaded worker, whose version `requirements/runtime.in` bounds.
"""

import contextlib
import errno
import os
import re
import selectors
import socket
import time
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from gunicorn.http.body import LengthReader
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from cse_portal.inheritance import stands_on
from cse_portal.web.bodies import LONGEST_BODY

if TYPE_CHECKING:
    from cse_portal.watching.figures import Figures

#: bytes: four lines of 8 kB, as nginx takes them, and room
LONGEST_HEAD = 64 * 1024
CHUNK = 256 * 1024  # bytes that are read at a time
#: bytes that are read and thrown away, so that a refused sender reads why
LONGEST_FAREWELL = 8 * LONGEST_BODY
END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)[ \t]*\r\n", re.IGNORECASE)
WAITS_TO_SEND = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
REFUSAL = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_SLOW, TOO_CROWDED = b"408 Request Timeout", b"503 Service Unavailable"
HEAD_TOO_LARGE = b"431 Request Header Fields Too Large"
REASONS = {TOO_SLOW: "slow", TOO_CROWDED: "crowded", HEAD_TOO_LARGE: "large"}


class Gone(Exception):
    """The other side closed the connection, or may not go on; `answer` is what it is told."""

    def __init__(self, answer: bytes = b"") -> None:
        super().__init__(answer)
        self.answer = answer


@stands_on("init", "close", "set_timeout")
class Arrival(TConn):
    """A connection, and what has come of its next request."""

    def __init__(self, *arguments: Any, patience: float) -> None:
        super().__init__(*arguments)
        self.patience = patience
        self.arrived = bytearray()
        #: bytes that the request has in all, once its head is there
        self.expected: int | None = None
        #: bytes thrown away since the last answer was given; None while requests are taken
        self.thrown_away: int | None = None
        self.data_ready = True  # when a thread gets it

    def init(self) -> None:
        """In the thread: the parser reads what has come; what the thread sends waits no longer."""
        super().init()
        self.sock.settimeout(self.patience)
        self.parser.unreader.unread(bytes(self.arrived))
        self.arrived.clear()
        self.expected = None

    def receive(self) -> None:
        """Take what has come, without waiting. Raises Gone."""
        try:
            data = self.sock.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            raise Gone from None
        if not data:
            raise Gone
        if self.thrown_away is None:
            self.arrived += data
            return
        self.thrown_away += len(data)
        if self.thrown_away > LONGEST_FAREWELL:
            raise Gone

    def is_whole(self) -> bool:
        """Whether a thread can answer without waiting. Raises Gone for a head without an end.

        A body that is too long, or whose length isn't told, is not waited for: it is refused.
        """
        if self.expected is None:
            end = self.arrived.find(END_OF_HEAD)
            if end < 0:
                if len(self.arrived) > LONGEST_HEAD:
                    raise Gone(HEAD_TOO_LARGE)
                return False
            head = bytes(self.arrived[: end + len(END_OF_HEAD)])
            told = LENGTH.search(head)
            length = int(told[1].lstrip(b"0")[:9] or 0) if told else 0  # nine digits are too many
            self.expected = len(head) + (length if length <= LONGEST_BODY else 0)
            if len(self.arrived) < self.expected and WAITS_TO_SEND.search(head):
                self.say(GO_ON)
        return len(self.arrived) >= self.expected

    def say(self, words: bytes) -> None:
        """A few bytes, which the system keeps for the other side; if it can't, nothing is said."""
        try:
            self.sock.send(words)
        except OSError:
            return  # nobody reads it

    def throw_away(self) -> None:
        """Read what else has come: closed with bytes unread, the connection would be reset, and the
        last word perhaps lost.
        """
        with contextlib.suppress(OSError):  # nothing more is there
            for _chunk in range(LONGEST_BODY // CHUNK + 1):
                if not self.sock.recv(CHUNK):
                    return

    def leaves_a_body(self) -> bool:
        """Whether bytes of the request that was answered are still to come."""
        reader = self.parser.mesg.body.reader
        held = len(self.parser.unreader.buf.getvalue())
        return not isinstance(reader, LengthReader) or reader.length > held


@stands_on(
    *("accept", "on_client_socket_readable", "on_pending_socket_readable", "murder_pending"),
    *("enqueue_req", "finish_request", "_cap_keepalive", "_keepalive_after"),
)
class WholeRequestWorker(ThreadWorker):
    """gunicorn's threaded worker, whose threads wait for no visitor.

    A request has `PATIENCE` seconds to arrive. Where more connections wait than the process may
    hold, or more bytes have come than it may keep, whoever waits the longest makes room.
    """

    PATIENCE: ClassVar[float] = 10.0
    #: bytes of requests that are not whole yet
    MOST_KEPT: ClassVar[int] = 64 * LONGEST_BODY

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.kept = 0
        self.figures: Figures | None = None

    def load_wsgi(self) -> None:
        """The portal is loaded here: from now on, what the operator asked for can be counted."""
        super().load_wsgi()
        if os.environ.get("CSE_FIGURES"):
            from cse_portal.watching.process import figures_of_process

            self.figures = figures_of_process()

    def notify(self) -> None:
        """Main loop, at each turn and once a second at least: the process lives."""
        super().notify()
        if self.figures:
            self.figures.look(waiting=len(self.pending_conns), held=self.nr_conns)

    def accept(self, listener: socket.socket) -> None:
        """A new connection: its request is waited for by the main loop."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}:
                raise
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections and self.pending_conns:
            self.part(self.pending_conns[0], TOO_CROWDED)
        name = listener.getsockname()
        self.wait_for(Arrival(self.cfg, client, address, name, patience=self.PATIENCE))

    def on_client_socket_readable(self, conn: Arrival, client: socket.socket) -> None:
        """The next request of a connection that was kept."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self.wait_for(conn)

    def wait_for(self, conn: Arrival) -> None:
        """Let the main loop keep the connection until its request is whole, for a time."""
        patience = self.PATIENCE if self.alive else STOP_KEEPALIVE_LINGER
        conn.timeout = time.monotonic() + patience
        self.kept += len(conn.arrived)
        self.pending_conns.append(conn)
        comes = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, comes)
        comes(conn.sock)  # most often, it has come already

    def on_pending_socket_readable(self, conn: Arrival, client: socket.socket) -> None:
        """More of a request came: once it is whole, a thread answers it."""
        before = len(conn.arrived)
        try:
            conn.receive()
            self.kept += len(conn.arrived) - before
            if conn.thrown_away is None and conn.is_whole():
                self.forget(conn)
                self.enqueue_req(conn)
            elif self.kept > self.MOST_KEPT:
                self.part(self.pending_conns[0], TOO_CROWDED)
        except Gone as gone:
            self.part(conn, gone.answer)

    def murder_pending(self) -> None:
        """Part with those whose request did not arrive in time."""
        now = time.monotonic()
        while self.pending_conns and self.pending_conns[0].timeout <= now:
            late = self.pending_conns[0]
            self.part(late, TOO_SLOW if late.arrived else b"")

    def _cap_keepalive(self, deadline: float) -> None:
        """A process that stops waits a moment for those who keep silent, and no more."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def forget(self, conn: Arrival) -> None:
        """Wait for a connection no longer."""
        self.pending_conns.remove(conn)
        self.kept -= len(conn.arrived)
        with contextlib.suppress(KeyError, ValueError):  # closed by the other side
            self.poller.unregister(conn.sock)

    def part(self, conn: Arrival, answer: bytes = b"") -> None:
        """Close a connection that was waited for, after a last word."""
        self.forget(conn)
        if answer:
            conn.say(REFUSAL % answer)
            conn.throw_away()
            if self.figures:
                self.figures.part(REASONS[answer])
        self.nr_conns -= 1
        conn.close()

    def _keepalive_after(self, conn: Arrival, keepalive: bool) -> bool:
        """Whether another request may follow: not where the rest of this one would be read."""
        if not keepalive or conn.leaves_a_body():
            return False
        return bool(super()._keepalive_after(conn, keepalive))

    def finish_request(self, conn: Arrival, future: "Future[Any]") -> None:
        """Main loop: an answer was given; wait for the next request, or for the other side's end.

        gunicorn would wait here for the other side to close, and nobody be served meanwhile.
        """
        try:
            is_kept = not future.cancelled() and future.result()
            conn.sock.setblocking(False)
            if not is_kept:
                conn.sock.shutdown(socket.SHUT_WR)
                conn.thrown_away = 0
                self.wait_for(conn)
            elif ahead := conn.parser.unreader.take_buffered():
                conn.arrived += ahead
                self.wait_for(conn)
            else:
                self.keep(conn)
        except Exception:
            if conn in self.pending_conns:
                self.forget(conn)
            self.nr_conns -= 1
            conn.close()

    def keep(self, conn: Arrival) -> None:
        """Keep a connection between two requests."""
        conn.set_timeout()
        if not self.alive:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        self.keepalived_conns.append(conn)
        comes = partial(self.on_client_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, comes)
