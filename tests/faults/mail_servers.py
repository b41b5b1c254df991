"""Mail servers on this machine, as strict as a real one, and as slow or as curt as a test wants."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: what the server says to a command of a conversation, instead of its own answer; "" hangs up
Says = Callable[["Conversation", str, str], str | None]


class Conversation(socketserver.StreamRequestHandler):
    """One connection: commands in their order (RFC 5321), each letter with one recipient."""

    server: "MailServer"
    taken_here = 0
    to = ""

    def handle(self) -> None:
        self.server.conversations += 1
        self.answer("220 test ESMTP")
        while line := self.rfile.readline().decode().strip():
            self.server.heard.append(line)
            verb, _space, rest = line.partition(" ")
            if not self.answered(verb.upper(), rest):
                return

    def answered(self, verb: str, rest: str) -> bool:
        """Answer a command; False when the conversation is over."""
        said = self.server.says(self, verb, rest)
        if said is None:
            said = self.usual(verb, rest)
        elif said.startswith(("4", "5")) and verb == "MAIL":
            self.to = ""
        if not said:
            return False
        self.answer(said)
        return verb != "QUIT" and not said.startswith("421")

    def usual(self, verb: str, rest: str) -> str:
        if verb == "MAIL":
            if self.to:
                return "503 5.5.1 nested MAIL command"
            self.to = "?"
        elif verb == "RCPT":
            self.to = rest.partition("<")[2].partition(">")[0]
        elif verb == "RSET":
            self.to = ""
        elif verb == "DATA":
            return self.read_letter()
        return "221 bye" if verb == "QUIT" else "250 ok"

    def read_letter(self) -> str:
        self.answer("354 go on")
        while self.rfile.readline() not in {b".\r\n", b""}:
            pass
        said = self.server.says(self, "CONTENT", self.to)
        if said is None:
            said = "250 taken"
            self.server.take(self.to)
            self.taken_here += 1
        self.to = ""
        return said

    def answer(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """What it was told and what it took; `when_taken` wakes who waits for letters."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, says: Says) -> None:
        self.says = says
        self.conversations = 0
        self.heard: list[str] = []
        self.taken: list[str] = []
        self.when_taken = threading.Condition()
        super().__init__(("127.0.0.1", 0), Conversation)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def take(self, to: str) -> None:
        with self.when_taken:
            self.taken.append(to)
            self.when_taken.notify_all()


def as_usual(_conversation: Conversation, _verb: str, _rest: str) -> str | None:
    return None


@contextmanager
def mail_server(says: Says = as_usual) -> Iterator[MailServer]:
    with MailServer(says) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
