"""The local service next to a bare Starlette handler, on the same server and machine, to requests per second.

Run it as `python benchmarks/serve.py [SECONDS]` with the extra `server`. A process of its own asks over a few open
connections; the handlers take turns, and the ratio is that of the medians.
"""

import argparse
import itertools
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from odata_filter.customvision.images import ImageFile
from odata_filter.customvision.service import Settings, application, listening, serve

COUNT = "/customvision/v3.3/training/projects/bc3f7dad-5544-468c-8573-3ef04d55463e/images/count"
CONNECTIONS = 4
ROUNDS = 3

TARGETS: dict[str, Callable[[int], str]] = {
    "bare Starlette handler": lambda _: "/bare",
    "sample request": lambda _: COUNT,
    "one filter, asked again": lambda _: f"{COUNT}?$filter=key1%20eq%20%27value1%27%20and%20key2%20ne%20%27x%27",
    "a new filter each time": lambda number: (
        f"{COUNT}?$filter=key1%20eq%20%27value1%27%20and%20key2%20ne%20%27{number}%27"
    ),
}


def main() -> None:
    """Serve, have each target asked in turn, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("seconds", nargs="?", type=float, default=3.0, help="for each target and round")
    parser.add_argument("--ask", nargs=2, metavar=("PORT", "TARGET"), help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve_both()
    elif arguments.ask is not None:
        print(asked(int(arguments.ask[0]), TARGETS[arguments.ask[1]], arguments.seconds))
    else:
        compare(arguments.seconds)


def compare(seconds: float) -> None:
    """Print requests per second for each target, and the ratio to the bare handler."""
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - this file
        assert server.stdout is not None  # noqa: S101 - it was asked for
        port = server.stdout.readline().strip()
        rates: dict[str, list[float]] = {name: [] for name in TARGETS}
        for _, name in itertools.product(range(ROUNDS), TARGETS):
            ask = [sys.executable, __file__, str(seconds), "--ask", port, name]
            done = subprocess.run(ask, check=True, capture_output=True, text=True)  # noqa: S603 - this file
            rates[name].append(float(done.stdout))
        server.terminate()
    medians = {name: statistics.median(found) for name, found in rates.items()}
    bare = medians[next(iter(TARGETS))]
    for name, rate in medians.items():
        print(f"{name:<24} {rate:>8.0f} requests/s {rate / bare:>6.2f} of the bare handler")


def serve_both() -> None:
    """The service and the bare handler as one application, so that both have the same server."""

    async def bare(_: Request) -> Response:
        return Response(b"12", media_type="application/json")

    both = application(ImageFile(None), Settings())
    both.router.routes.insert(0, Route("/bare", bare))
    with listening("127.0.0.1", 0) as listener:
        print(listener.getsockname()[1], flush=True)
        serve(both, listener)


def asked(port: int, target: Callable[[int], str], seconds: float) -> float:
    """Requests per second over a few connections, each of which waits for the answer before it asks again."""
    start = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        counts = pool.map(lambda number: answered(port, target, start + seconds, number), range(CONNECTIONS))
        return sum(counts) / (time.monotonic() - start)


def answered(port: int, target: Callable[[int], str], end: float, number: int) -> int:
    """How many requests one connection has answered until the end."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for count, path in enumerate(paths(target, number)):
            if time.monotonic() > end:
                return count
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nTraining-Key: x\r\n\r\n".encode())
            answer = connection.recv(65_536)
            while not is_whole(answer):
                answer += connection.recv(65_536)
    raise AssertionError


def paths(target: Callable[[int], str], number: int) -> Iterator[str]:
    """The paths that one connection asks for; no two connections have a number in common."""
    return map(target, itertools.count(number, CONNECTIONS))


def is_whole(answer: bytes) -> bool:
    """Whether an answer with status 200 is complete.

    Raises:
        ValueError: the status is another one.
    """
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return False
    length = re.search(rb"content-length: (\d+)", head)
    if length is None or not head.startswith(b"HTTP/1.1 200 "):
        raise ValueError(head.decode())
    return len(body) == int(length[1])


if __name__ == "__main__":
    main()
