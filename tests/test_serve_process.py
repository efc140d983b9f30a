"""`odata-filter serve` as its users meet it: a process that answers, reloads and stops."""

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from odata_filter import cli
from serving import COUNT, KEY, PROJECT, Service, replace_file, serving, uuid

needs_signals = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="the system has no SIGHUP")


def wait_until(true: Callable[[], bool]) -> None:
    """Wait until something becomes true, for 30 seconds at most."""
    deadline = time.monotonic() + 30
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert true()


# ---- Starting and stopping -----------------------------------------------------------------------------


def test_the_sample_request_is_answered_with_twelve(tmp_path: Path) -> None:
    """As in the endpoint's document, without any argument but the port."""
    with serving(tmp_path / "messages") as service:
        assert ("12", "application/json") == (service.get().text, service.get().headers["Content-Type"])
    assert "" == service.messages.read_text(encoding="utf-8")


@needs_signals
def test_a_signal_stops_the_service(tmp_path: Path) -> None:
    """Without a traceback."""
    with serving(tmp_path / "messages") as service:
        assert "12" == service.get().text
        service.process.terminate()
        assert -signal.SIGTERM == service.process.wait(timeout=30)
    assert "" == service.messages.read_text(encoding="utf-8")


@needs_signals
def test_the_service_hears_sighup_from_the_moment_it_says_where_it_is(tmp_path: Path) -> None:
    """Whoever waits for the line may send it at once."""
    with serving(tmp_path / "messages", "--reload-every", "60") as service:
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: service.messages.read_text(encoding="utf-8") == "read again: 12 images\n")
        assert "12" == service.get().text


def test_the_key_may_come_from_the_environment(tmp_path: Path) -> None:
    """There those who list processes do not see it; it is in no message either."""
    with serving(tmp_path / "messages", environment={"ODATA_FILTER_TRAINING_KEY": KEY}) as service:
        assert (200, 401) == (service.get().status_code, service.get(**{"Training-Key": "x"}).status_code)
    assert KEY not in service.messages.read_text(encoding="utf-8")


def test_the_key_of_the_command_line_comes_first(tmp_path: Path) -> None:
    """Before that of the environment."""
    arguments = ("--training-key", "other", "--project", PROJECT)
    with serving(tmp_path / "messages", *arguments, environment={"ODATA_FILTER_TRAINING_KEY": KEY}) as service:
        assert (401, 200) == (service.get().status_code, service.get(**{"Training-Key": "other"}).status_code)
        path = COUNT.replace(PROJECT, uuid(1))
        assert "NotFoundProject" == service.get(path, **{"Training-Key": "other"}).json()["code"]


# ---- In this process -----------------------------------------------------------------------------------


def asked(address: tuple[str, int], request: bytes) -> bytes:
    """What comes back for some bytes, until the service hangs up."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT interrupts, even where the tests run in the background of a shell, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Meanwhile:
    """A thread that asks as soon as the command in this process says where it listens, and then stops it.

    Attributes:
        said: what the command printed.
        complaints: what it printed on standard error.
        answers: what came back for each request.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *requests: bytes, finally_: Callable[[], object]) -> None:
        self.said: list[str] = []
        self.complaints: list[str] = []
        self.answers: list[bytes] = []
        monkeypatch.setattr(cli, "_say", lambda text, **_: self.said.append(text))
        monkeypatch.setattr(cli, "_complain", self.complaints.append)
        self._thread = threading.Thread(target=self._ask, args=(requests, finally_))
        self._thread.start()

    def join(self) -> None:
        """Wait until everything was asked."""
        self._thread.join()

    def _ask(self, requests: tuple[bytes, ...], finally_: Callable[[], object]) -> None:
        wait_until(lambda: bool(self.said))
        where = urlsplit(self.said[0].split()[-1])
        try:
            for request in requests:
                self.answers.append(asked((str(where.hostname), int(where.port or 0)), request))
            finally_()
        finally:
            os.kill(os.getpid(), signal.SIGINT)


@needs_signals
@pytest.mark.usefixtures("interruptible")
def test_the_command_answers_until_it_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no HTTP, or has no end, is answered in the endpoint's words; SIGHUP has the images read again."""
    request = f"GET {COUNT} HTTP/1.1\r\nHost: x\r\nTraining-Key: x\r\nConnection: close\r\n\r\n".encode()
    endless = b"GET / HTTP/1.1\r\nX: ".ljust(65_537, b"x")

    def hang_up() -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        wait_until(lambda: thread.complaints == ["read again: 12 images"])

    thread = Meanwhile(monkeypatch, request, b"no request\r\n\r\n", endless, finally_=hang_up)
    assert 130 == cli.main(["serve", "--port", "0", "--reload-every", "60"])
    thread.join()
    heads, bodies = zip(*(answer.split(b"\r\n\r\n") for answer in thread.answers), strict=True)
    assert [b"200", b"400", b"400"] == [head.split()[1] for head in heads]
    assert b"12" == bodies[0]
    assert [{"code": "BadRequest", "message": "Invalid HTTP request received."}] * 2 == list(
        map(json.loads, bodies[1:])
    )


def test_a_usable_address_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    """A port that is taken, or an address that is another's, is a wrong command line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert 2 == cli.main(["serve", "--port", str(port)])
    message = f"cannot listen at 127.0.0.1, port {port}: Address already in use"
    assert message in capsys.readouterr().err
    assert 2 == cli.main(["serve", "--port", "0", "--host", "2001:db8::1"])
    assert "cannot listen at 2001:db8::1, port 0: " in capsys.readouterr().err


WRONG_ARGUMENTS = {
    ("--port", "x"): "'x' is no port",
    ("--port", "65536"): "'65536' is no port",
    ("--port", "²"): "'²' is no port",
    ("--project", "x"): "'x' is no UUID",
    ("--reload-every", "0"): "'0' is no number of seconds",
    ("--reload-every", "nan"): "'nan' is no number of seconds",
    ("--reload-every", "x"): "'x' is no number of seconds",
    ("--training-key", ""): "the training key is not printable ASCII text",
    ("--training-key", " secret"): "the training key is not printable ASCII text",
    ("--training-key", "secrét"): "the training key is not printable ASCII text",
}


@pytest.mark.parametrize("arguments", WRONG_ARGUMENTS, ids=" ".join)
def test_a_wrong_argument_is_told(arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """A message never repeats what may be a key."""
    assert 2 == cli.main(["serve", *arguments])
    message = capsys.readouterr().err
    assert WRONG_ARGUMENTS[arguments] in message
    assert "secr" not in message


def test_an_empty_key_in_the_environment_is_no_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is more likely a mistake than the wish to be open."""
    monkeypatch.setenv("ODATA_FILTER_TRAINING_KEY", "")
    assert 2 == cli.main(["serve", "--port", "0"])
    assert "the training key is not printable ASCII text\n" == capsys.readouterr().err


def test_bad_data_is_told_before_anything_is_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With file and line."""
    path = tmp_path / "images.jsonl"
    replace_file(path, [{"id": uuid(1)}, {}])
    assert 3 == cli.main(["serve", str(path), "--port", "0"])
    assert ("", f"{path}, line 2: id has no UUID in None\n") == tuple(capsys.readouterr())


def test_the_extra_may_be_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Then the command says how to get it."""
    customvision: Any = importlib.import_module("odata_filter.customvision")
    monkeypatch.delattr(customvision, "service", raising=False)
    monkeypatch.delitem(sys.modules, "odata_filter.customvision.service", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert 2 == cli.main(["serve"])
    assert 'uvicorn is not installed: pip install "odata-filter[server]"\n' == capsys.readouterr().err


@needs_signals
@pytest.mark.usefixtures("interruptible")
def test_a_job_in_the_background_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells have SIGINT ignored there; the service ends, and that is no interruption."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    request = f"GET {COUNT} HTTP/1.1\r\nHost: x\r\nTraining-Key: {KEY}\r\nConnection: close\r\n\r\n".encode()
    thread = Meanwhile(monkeypatch, request, finally_=lambda: None)
    assert 0 == cli.main(["serve", "--port", "0", "--training-key", KEY])
    thread.join()
    assert [b"12"] == [answer[-2:] for answer in thread.answers]


@needs_signals
@pytest.mark.usefixtures("interruptible")
def test_an_ipv6_address_is_shown_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it can be put into a browser."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"the machine has no IPv6: {error.strerror}")
    request = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    thread = Meanwhile(monkeypatch, request, finally_=lambda: None)
    assert 130 == cli.main(["serve", "--port", "0", "--host", "::1"])
    thread.join()
    assert thread.answers[0].endswith(b'{"status":"ok","images":12,"problem":null}')


# ---- Reloading -----------------------------------------------------------------------------------------


def test_a_changed_file_is_served_and_a_broken_one_is_not(tmp_path: Path) -> None:
    """The old images stay in use, and both standard error and /health say so."""
    path = tmp_path / "images.jsonl"
    replace_file(path, [{"id": uuid(1)}])
    with serving(tmp_path / "messages", str(path), "--reload-every", "0.05") as service:
        assert "1" == service.get().text
        replace_file(path, [{"id": uuid(1)}, {"id": uuid(2)}])
        wait_until(lambda: service.get().text == "2")
        path.write_text("broken", encoding="utf-8")
        wait_until(lambda: service.get("/health").json()["status"] == "stale")
        assert "2" == service.get().text
        replace_file(path, [])
        wait_until(lambda: service.get().text == "0")
        assert "ok" == service.get("/health").json()["status"]
    messages = service.messages.read_text(encoding="utf-8")
    assert f"{path}, line 1: not JSON: expecting value at 'broken'\nthe 2 images" in messages


LOAD = """
import http.client, itertools, json, sys, threading, time

host, path, key, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
counts, failures = [[], []], []

def ask(mine):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        connection = http.client.HTTPConnection(host, timeout=30)
        for _ in range(100):
            try:
                connection.request("GET", path, headers={"Training-Key": key})
                answer = connection.getresponse()
                body = answer.read()
                mine.append(int(body) if answer.status == 200 else failures.append(body.decode()))
            except Exception as error:
                failures.append(repr(error))
        connection.close()

threads = [threading.Thread(target=ask, args=(mine,)) for mine in counts]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
runs = [[count for count, _ in itertools.groupby(mine)] for mine in counts]
print(json.dumps({"answers": sum(map(len, counts)), "runs": runs, "failures": failures[:5]}))
"""


def images(generation: int) -> list[dict[str, object]]:
    """Of each later generation one image more; those of different generations have no image in common."""
    ids = range(generation * 1_000, generation * 1_001 + 500)
    return [{"id": uuid(one), "metadata": {"generation": str(generation)}} for one in ids]


@needs_signals
@pytest.mark.parametrize("seconds", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_reloads_under_load_lose_and_spoil_nothing(tmp_path: Path, seconds: int) -> None:
    """Another process asks all the time: no request fails, and the counts are those of one file after the other."""
    path = tmp_path / "images.jsonl"
    replace_file(path, images(0))
    with serving(tmp_path / "messages", str(path), "--reload-every", "0.2") as service:
        target = f"{COUNT}?$filter=generation%20ne%20%27none%27"
        host = service.url.removeprefix("http://")
        command = [sys.executable, "-c", LOAD, host, target, KEY, str(seconds)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as load:  # noqa: S603 - the command above
            last = reload_until_done(service, path, load)
            assert load.stdout is not None
            told = json.loads(load.stdout.read())
        assert str(500 + last) == service.get(target).text
    assert [] == told["failures"]
    assert told["answers"] > 10 * seconds
    for run in told["runs"]:
        assert sorted(set(run)) == run
        assert len(run) > 1
        assert set(run) <= {500 + generation for generation in range(last + 1)}


def reload_until_done(service: Service, path: Path, load: subprocess.Popen[str]) -> int:
    """A new file every second, told by SIGHUP every other time, while the load lasts; the last generation."""
    generation = 0
    while load.poll() is None:
        generation += 1
        replace_file(path, images(generation))
        if generation % 2:
            service.process.send_signal(signal.SIGHUP)
        with suppress(subprocess.TimeoutExpired):
            load.wait(timeout=1)
    wait_until(lambda: service.get("/health").json()["images"] == 500 + generation)
    return generation


# ---- The document ------------------------------------------------------------------------------------

HOOKS = """
import schemathesis
from odata_filter import CUSTOM_VISION, strategies

schemathesis.openapi.format("custom-vision-filter", strategies.filters(CUSTOM_VISION).map(str))
"""


@pytest.mark.slow
@pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is not installed")
def test_schemathesis_finds_no_failure(tmp_path: Path) -> None:
    """The service does what its document says, for right and for wrong requests."""
    hooks = tmp_path / "hooks.py"
    hooks.write_text(HOOKS, encoding="utf-8")
    with serving(tmp_path / "messages", "--training-key", KEY) as service:
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{service.url}/openapi.json"]
        options = ["--header", f"Training-Key: {KEY}", "--max-examples", "50", "--no-color"]
        done = subprocess.run(  # noqa: S603 - the command above
            [*command, *options],
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(hooks)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "Traceback" not in service.messages.read_text(encoding="utf-8")
