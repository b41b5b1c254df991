"""How far a long command is: a line rewritten on a terminal, a line of the log elsewhere."""

from io import StringIO

import pytest
from freezegun import freeze_time

from cse_portal.commands.progress import ERASE_LINE, Progress, duration
from cse_portal.web.security_log import JsonLines


class Terminal(StringIO):
    def isatty(self):
        return True


def shown(out):
    return [line for line in out.getvalue().split(ERASE_LINE) if line]


def test_a_terminal_shows_one_line_with_count_rate_and_what_is_left():
    out = Terminal()
    with freeze_time("2026-11-23 12:00") as clock:
        progress = Progress("send_notices", out=out)
        progress.begin("proxies", 60_000)
        clock.tick(10)
        progress.advance(12_000)
        progress.advance()  # at the same instant: the line stays
        clock.tick(1)
        progress.advance(999)
        progress.begin("expiries")
        clock.tick(1)
        progress.advance(7)
        progress.end()
    assert shown(out) == [
        "send_notices: 12,000 of 60,000 proxies, 1,200 a second, 40 s left",
        "send_notices: 13,000 of 60,000 proxies, 1,182 a second, 40 s left",
        "send_notices: 7 expiries, 7 a second",
    ]
    assert "\n" not in out.getvalue()
    assert out.getvalue().endswith(ERASE_LINE)
    assert progress.done == 13_007


def test_elsewhere_the_log_has_a_line_every_thirty_seconds(caplog):
    out = StringIO()
    with freeze_time("2026-11-23 12:00") as clock, caplog.at_level("INFO", "cse.commands"):
        progress = Progress("verify_trail", out=out)
        progress.begin("entries", 3_000)
        for _time in range(6):
            clock.tick(10)
            progress.advance(100)
        progress.end()
    assert out.getvalue() == ""
    assert [record.facts for record in caplog.records] == [
        {
            "command": "verify_trail",
            "what": "entries",
            "done": done,
            "total": 3_000,
            "per_second": 10.0,
            "seconds_left": left,
        }
        for done, left in ((300, 270), (600, 240))
    ]
    assert '"event": "progress", "command": "verify_trail"' in JsonLines().format(caplog.records[0])


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7_140, "119 min"), (7_500, "2 h 05 min")],
)
def test_a_duration_is_told_in_one_unit_or_two(seconds, told):
    assert duration(seconds) == told
