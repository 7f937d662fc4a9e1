"""Who is writing a folder: told by a file in it, believed as long as that process lives."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from omnisim.errors import StorageError
from omnisim.storage.remote import Place

LOCK_NAME = "writer.lock"

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@contextmanager
def held(folder: Path, name: str) -> Iterator[None]:
    """Keep others out of a folder as long as the block lasts; see :func:`claim`."""
    claim(folder, name)
    try:
        yield
    finally:
        (folder / LOCK_NAME).unlink(missing_ok=True)


def write_lock(folder: Place) -> None:
    """Say that this process writes the folder."""
    (folder / LOCK_NAME).write_text(json.dumps(_self()))


def claim(folder: Path, name: str) -> None:
    """Take over a folder from a writer that has ended; of several who try, one succeeds.

    Raises
    ------
    StorageError
        Its writer lives, or another process was quicker.
    """
    refuse_living(folder, name)
    lock = folder / LOCK_NAME
    aside = lock.with_name(f".{lock.name}.{uuid4().hex[:8]}")
    try:
        if lock.exists():
            lock.rename(aside)
            if is_alive(_read(aside)):  # somebody took it over since we looked
                aside.rename(lock)
                raise FileExistsError
        with lock.open("x") as file:
            file.write(json.dumps(_self()))
    except (FileNotFoundError, FileExistsError):
        raise StorageError(f"{name}: another process has just begun to write it") from None
    finally:
        aside.unlink(missing_ok=True)


def refuse_living(folder: Place, name: str) -> None:
    """Raise while the process that writes a folder lives.

    Raises
    ------
    StorageError
        Names the process and its machine.
    """
    owner = lock_owner(folder)
    if not is_alive(owner):
        return
    process, host, here = owner["pid"], owner["host"], socket.gethostname()
    if host == here:
        raise StorageError(
            f"{name}: process {process} on {host} is writing it; wait for it, or end it first"
        )
    raise StorageError(
        f"{folder / LOCK_NAME}: process {process} on {host} is writing {name}, and from {here} it "
        f"cannot be seen whether that process lives; look on {host} (ps -p {process}). If it has "
        "ended, remove this file and give the same command again (simulate: with --resume, to go on)"
    )


def lock_owner(folder: Place) -> dict[str, Any]:
    """Who writes this folder; empty when nobody says so, as in a finished one."""
    return _read(folder / LOCK_NAME)


def is_alive(owner: dict[str, Any]) -> bool:
    """Whether a writer still runs; one on another machine is taken to."""
    if not {"pid", "host"} <= owner.keys():
        return False
    if owner["host"] != socket.gethostname():
        return True  # cannot be known from here
    # A number is used again after its process ended; the birth tells them apart.
    return _birth(owner["pid"]) == owner.get("birth")


def _read(lock: Place) -> dict[str, Any]:
    try:
        owner = json.loads(lock.read_bytes())
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def _self() -> dict[str, object]:
    pid = psutil.Process().pid
    return {"pid": pid, "birth": _birth(pid), "host": socket.gethostname()}


def _birth(pid: int) -> str | None:
    """When a process was born, by a clock that nobody sets; None when there is no such process.

    Linux counts ticks since boot. Elsewhere it is the time of day, which moves when the clock is set:
    a writer then looks dead to those who come after it.
    """
    try:
        boot = _BOOT.read_text().strip()
        # the second field is the program's name in brackets, which may hold spaces
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] == "Z" else f"{boot} {fields[19]}"
    except OSError:
        if _BOOT.exists():
            return None
    try:
        return f"{psutil.Process(pid).create_time():.0f}"
    except psutil.NoSuchProcess:
        return None
