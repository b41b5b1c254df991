"""Form pages → verification → transmission → receipt: written once, used by every procedure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple

from django.conf import settings
from django.db.models import Model
from django.http import Http404
from django.urls import reverse

from cse_portal.acting.permissions import Verb, may
from cse_portal.companies.person import Person
from cse_portal.flows.answers import Answers, Cleaned, Lists, answers_aside, as_post, slot
from cse_portal.flows.forms import PageForm, Row, Shared, Situation, Subject
from cse_portal.models import Receipt

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Text


@dataclass(frozen=True)
class Page:
    """One screen of a procedure.

    `detour` is a screen opened aside by the « Modifier » button, once for each choice of the radio
    list named `detour_chooser`; it comes back here.
    """

    slug: str
    address: "Text"
    title: "Text"
    form_class: type[PageForm]
    template_name: str = "flows/page.html"
    detour: "Page | None" = None
    detour_chooser: str = ""


class Step(NamedTuple, Generic[Subject, Shared]):
    """One page of a draft, with its form bound to the stored answers."""

    page: Page
    key: str | None
    form: PageForm[Subject, Shared]
    is_answered: bool

    @property
    def slot(self) -> str:
        return slot(self.page.slug, self.key)

    @property
    def is_done(self) -> bool:
        return self.is_answered and self.form.is_valid()


class Outcome(NamedTuple):
    """The result of a transmission: the row, and the sentence that the receipt shows.

    `more` holds results known only afterwards, by title: which of several rows were changed.
    """

    row: Model
    sentence: str
    more: Mapping[str, list[Row]] = {}


class Flow(Generic[Subject, Shared]):
    """One procedure of the portal: its pages, and the action that its transmission performs.

    `Subject` is what it is about, `Shared` what its pages read in common: None for a procedure that
    has none.
    """

    slug: ClassVar[str]
    #: what it does; `cse_portal.acting.permissions` tells which roles may
    verb: ClassVar[Verb]
    title: ClassVar["Text"]
    #: « À quoi cela sert-il ? », in the procedure's terms
    purpose: ClassVar["Text"]
    #: number of the step in the published procedure, 0 for what it does not number
    step: ClassVar[int] = 0
    pages: ClassVar[tuple[Page, ...]]
    #: where « Corriger », at the foot of the verification page, leads
    correct_page: ClassVar[str] = ""
    #: path converter of the subject's key in the addresses; empty for a procedure without a subject
    subject_converter: ClassVar[str] = ""
    #: name of the address to which « Retour » leads on the first page
    back: ClassVar[str] = settings.LOGIN_REDIRECT_URL
    #: name of the address shown after « Transmettre », with `?receipt=`; else the receipt itself
    lands_on: ClassVar[str] = ""
    #: the receipt, with what comes next
    receipt_template: ClassVar[str] = "flows/receipt.html"

    @classmethod
    def is_open_to(cls, by: Person) -> bool:
        """Whether the person may use this procedure at all."""
        return may(by, cls.verb)

    @classmethod
    def find_subject(cls, key: str, *, by: Person) -> Subject:
        """The row that the procedure is about. Raises Http404 if the person may not change it."""
        raise Http404

    @classmethod
    def obstacle(cls, subject: Subject, *, by: Person) -> str:
        """Why the procedure can't be done today on that subject, in a sentence; empty if it can."""
        return ""

    @classmethod
    def common(cls, subject: Subject, *, by: Person) -> Shared:
        """What several pages read; read only once for a whole walk, to save queries."""
        return None  # type: ignore[return-value]  # None is `Shared` then

    @classmethod
    def opening(cls, subject: Subject, *, by: Person) -> Answers:
        """Answers that a new draft starts with, from the subject's present values."""
        return {}

    @classmethod
    def consequences(
        cls, steps: list[Step[Subject, Shared]], *, subject: Subject, by: Person
    ) -> list[str]:
        """Sentences about what transmitting will change for people, shown above the button."""
        return []

    @classmethod
    def perform(cls, answers: Cleaned, *, subject: Subject, by: Person) -> Outcome:
        """Carry out the procedure. `answers` maps slots to cleaned data.

        Raises ValidationError when a rule refuses it; nothing is then changed.
        """
        raise NotImplementedError

    @classmethod
    def receipt_address(cls, receipt: Receipt) -> str:
        """The address of the acknowledgment, for those who may read it."""
        about = {"subject": receipt.subject} if cls.subject_converter else {}
        return reverse(f"{cls.slug}-receipt", kwargs={"draft": receipt.pk, **about})

    @classmethod
    def walk(
        cls, answers: Answers, *, subject: Subject, by: Person
    ) -> Iterator[Step[Subject, Shared]]:
        """Yield every page in order with its stored answers; stop at the first one to fix.

        It is the only iterator over a draft: the pages that can be opened, the verification page
        and the transmission all use it.
        """
        earlier: Cleaned = {}
        common = cls.common(subject, by=by)
        for page in cls.pages:
            aside, gone = aside_of(page, answers, common)
            at = Situation(by, subject, common, earlier, aside=aside, gone=gone)
            home = Step(
                page,
                None,
                page.form_class(as_post(answers.get(page.slug, {})), at=at),
                page.slug in answers,
            )
            yield home
            if not home.is_done:
                return
            earlier = earlier | {page.slug: home.form.cleaned_data}
            if page.detour is None:
                continue
            for key, lists in aside.items():
                at = Situation(by, subject, common, earlier, key, answers[page.slug])
                side = Step(page.detour, key, page.detour.form_class(as_post(lists), at=at), True)
                yield side
                if not side.is_done:
                    return

    @classmethod
    def complete(
        cls, answers: Answers, *, subject: Subject, by: Person
    ) -> list[Step[Subject, Shared]]:
        """Every step, all valid. Raises DraftIncomplete with the first one to fix."""
        steps = list(cls.walk(answers, subject=subject, by=by))
        last = steps[-1]
        if not last.is_done:
            raise DraftIncomplete(last)
        return steps


def aside_of(
    page: Page, answers: Answers, common: object
) -> tuple[dict[str, Lists], tuple[str, ...]]:
    """The answers of the page opened aside, and the keys for which it can no longer be opened."""
    if page.detour is None:
        return {}, ()
    stored = answers_aside(page.detour.slug, answers)
    form = page.detour.form_class
    gone = tuple(key for key in stored if not form.is_offered(key, common))
    return {key: lists for key, lists in stored.items() if key not in gone}, gone


class DraftIncomplete(Exception):
    """A page is missing or no longer valid; `step` is the first to fix."""

    def __init__(self, step: Step) -> None:
        super().__init__(step.slot)
        self.step = step
