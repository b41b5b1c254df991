"""One electronic services manager's whole day, request by request: the sign-in, four procedures."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from bench.mail_sink import MailSink
from bench.visitor import PASSWORD, Answer, Visitor, seal_of, sent_by
from bench.ways import (
    CREATION,
    FILES,
    HOME,
    MINISTRIES,
    NEW_PROXY,
    PROXIES,
    RIGHTS,
    SIGN_IN,
    TERMS,
    a_file,
)

PASSWORD_POSTED = "sign in: password, posted"  # noqa: S105 - a step's name
BUSY = 503  # « try again in a few seconds »: the same page is asked for again
ASKS_MORE = "amf"  # a ministry with questions of its own


@dataclass(frozen=True)
class Step:
    """One request of the journey, and what came back."""

    name: str
    answer: Answer
    expects: int

    @property
    def is_right(self) -> bool:
        return self.answer.status == self.expects


Walk = Generator[Step, None, Answer]


class Manager:
    """The ESM of a seeded company, at a browser."""

    def __init__(self, port: int, company: int, sink: MailSink) -> None:
        self.visitor, self.sink = Visitor(port), sink
        self.key = company * 5 - 4  # as the seeds have it
        #: keys of the proxies that the company gave before
        self.given: list[str] = []

    def get(self, name: str, path: str, expects: int = 200) -> Walk:
        while True:
            answer = self.visitor.get(path)
            yield Step(name, answer, expects)
            if answer.status != BUSY:
                return answer

    def post(self, name: str, path: str, **answers: str) -> Walk:
        while True:
            answer = self.visitor.post(path, **answers)
            yield Step(f"{name}, posted", answer, 302)
            if answer.status != BUSY:
                return answer

    def signs_in(self) -> Iterator[Step]:
        self.visitor = Visitor(self.visitor.port, connection=self.visitor.connection)
        yield from self.get("sign in: user code", SIGN_IN)
        answer = yield from self.post("sign in: user code", SIGN_IN, user_code=f"B{self.key:08d}")
        password_page = answer.location
        yield from self.get("sign in: password", password_page)
        answer = yield from self.post("sign in: password", password_page, password=PASSWORD)
        code_page = answer.location
        yield from self.get("sign in: code", code_page)
        code = self.sink.code_for(f"p{self.key}@entreprise.example")
        yield from self.post("sign in: code", code_page, code=code)

    def works(self) -> Iterator[Step]:
        """Home, the list of files, then the four procedures in their order."""
        yield from self.get("home", HOME)
        yield from self.get("list of files", FILES)
        yield from self.registers()
        yield from self.creates_a_file()
        yield from self.gives_a_proxy()
        yield from self.assigns_it()

    def registers(self) -> Iterator[Step]:
        name = "registration"
        page = (yield from self.get(f"{name}: list", MINISTRIES)).page
        left = [code for code in sent_by(page, "ministry") if code != ASKS_MORE]
        if not left:
            return  # registered everywhere, in journeys before
        start = f"{MINISTRIES}inscrire/{left[0]}/"
        yield from self.get(f"{name}: information", start)
        consent = (yield from self.post(f"{name}: information", start)).location
        yield from self.get(f"{name}: consent", consent)
        check = yield from self.post(f"{name}: consent", consent, consents="on")
        yield from self.transmits(name, check.location)

    def creates_a_file(self) -> Iterator[Step]:
        yield from self.get("user file: form", CREATION)
        check = yield from self.post("user file: form", CREATION, **a_file())
        yield from self.transmits("user file", check.location)

    def gives_a_proxy(self) -> Iterator[Step]:
        name, start = "proxy", NEW_PROXY
        self.given = given_in((yield from self.get(f"{name}: list", PROXIES)).page)
        yield from self.get(f"{name}: terms", start)
        rights = yield from self.post(
            f"{name}: terms, to the rights", start, **TERMS, detour="rights"
        )
        yield from self.get(f"{name}: rights", rights.location)
        back = yield from self.post(f"{name}: rights", rights.location, **RIGHTS)
        yield from self.get(f"{name}: terms again", back.location)
        check = yield from self.post(f"{name}: terms", back.location, **TERMS)
        yield from self.transmits(name, check.location)

    def assigns_it(self) -> Iterator[Step]:
        name = "assignment"
        page = (yield from self.get(f"{name}: list", PROXIES)).page
        new = [proxy for proxy in given_in(page) if proxy not in self.given] or ["0"]
        chosen = yield from self.get(
            f"{name}: proxy chosen", f"{PROXIES}?proxy={new[0]}&assign=1", expects=302
        )
        yield from self.get(f"{name}: proxy", chosen.location)
        users = (yield from self.post(f"{name}: proxy", chosen.location)).location
        page = (yield from self.get(f"{name}: users", users)).page
        last = sent_by(page, "users")[-1:] or [""]
        check = yield from self.post(f"{name}: users", users, users=last[0])
        yield from self.transmits(name, check.location)

    def transmits(self, name: str, check: str) -> Iterator[Step]:
        page = (yield from self.get(f"{name}: verification", check)).page
        sent = yield from self.post(f"{name}: transmission", check, seal=seal_of(page))
        yield from self.get(f"{name}: acknowledgment", sent.location)


def given_in(page: str) -> list[str]:
    """The keys of the proxies given, in the page that lists them."""
    own, _mark, _received = page.partition("received_list")
    return sent_by(own, "proxy")
