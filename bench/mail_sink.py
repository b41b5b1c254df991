"""A mail server that stores no e-mail, only its Message-ID and the seven-digit code in it."""

import email
import email.policy
import re
import socketserver
import threading
import time
from typing import Self

from bench.place import MAIL_PORT

CODE = re.compile(r"\b[0-9]{7}\b")


class Session(socketserver.StreamRequestHandler):
    """As much of SMTP as Django's client speaks."""

    def handle(self) -> None:
        self.reply("220 bench")
        to: list[str] = []
        while line := self.rfile.readline().decode(errors="replace").strip():
            word = line[:4].upper()
            if word == "RCPT":
                to.append(line.partition("<")[2].partition(">")[0])
            if word == "DATA":
                self.reply("354 go on")
                self.read_email(to)
                to = []
            self.reply("221 bye" if word == "QUIT" else "250 ok")
            if word == "QUIT":
                return

    def reply(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def read_email(self, to: list[str]) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        content = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        text = content.get_body(("plain",))
        found = CODE.search(text.get_content()) if text else None
        if isinstance(self.server, MailSink):
            time.sleep(self.server.seconds_a_letter)
            self.server.came.append(str(content["Message-ID"]))
            if found:
                self.server.codes |= dict.fromkeys(to, found[0])


class MailSink(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1 while the block lasts.

    `came` has the Message-ID of each letter, as often as it came; `seconds_a_letter` may be changed
    at any time: a slow mail server.
    """

    allow_reuse_address = daemon_threads = True
    request_queue_size = 500

    def __init__(self, port: int = MAIL_PORT) -> None:
        self.codes: dict[str, str] = {}
        self.came: list[str] = []
        self.seconds_a_letter = 0.0
        super().__init__(("127.0.0.1", port), Session)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def code_for(self, address: str, patience: float = 5.0) -> str:
        """The code that was just sent; each is returned once."""
        until = time.monotonic() + patience
        while address not in self.codes and time.monotonic() < until:
            time.sleep(0.01)
        return self.codes.pop(address, "0000000")
