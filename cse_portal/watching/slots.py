"""A process's slot among the web processes of its machine: files of its own, in a shared folder.

A process that ends leaves its slot, and what it counted in it, to the next: nothing that was
counted goes back to zero, and a process that begins every few minutes leaves no files behind. Who
holds a slot is known by a lock, which the system takes back however the process ended.
"""

import fcntl
import os
from pathlib import Path

#: far more than a machine has processes: two sets of them overlap during a restart
MOST = 1_000
#: bytes of each file, taken at once: a file that grew in a full folder would end the process
SIZES = {"histogram": 1 << 20, "counter": 1 << 16, "gauge_livesum": 1 << 16}


class NoSlot(OSError):
    """All slots are held."""


def take_slot(folder: Path) -> int:
    """Take the first free slot until the process ends. Raises OSError: no folder, no room."""
    for number in range(MOST):
        lock = os.open(lock_of(folder, number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if hold(lock):
            for kind, size in SIZES.items():
                make_room(folder / f"{kind}_{number}.db", size)
            return number
        os.close(lock)
    raise NoSlot(f"all of {MOST} slots in {folder} are held")


def lock_of(folder: Path, number: int) -> Path:
    return folder / f"{number}.slot"


def hold(lock: int) -> bool:
    """Whether the lock of a slot was free; it is held from now on."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def make_room(file: Path, size: int) -> None:
    """Give the file its bytes, if it has none yet: zeros, taken from the folder's file system."""
    with file.open("ab") as opened:
        if opened.tell() == 0:
            os.posix_fallocate(opened.fileno(), 0, size)


def held_slots(folder: Path) -> set[int]:
    """The slots that a living process holds."""
    return {int(lock.stem) for lock in folder.glob("*.slot") if is_held(lock)}


def is_held(lock: Path) -> bool:
    """Whether a process holds it; one that starts this very moment takes another."""
    try:
        opened = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(opened)
    return False


def files_to_read(folder: Path, living: set[int]) -> list[str]:
    """What all processes counted, and what the living ones hold now."""
    files = []
    for file in sorted(folder.glob("*.db")):
        kind, _, number = file.stem.rpartition("_")
        if not kind.startswith("gauge") or int(number) in living:
            files.append(str(file))
    return files
