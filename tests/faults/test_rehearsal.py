"""What `deploy/rehearse` plays at length, in short: a promotion loses nothing that was told."""

import re
import threading
from pathlib import Path

import pytest

from bench.rehearsal.backups import Backups
from bench.rehearsal.database import DatabaseMachine, primary_of
from bench.rehearsal.machines import Proxy, WebMachine
from bench.rehearsal.place import a_folder
from bench.rehearsal.pooler import Pooler
from bench.rehearsal.programs import RehearsalError, from_deploy, wait_until
from cse_portal.embedded.server import EmbeddedServer


@pytest.fixture
def machines():
    """A primary and its synchronous standby, by `deploy/postgresql.conf`."""
    with a_folder() as folder:
        programs = EmbeddedServer(folder)._programs()
        both = [
            DatabaseMachine(name, folder / name, programs, is_durable=False)
            for name in ("db-a", "db-b")
        ]
        for one in both:
            one.machines = both
        primary, standby = both
        try:
            primary.initialize()
            standby.copy_of(primary)
            primary.requires_a_standby()
            primary.waits_for_standbys(db_b="sync")
            yield primary, standby
        finally:
            for one in both:
                one.stop_if_it_runs()


def test_what_was_told_is_there_after_a_promotion_and_a_write_waits_for_a_second_machine(machines):
    former, heir = machines
    former.sql("CREATE TABLE told (one int)")
    for one in range(20):
        former.sql(f"INSERT INTO told VALUES ({one})")
    former.stop("immediate")
    heir.promote()
    assert primary_of(machines) is heir
    assert len(heir.sql("SELECT one FROM told")) == 20

    alone = threading.Thread(target=heir.sql, args=["INSERT INTO told VALUES (20)"])
    alone.start()
    waits = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    wait_until("a write waits for a standby", lambda: heir.sql(waits), 10)
    heir.requires_no_standby()
    alone.join(10)
    assert not alone.is_alive()


def test_the_files_of_deploy_are_those_that_are_rehearsed(tmp_path):
    """Each place that the rehearsal changes is still there; none of `deploy/` names is left."""
    machine = DatabaseMachine("db-a", tmp_path / "db-a", Path("/nowhere"))
    backups = Backups(tmp_path)
    web = WebMachine("web-1", [], {}, tmp_path, port=8001)
    made = [
        Pooler(machine).settings(),
        Proxy(tmp_path, [web, web]).settings(),
        backups.settings_of(machine),
    ]
    for text in made:
        said = [line for line in text.splitlines() if not line.lstrip().startswith(("#", ";"))]
        left = [
            line for line in said if re.search(r"/etc/|/opt/|/var/l|(db-.|smtp)\.example", line)
        ]
        assert [line for line in left if "/cse-portal" not in line] == []
    assert made[1].count("server 127.0.0.1:8001 ") == 2


def test_a_file_that_changed_under_the_rehearsal_is_named():
    with pytest.raises(RehearsalError, match=r"roles\.sql no longer has nothing like it"):
        from_deploy("roles.sql", {"nothing like it": ""})
