"""What the benchmark says while it runs: one line at a time, at once."""


def say(line: str = "") -> None:
    print(line, flush=True)  # noqa: T201
