"""A PostgreSQL server in a temporary folder, for the tests that need one."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from os import geteuid
from pathlib import Path
from tempfile import TemporaryDirectory


@cache
def programs() -> Path | None:
    """The folder with `initdb` and `pg_ctl`, the newest there is, or None."""
    found = shutil.which("initdb")
    places = (
        [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version)
    )
    return next((place for place in reversed(places) if (place / "initdb").exists()), None)


def _version(program: Path) -> int:
    name = program.parents[1].name
    return int(name) if name.isdecimal() else 0


@contextmanager
def server() -> Iterator[str]:
    """A running server, which stops at the end; gives `user@host:port/database`."""
    place = programs()
    assert place is not None
    # PostgreSQL refuses to run as root.
    as_user = ["runuser", "-u", "postgres", "--"] if geteuid() == 0 else []
    with TemporaryDirectory(prefix="odata-filter-") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        if as_user:
            shutil.chown(folder, "postgres")
        data, log = f"{folder}/data", f"{folder}/log"

        def run(program: str, *arguments: str) -> None:
            command = [*as_user, str(place / program), "-D", data, *arguments]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603 - our own arguments

        run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        run("pg_ctl", "-w", "-l", log, "-o", options, "start")
        try:
            yield f"postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "fast", "-w", "stop")
