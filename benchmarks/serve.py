"""The local service beside a bare Starlette handler, which answers the same on the same server in another process.

Requests are sent many at once, so that the time is that of the server. Needs the extra `server`.
"""

import itertools
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from measure import Contest, Effort, Prepare, Ratio
from odata_filter.customvision.images import ImageFile
from odata_filter.customvision.service import Settings, application, listening, serve
from report import Report, Table, table

COUNT = "/customvision/v3.3/training/projects/bc3f7dad-5544-468c-8573-3ef04d55463e/images/count"
BASELINE = "bare Starlette handler"
TARGETS = {
    BASELINE: "/bare",
    "no filter": COUNT,
    "one filter, asked again": f"{COUNT}?$filter=key1%20ne%20%27a%27%20and%20key2%20ne%20%27b%27",
    "a new filter each time": f"{COUNT}?$filter=key1%20ne%20%27a%27%20and%20key2%20ne%20%27{{}}%27",
}
"""What is asked; every image counts."""

SIZES = (12, 10_000)
AT_ONCE = 20


def reports(effort: Effort) -> Iterator[Report]:
    """One table, with a column for each number of images."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        contests = []
        for size in SIZES:
            path = Path(folder, f"{size}.jsonl")
            path.write_text("".join(map(image, range(size))), encoding="utf-8")
            connection = stack.enter_context(served(path))
            asked = {name: asking(connection, target) for name, target in TARGETS.items()}
            contests.append(Contest(f"{size:,} images", BASELINE, asked))
        measured = table(f"{AT_ONCE} requests to the local service", contests, effort)
        yield replace(measured, notes=tuple(rates(measured)))


def rates(measured: Table) -> Iterator[str]:
    """What the ratios are in requests per second."""
    for name, outcomes in measured.rows.items():
        shown = [f"{AT_ONCE / one.seconds:,.0f} ({1 / one.median:.2f})" for one in outcomes if isinstance(one, Ratio)]
        yield f"{name}: {', '.join(shown)} requests per second (of the bare handler's)"


def image(number: int) -> str:
    """A line of the file of images."""
    metadata = {"key1": f"value{number % 7}", "key2": f"value{number % 11}"}
    return json.dumps({"id": str(UUID(int=number)), "metadata": metadata}) + "\n"


@contextmanager
def served(path: Path) -> Iterator[socket.socket]:
    """A connection to a process that serves a file of images, and stops afterwards."""
    command = [sys.executable, __file__, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - this file
        assert server.stdout is not None  # noqa: S101 - it was asked for
        address = ("127.0.0.1", int(server.stdout.readline()))
        try:
            with socket.create_connection(address) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                yield connection
        finally:
            server.terminate()


def asking(connection: socket.socket, target: str) -> Prepare:
    """Sends some requests at once, numbered if the target has a place for it, and gives the one answer to all."""
    numbers = itertools.count()

    def run() -> bytes:
        paths = [target.format(next(numbers)) for _ in range(AT_ONCE)]
        asked = (f"GET {path} HTTP/1.1\r\nHost: x\r\nTraining-Key: x\r\n\r\n" for path in paths)
        connection.sendall("".join(asked).encode())
        received, found = b"", list[bytes]()
        while len(found) < AT_ONCE:
            received += connection.recv(65_536)
            found = answers(received)
        (answer,) = set(found)
        return answer

    return lambda: run


def answers(received: bytes) -> list[bytes]:
    """The bodies of the answers that are there as a whole.

    Raises:
        ValueError: one is not 200 OK.
    """
    found = []
    while b"\r\n\r\n" in received:
        head, _, rest = received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if length is None or not head.startswith(b"HTTP/1.1 200 "):
            raise ValueError(head.decode())
        body, received = rest[: int(length[1])], rest[int(length[1]) :]
        if len(body) == int(length[1]):
            found.append(body)
    return found


def main() -> None:
    """Serve the file that is named, with a bare handler beside the service, and print the port."""
    file = ImageFile(sys.argv[1])
    count = str(len(file.current.images)).encode()

    async def bare(_: Request) -> Response:
        return Response(count, media_type="application/json")

    both = application(file, Settings())
    both.router.routes.insert(0, Route("/bare", bare))
    with listening("127.0.0.1", 0) as listener:
        print(listener.getsockname()[1], flush=True)
        serve(both, listener)


if __name__ == "__main__":
    main()
