"""A night: people work while a machine dies, a database restarts, a worker is killed."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Thread

from bench.crowd import PATIENCE, judge
from bench.rehearsal.database import DatabaseMachine, primary_of
from bench.rehearsal.machines import manage, python, told
from bench.rehearsal.people import Visitor, Watch, made
from bench.rehearsal.place import Place, many_machines
from bench.rehearsal.programs import RehearsalError, wait_until

SLOW = 4.0  # seconds a letter
#: of a page of a service that was away (issue 18, « Figures to reach »)
BACK_WITHIN = 5.0  # seconds

PEOPLE = "SELECT family_name FROM users_user WHERE first_name = 'Foule' AND role = 'user'"
#: of each letter, its token, whether it has left, and whether it waits
LETTERS = """
    SELECT email_token::text, emailed_at IS NOT NULL AND in_hand_until IS NULL,
        not_sent = '' AND (emailed_at IS NULL OR in_hand_until IS NOT NULL)
    FROM {table}
"""
QUEUES = ("notices_message", "notices_accountletter")
#: a worker that the database left in the middle keeps its letter in hand for five minutes
AT_ONCE = "UPDATE {table} SET in_hand_until = now() WHERE in_hand_until IS NOT NULL"


class Night:
    """The steps, each of which says what it did and what it measured."""

    def __init__(self, place: Place, watch: Watch) -> None:
        self.place, self.watch = place, watch
        self.reminders: Thread | None = None

    def worker(self) -> None:
        """A worker of a web machine is killed."""
        told("a worker of web-1 is killed")
        self.place.web[0].kill_a_worker()

    def failover(self) -> None:
        """The primary dies; the synchronous standby is promoted; the former one comes back."""
        former = primary_of(self.place.databases)
        heir_name = next(name for name, how in former.standbys().items() if how == "sync")
        heir = next(one for one in self.place.databases if one.name == heir_name)
        third = next(one for one in self.place.databases if one not in {former, heir})
        told(f"{former.name} dies")
        former.stop("immediate")
        heir.promote()
        self.measure(f"{heir.name} is promoted")
        try:
            follows = wait_until("the third follows", lambda: third.name in heir.standbys(), 20)
            told(f"{third.name} follows {heir.name} by itself, {follows:.1f} s later")
        except RehearsalError:
            third.stop()
            third.rewind_to(heir)
            told(f"{third.name} had more than {heir.name}, and was rewound")
        former.rewind_to(heir)
        wait_until(f"{former.name} follows", lambda: former.name in heir.standbys())
        told(f"{former.name} is back, rewound, as a standby: {heir.standbys()}")

    def slow_mail(self) -> None:
        """From now on, the mail server takes some seconds a letter, and there are many."""
        self.place.mail.seconds_a_letter = SLOW
        command = [self.place.as_portal, "send_notices"]
        # the database that dies in the middle of it ends it: the next one does the rest
        self.reminders = Thread(target=manage, args=command, kwargs={"check": False})
        self.reminders.start()
        told(f"the mail server takes {SLOW:.0f} s a letter, and everybody gets a reminder")

    def quick_mail(self) -> None:
        told("the mail server is quick again")
        self.place.mail.seconds_a_letter = 0

    def restart(self) -> None:
        """The database restarts, as for a new version of PostgreSQL."""
        primary = primary_of(self.place.databases)
        told(f"{primary.name} restarts")
        primary.control("restart", "-m", "fast")
        self.measure(f"{primary.name} is back")

    def measure(self, what: str) -> None:
        took = self.watch.first_right_after(time.monotonic())
        told(f"{what}: first right page {took:.1f} s later ({BACK_WITHIN:.0f} s is the goal)")


#: by name: at which share of the time, and what is done
STEPS: dict[str, list[tuple[float, Callable[[Night], None]]]] = {
    "worker": [(0.15, Night.worker)],
    "slow-mail": [(0.25, Night.slow_mail), (0.65, Night.quick_mail)],
    "failover": [(0.35, Night.failover)],
    "restart": [(0.75, Night.restart)],
}


def play(
    *, people: int, seconds: float, steps: Sequence[str], direct: bool, signed_in: bool
) -> int:
    """Play it, and count. 1 where anything was lost, doubled, foreign or without a way on."""
    with many_machines(direct=direct) as place:
        Visitor.mail = place.mail
        accounts = made(python(place.as_owner, "-m", "bench.rehearsal.people", str(people + 1)))
        began = time.monotonic()
        until = began + seconds
        crowd = [
            Visitor(nth, code, mark, until, port=place.proxy.port)
            for nth, (code, mark, _session) in enumerate(accounts)
        ]
        if signed_in:
            for visitor, (_code, _mark, session) in zip(crowd, accounts, strict=True):
                visitor.session = session
        watch = Watch(crowd.pop())
        watch.start()
        told(f"{people} people for {seconds:.0f} s")
        for person in crowd:
            person.start()
            time.sleep(0.02)
        night = Night(place, watch)
        planned = sorted((at, nth, do) for nth, s in enumerate(steps) for at, do in STEPS[s])
        for at, _nth, do in planned:
            time.sleep(max(0.0, began + at * seconds - time.monotonic()))
            do(night)
        for person in crowd:
            person.join(max(0.0, until + 2 * PATIENCE - time.monotonic()))
        watch.is_over.set()
        if night.reminders:
            night.reminders.join(PATIENCE)
            # what a failover cut short is done by the next hour's
            manage(place.as_portal, "send_notices")
        return count(place, crowd)


def count(place: Place, crowd: list[Visitor]) -> int:
    """What was told against what is kept, letters and the trail included."""
    primary = primary_of(place.databases)

    def letters() -> list[tuple[str, bool, bool]]:
        tables = (LETTERS.format(table=table) for table in QUEUES)
        return primary.sql(" UNION ALL ".join(tables), database="cse")

    faults = judge(crowd, *kept(primary))
    for table in QUEUES:
        primary.sql(AT_ONCE.format(table=table), database="cse")
    wait_until("all letters have left", lambda: not any(row[2] for row in letters()), 2 * PATIENCE)
    came = Counter(one.strip("<>").partition("@")[0] for one in place.mail.came)
    sent = [token for token, has_left, _waits in letters() if has_left]
    lost = [token for token in sent if not came[token]]
    twice = [token for token in sent if came[token] > 1]
    told(f"letters: {len(sent)} sent, lost {len(lost)}, come twice {len(twice)} (same Message-ID)")
    told(manage(place.as_portal, "verify_trail").strip().splitlines()[-1])
    unfinished = sum(person.is_alive() for person in crowd)
    if unfinished:
        told(f"{unfinished} people did not end")
    return int(bool(faults or lost or unfinished))


def kept(machine: DatabaseMachine) -> tuple[set[str], Counter[str]]:
    """The numbers of the receipts, and the names of the people, that a database holds."""
    numbers = machine.sql("SELECT number FROM cse_portal_receipt", database="cse")
    names = machine.sql(PEOPLE, database="cse")
    return {number for (number,) in numbers}, Counter(name for (name,) in names)
