"""Does the time that the password page takes tell whether anybody has a user code?

    .venv/bin/python -m bench.sign_in_timing --times 300

Three kinds of tries, in turn so that whatever else the machine does falls on all alike: a wrong
password of a person who exists, a user code that nobody has, and a sign-in that five wrong
passwords have closed. Passwords are hashed by Argon2id, as in production. For each pair of kinds,
the medians and the probability, by Mann and Whitney's test, that one sees such a difference by
chance: a small one (under 0.001) would let an attacker tell them apart. Exit code 1 then.
"""

import argparse
import itertools
import math
import os
import statistics
import sys
import time
from typing import Any

KINDS = ("wrong password", "nobody's code", "closed")


def p_of_chance(first: list[float], second: list[float]) -> float:
    """Mann and Whitney's two-sided probability, by the normal approximation (ties are rare)."""
    ranked = sorted([(seconds, 0) for seconds in first] + [(seconds, 1) for seconds in second])
    rank_sum = sum(rank for rank, (_time, of) in enumerate(ranked, start=1) if of == 0)
    n, m = len(first), len(second)
    u = rank_sum - n * (n + 1) / 2
    z = (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))


def one_try(client: Any, user_code: str) -> float:
    """Seconds that the answer to one wrong password took."""
    from django.urls import reverse

    there = client.post(reverse("users:sign_in"), {"user_code": user_code}).url
    started = time.perf_counter()
    answer = client.post(there, {"password": "pas la bonne phrase"})
    took = time.perf_counter() - started
    if answer.status_code != 200:
        raise SystemExit(f"unexpected answer: {answer.status_code}")
    return took


def measure(times: int) -> dict[str, list[float]]:
    from django.test import Client

    from users import lockout
    from users.models import Tries

    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    client = Client(HTTP_HOST="localhost")
    lockout.warn_in_background = lambda user_code: None  # the letter leaves in a thread of its own
    for nth in range(times):
        # four tries at most for a code, so that the first two kinds stay open
        Tries.objects.filter(kind="password").update(count=0)
        for _time in range(5):
            lockout.count_try(Tries.Kind.PASSWORD, "TREM1001")
        for kind, code in zip(KINDS, ("OBRI1004", f"RIEN{1000 + nth}", "TREM1001"), strict=True):
            taken[kind].append(one_try(client, code))
    return taken


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--times", type=int, default=300)
    options = asked.parse_args()

    from cse_portal.embedded.server import EmbeddedServer

    with EmbeddedServer.throw_away() as server:
        os.environ |= {
            "DATABASE_URL": server.url,
            "CSE_SANDBOX": "true",
            "CSE_TRIES_PER_ADDRESS": "1000000",
            "DJANGO_SETTINGS_MODULE": "cse_portal.settings",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("compile_catalogs")
        call_command("collectstatic", verbosity=0, interactive=False)
        call_command("load_demo", verbosity=0)
        measure(5)  # what is loaded at the first page
        taken = measure(options.times)
        from django.db import connection

        connection.close()
        wrapper: Any = connection
        wrapper.close_pool()
    for kind, seconds in taken.items():
        deciles = statistics.quantiles(seconds, n=10)
        print(  # noqa: T201
            f"{kind:16} median {statistics.median(seconds) * 1000:6.1f} ms,"
            f" first decile {deciles[0] * 1000:6.1f}, last {deciles[-1] * 1000:6.1f}"
        )
    told_apart = 0
    for one, other in itertools.combinations(KINDS, 2):
        chance = p_of_chance(taken[one], taken[other])
        told_apart += chance < 0.001
        print(f"{one} / {other}: p = {chance:.3f}")  # noqa: T201
    return min(told_apart, 1)


if __name__ == "__main__":
    sys.exit(main())
