"""`deploy/rehearse`: what an operator does on a bad night, done here and counted.

  failover   people work through nginx, two web machines and PgBouncer while the primary dies and
             its synchronous standby is promoted, a worker is killed, the mail server is slow and
             the database restarts; then what they were told is compared with what is kept
  restore    pgBackRest backs up, all is destroyed, and an instant is restored

Each ends with exit code 1 where anything is not as it should be. Nothing but 127.0.0.1 is used,
and a folder under /tmp, which is deleted (CSE_KEEP_REHEARSAL=1 keeps it). On Debian 12:

  apt-get install postgresql pgbouncer nginx-light pgbackrest openssl
"""

import argparse
import sys

from bench.rehearsal.programs import RehearsalError


def main() -> int:
    from bench.rehearsal import night

    parser = argparse.ArgumentParser(
        "deploy/rehearse", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    failover = commands.add_parser("failover", help="people work while machines die")
    failover.add_argument("--people", type=int, default=200)
    failover.add_argument("--seconds", type=float, default=120)
    failover.add_argument(
        "--steps",
        type=lambda typed: typed.split(","),
        default=list(night.STEPS),
        help=f"of {','.join(night.STEPS)}: all",
    )
    failover.add_argument("--direct", action="store_true", help="without PgBouncer")
    failover.add_argument(
        "--signed-in", action="store_true", help="the night finds everybody at work: no sign-ins"
    )
    commands.add_parser("restore", help="an instant is restored")
    options = parser.parse_args()
    try:
        if options.command == "restore":
            from bench.rehearsal import restore

            return restore.play()
        if unknown := set(options.steps) - night.STEPS.keys():
            parser.error(f"no such step: {', '.join(sorted(unknown))}")
        return night.play(
            people=options.people,
            seconds=options.seconds,
            steps=options.steps,
            direct=options.direct,
            signed_in=options.signed_in,
        )
    except RehearsalError as reason:
        print(reason, file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main())
