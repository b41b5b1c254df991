"""The progress of the benchmark, printed one line at a time without buffering."""


def print_line(line: str = "") -> None:
    print(line, flush=True)  # noqa: T201
