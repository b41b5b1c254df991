"""A bad morning: what was written after an instant is to be undone, or is lost with the machine."""

import shutil
import time
from contextlib import ExitStack

from bench.crowd import PATIENCE, judge
from bench.mail_sink import MailSink
from bench.place import environment
from bench.rehearsal.backups import Backups
from bench.rehearsal.database import DatabaseMachine, address
from bench.rehearsal.machines import Proxy, a_web_machine, manage, python, told
from bench.rehearsal.night import kept
from bench.rehearsal.people import Visitor, made
from bench.rehearsal.place import a_folder
from bench.rehearsal.programs import free_port, newest_postgresql, wait_until

PEOPLE, SECONDS = 4, 10.0  # before the instant, and as many after it
PERHAPS = "ne soit plus au registre depuis la restauration"


def play() -> int:
    """Back up, write, note the instant, write more, destroy, restore; 1 where it does not fit."""
    with ExitStack() as stack:
        folder = stack.enter_context(a_folder())
        mail = stack.enter_context(MailSink(free_port()))
        backups = Backups(folder)
        machine = DatabaseMachine(
            "db-a", folder / "db-a", newest_postgresql(), archive=backups.of_postgresql
        )
        machine.machines = [machine]
        backups.configure(machine)
        stack.callback(machine.stop_if_it_runs)
        machine.initialize()
        backups.do("stanza-create")
        backups.do("check")

        def of(role: str) -> dict[str, str]:
            own = {"EMAIL_URL": f"smtp://127.0.0.1:{mail.server_address[1]}"}
            return environment(address([machine], role), 0, 1) | own

        for command in (("migrate",), ("compile_catalogs",), ("collectstatic", "--noinput")):
            manage(of("cse_owner"), *command)
        accounts = made(python(of("cse_owner"), "-m", "bench.rehearsal.people", str(3 * PEOPLE)))
        backups.do("backup", "--type=full")
        told("a whole backup; every change is archived from here on")
        web = a_web_machine("web-1", folder, of("cse_login"))
        stack.callback(web.stop)
        proxy = Proxy(folder, [web])
        stack.callback(proxy.stop)
        proxy.start()
        Visitor.mail = mail

        def work(nth: int) -> list[Visitor]:
            """Some people work for a while: others each time."""
            until = time.monotonic() + SECONDS
            some = [
                Visitor(nth * PEOPLE + n, code, mark, until, port=proxy.port)
                for n, (code, mark, _session) in enumerate(
                    accounts[nth * PEOPLE : (nth + 1) * PEOPLE]
                )
            ]
            for one in some:
                one.start()
            for one in some:
                one.join(SECONDS + 2 * PATIENCE)
            return some

        before = work(0)
        instant = now(machine)
        told(f"{transmissions(before)} transmissions; the instant is {instant}")
        after = work(1)
        lost_until = now(machine)
        told(f"{transmissions(after)} more")
        destroy(machine)
        restore(machine, backups, instant)
        said = manage(
            of("cse_login"),
            *("record_restore", f"--lost-from={instant}", f"--lost-until={lost_until}"),
        )
        told(said.strip())
        faults = judge(before, *kept(machine)) + still_there(machine, after)
        faults += not_told(after[0], proxy.port)
        faults += sum(one.observed.codes["200"] == 0 for one in before)
        told(manage(of("cse_login"), "verify_trail").strip().splitlines()[-1])
        again = work(2)
        told(f"{transmissions(again)} transmissions since")
        faults += judge(before + again, *kept(machine)) + int(transmissions(again) == 0)
        backups.do("backup", "--type=full")
        told("a whole backup of the new timeline")
        return min(1, faults)


def transmissions(people: list[Visitor]) -> int:
    return sum(len(one.observed.receipts) for one in people)


def now(machine: DatabaseMachine) -> str:
    """The database's time, as pgBackRest and `record_restore` read it."""
    ((at,),) = machine.sql("SELECT clock_timestamp()")
    return str(at.isoformat(sep=" "))


def destroy(machine: DatabaseMachine) -> None:
    """Its folder is gone, a moment after the last change was archived."""
    ((wal,),) = machine.sql("SELECT pg_walfile_name(pg_switch_wal())")
    archived = "SELECT last_archived_wal >= %s FROM pg_stat_archiver"
    wait_until("all is archived", lambda: machine.sql(archived.replace("%s", f"'{wal}'"))[0][0])
    machine.stop("immediate")
    shutil.rmtree(machine.data)
    told(f"{machine.name} is destroyed")


def restore(machine: DatabaseMachine, backups: Backups, instant: str) -> None:
    """The whole backup, then every change until the instant."""
    began = time.monotonic()
    backups.do("restore", "--type=time", f"--target={instant}", "--target-action=promote")
    machine.start()
    wait_until(
        "it takes writes", lambda: not machine.sql("SELECT pg_is_in_recovery()")[0][0], 4 * PATIENCE
    )
    told(f"restored to {instant} in {time.monotonic() - began:.0f} s")


def still_there(machine: DatabaseMachine, after: list[Visitor]) -> int:
    """How many transmissions of after the instant are kept: none should be."""
    numbers, _names = kept(machine)
    found = [
        number for one in after for number, _name in one.observed.receipts if number in numbers
    ]
    told(f"transmissions of after the instant that are there: {len(found)}")
    return len(found)


def not_told(one: Visitor, port: int) -> int:
    """1 unless the public page says of a lost acknowledgment that it may have been delivered."""
    stranger = Visitor(999, one.user_code, one.observed.mark, 0, port=port)
    number = one.observed.receipts[0][0]
    _where, page = stranger.post("/fr/verifier/", number=number, code="0000-0000-00")
    is_told = PERHAPS in page
    told(f"{number}: the public page {'says' if is_told else 'HIDES'} the loss")
    return int(not is_told)
