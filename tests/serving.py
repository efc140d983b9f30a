"""The local service as a process of its own, for the tests that ask it over the network."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

PROJECT = "bc3f7dad-5544-468c-8573-3ef04d55463e"
COUNT = f"/customvision/v3.3/training/projects/{PROJECT}/images/count"
KEY = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: where it is, its process, and the file that its messages go to."""

    url: str
    process: subprocess.Popen[str]
    messages: Path

    def get(self, path: str = COUNT, **headers: str) -> httpx2.Response:
        """The answer to a path with its query."""
        return httpx2.get(self.url + path, headers={"Training-Key": KEY, **headers}, timeout=30)


@contextmanager
def serving(messages: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Service]:
    """`odata-filter serve` at a free port, stopped afterwards."""
    command = [sys.executable, "-m", "odata_filter.cli", "serve", "--port", "0", *arguments]
    with messages.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(  # noqa: S603 - the command stands here
            command, stdout=subprocess.PIPE, stderr=file, text=True, env={**os.environ, **(environment or {})}
        )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"\d+ images at (http://\S+)\n", line)
        assert found is not None, line + messages.read_text(encoding="utf-8")
        try:
            yield Service(found[1], process, messages)
        finally:
            process.terminate()
            process.wait(timeout=30)


def uuid(number: int) -> str:
    """A UUID that ends with a number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def replace_file(path: Path, images: Iterable[Mapping[str, object]]) -> None:
    """Put a file of images where another one may be, in one step."""
    fresh = path.with_suffix(".new")
    fresh.write_text("".join(json.dumps(image) + "\n" for image in images), encoding="utf-8")
    fresh.replace(path)
