"""The clients: a request sent, the number or the error in the answer, and when it is sent again."""

import asyncio
import gzip
import json
import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import FilterError, FilterValidationError, customvision
from odata_filter.customvision import (
    CustomVisionError,
    CustomVisionErrorCode,
    ImageCountRequest,
)
from odata_filter.customvision.answers import Answer, count

httpx2 = pytest.importorskip("httpx2", reason="the extra `client` is not installed")
client = pytest.importorskip("odata_filter.customvision.client")

KEY = "0123456789abcdef0123456789abcdef"
PROJECT = "bc3f7dad-5544-468c-8573-3ef04d55463e"
REQUEST = ImageCountRequest("https://example.org", PROJECT, filter="a eq 'it''s 100% & more'")
JSON = {"Content-Type": "application/json; charset=utf-8"}
XML = {"Content-Type": "application/xml"}
NAMESPACE = 'xmlns="http://schemas.microsoft.com/2003/10/Serialization/"'


def reply(status: int = 200, body: str | bytes = b"12", headers: dict[str, str] | None = None) -> Any:  # noqa: ANN401
    """One answer of the endpoint."""
    return httpx2.Response(status, headers=JSON if headers is None else headers, content=body)


class Endpoint:
    """In place of the network: gives the replies in turn, the last one for ever, and keeps what it was asked."""

    def __init__(self, *replies: object) -> None:
        """Take responses, and errors to raise."""
        self.replies = list(replies)
        self.asked: list[Any] = []

    def __call__(self, request: object) -> object:
        """Answer a request."""
        self.asked.append(request)
        given_reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(given_reply, Exception):
            raise given_reply
        return given_reply


def synchronous(endpoint: Endpoint, **settings: Any) -> int:  # noqa: ANN401 - any setting
    """The number that the client gives."""
    with customvision.ImageCountClient(KEY, transport=httpx2.MockTransport(endpoint), **settings) as asking:
        return asking.count(REQUEST)


def asynchronous(endpoint: Endpoint, **settings: Any) -> int:  # noqa: ANN401 - any setting
    """The number that the client for asyncio gives."""

    async def ask() -> int:
        async with customvision.AsyncImageCountClient(KEY, transport=httpx2.MockTransport(endpoint), **settings) as it:
            return await it.count(REQUEST)

    return asyncio.run(ask())


Ask = Callable[..., int]


@pytest.fixture(params=[synchronous, asynchronous])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Each test runs with both clients."""
    chosen: Ask = request.param
    return chosen


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the clients meant to wait; they do not."""
    found: list[float] = []

    async def pause(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(client.time, "sleep", found.append)
    monkeypatch.setattr(client.asyncio, "sleep", pause)
    return found


def refusal(ask: Ask, *replies: object, **settings: object) -> CustomVisionError:
    """The error that replies become."""
    with pytest.raises(CustomVisionError) as caught:
        ask(Endpoint(*replies), **settings)
    return caught.value


# ---- Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("12", JSON),
        ("12", {}),
        ("12.0", JSON),
        ('"12"', JSON),
        (" 12\n", JSON),
        (b"\xef\xbb\xbf12", JSON),
        ("<int>12</int>", XML),
        ("<int>12</int>", {"Content-Type": "text/xml"}),
        ("<int>12</int>", {"Content-Type": "TEXT/XML; charset=utf-8"}),
        (f"<int {NAMESPACE}>12</int>", XML),
        ('<?xml version="1.0" encoding="utf-8"?>\n<int>\n 12 </int>', XML),
        ('<?xml version="1.0" encoding="utf-16"?><int>12</int>'.encode("utf-16"), XML),
    ],
)
def test_a_number_may_be_written_in_many_ways(ask: Ask, body: str | bytes, headers: dict[str, str]) -> None:
    """JSON and XML, as number or text."""
    assert 12 == ask(Endpoint(reply(200, body, headers)))


def test_nothing_is_a_count_too(ask: Ask) -> None:
    """Zero images."""
    assert 0 == ask(Endpoint(reply(body="0")))


NO_NUMBERS = [
    *("", "null", "true", "-1", "1.5", "NaN", "Infinity", "1e999", "[12]", "{}", '"x"', '"-1"', '"1.0"', '"१२"', "12x"),
    *("9" * 5000, '"' + "9" * 5000 + '"', "[" * 5000),
]


@pytest.mark.parametrize("body", NO_NUMBERS, ids=lambda body: body[:10])
def test_what_is_no_number_is_an_error(body: str) -> None:
    """The error has the status and the body."""
    error = refusal(synchronous, reply(body=body))
    assert (CustomVisionErrorCode.ERROR_UNKNOWN, "the answer is no number") == (error.code, error.message)
    assert (200, body.encode()) == (error.status, error.body)


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><int>&c;</int>'
)
BAD_XML = [
    *("", "12", "<int/>", "<int>x</int>", "<int>12", "<int>-1</int>", "<a><int>12</int></a>", "<int>&x;</int>", "\0"),
    *(BOMB, '<!DOCTYPE int SYSTEM "file:///etc/passwd"><int>12</int>', "<a>" * 9999),
    '<!DOCTYPE int [<!ENTITY x SYSTEM "file:///etc/hostname">]><int>&x;</int>',
    *('<?xml version="1.0" encoding="none-such"?><int>12</int>', '<?xml version="1.0" encoding="hex"?><int>12</int>'),
]


@pytest.mark.parametrize("body", BAD_XML, ids=lambda body: body[:20])
def test_xml_that_is_no_number_is_an_error(body: str) -> None:
    """Entities and other files are never read."""
    error = refusal(synchronous, reply(200, body, XML))
    assert ("the answer is no number", body.encode()) == (error.message, error.body)


@given(
    st.integers(100, 599),
    st.sampled_from(["application/json", "text/xml", "", "text/html"]),
    st.binary() | st.text("<>/!?&;=\"'{}[]:,codemsagint120. -", max_size=40).map(str.encode),
)
def test_any_answer_is_a_number_or_an_error(status: int, media_type: str, body: bytes) -> None:
    """Nothing else leaves the library."""
    if status == 200:
        with suppress(CustomVisionError):
            assert count(Answer(status, media_type, body)) >= 0
    else:
        with pytest.raises(CustomVisionError) as caught:
            count(Answer(status, media_type, body))
        assert (status, body) == (caught.value.status, caught.value.body)
        assert caught.value.message


# ---- Errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ('{"code": "BadRequestInvalidIds", "message": "Which?"}', JSON),
        ('{"error": {"code": "BadRequestInvalidIds", "message": "Which?"}}', JSON),
        ("<CustomVisionError><code>BadRequestInvalidIds</code><message>Which?</message></CustomVisionError>", XML),
        (f"<E {NAMESPACE}><Code>BadRequestInvalidIds</Code><Message>Which?</Message></E>", XML),
        ('<x:E xmlns:x="u"><x:message>Which?</x:message>\n<x:code> BadRequestInvalidIds\n</x:code></x:E>', XML),
    ],
)
def test_an_error_has_the_code_and_message_of_its_body(ask: Ask, body: str, headers: dict[str, str]) -> None:
    """In JSON and XML."""
    error = refusal(ask, reply(400, body, headers))
    assert error.code is CustomVisionErrorCode.BAD_REQUEST_INVALID_IDS
    assert ("Which?", 400, body.encode()) == (error.message, error.status, error.body)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, CustomVisionErrorCode.BAD_REQUEST),
        (401, CustomVisionErrorCode.FORBIDDEN),
        (403, CustomVisionErrorCode.FORBIDDEN),
        (404, CustomVisionErrorCode.NOT_FOUND),
        (409, CustomVisionErrorCode.CONFLICT),
        (415, CustomVisionErrorCode.UNSUPPORTED_MEDIA_TYPE),
        (418, CustomVisionErrorCode.ERROR_UNKNOWN),
        (500, CustomVisionErrorCode.ERROR_UNKNOWN),
        (201, CustomVisionErrorCode.ERROR_UNKNOWN),
    ],
)
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        *(("", JSON), ("<html>", {"Content-Type": "text/html"}), ("12", JSON), ('{"error": 5}', JSON), ("[]", JSON)),
        *(('{"code": 5, "message": null}', JSON), ('{"code": "", "message": ""}', JSON)),
        *(("", XML), ("<a/>", XML), ("<code/>", XML), (BOMB, XML)),
    ],
    ids=repr,
)
def test_without_a_code_the_status_gives_one(
    status: int, code: CustomVisionErrorCode, body: str, headers: dict[str, str]
) -> None:
    """An error never comes without code and message."""
    error = refusal(synchronous, reply(status, body, headers))
    assert (code, f"status {status}", status, body.encode()) == (error.code, error.message, error.status, error.body)


def test_the_gateway_speaks_too() -> None:
    """Its code is no code of the endpoint, and its message is worth keeping."""
    error = refusal(synchronous, reply(401, json.dumps({"error": {"code": "401", "message": "Access denied"}})))
    assert ("401", "Access denied") == (error.code, error.message)


def test_redirects_are_not_followed(ask: Ask) -> None:
    """The key goes nowhere else."""
    endpoint = Endpoint(reply(307, "", {"Location": "https://evil.example/"}), reply())
    with pytest.raises(CustomVisionError) as caught:
        ask(endpoint)
    assert (307, 1) == (caught.value.status, len(endpoint.asked))


def test_a_huge_answer_is_refused(ask: Ask) -> None:
    """Reading stops at a million bytes, and what was read is kept."""
    read: list[int] = []

    def body() -> Iterator[bytes]:
        for number in range(100):
            read.append(number)
            yield b"1" * 100_000

    async def streamed() -> Any:  # noqa: ANN401 - an async iterator
        for piece in body():
            yield piece

    content = body() if ask is synchronous else streamed()
    error = refusal(ask, httpx2.Response(200, content=content))
    assert ("the answer is over 1000000 bytes", 200) == (error.message, error.status)
    assert b"1" * 1_000_000 == error.body
    assert len(read) < 15


def test_compressed_answers_are_not_asked_for(ask: Ask) -> None:
    """They are read all the same, up to the same size."""
    headers = {**JSON, "Content-Encoding": "gzip"}
    endpoint = Endpoint(reply(200, gzip.compress(b"12"), headers))
    assert 12 == ask(endpoint)
    assert "identity" == endpoint.asked[0].headers["Accept-Encoding"]
    assert "over 1000000 bytes" in refusal(ask, reply(200, gzip.compress(b"1" * 2_000_000), headers)).message


def test_a_broken_body_is_an_error_at_once(ask: Ask, waits: list[float]) -> None:
    """What cannot be decoded would not be better the next time."""
    response = httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx2.ByteStream(b"no gzip"))
    assert "the endpoint could not be asked: DecodingError" == refusal(ask, response).message
    assert [] == waits


# ---- What is sent --------------------------------------------------------------------------------------


def test_the_request_is_sent_as_it_is(ask: Ask) -> None:
    """The URL byte for byte, and the headers."""
    endpoint = Endpoint(reply())
    ask(endpoint)
    sent = endpoint.asked[0]
    assert REQUEST.url == str(sent.url)
    assert REQUEST.url.removeprefix("https://example.org").encode() == sent.url.raw_path
    assert ("GET", KEY, "application/json") == (sent.method, sent.headers["Training-Key"], sent.headers["Accept"])


class Handler(BaseHTTPRequestHandler):
    """Answers 12, and keeps the request line and the key."""

    seen: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        """Answer."""
        self.seen.append((self.path, self.headers["Training-Key"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"12")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listening() -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A server of this machine: where it is, and what it saw."""
    seen: list[tuple[str, str | None]] = []
    handler = type("Kept", (Handler,), {"seen": seen})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()


def test_over_a_real_connection_the_key_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """The server gets path and key as they are, and not even debug logs have the key."""
    caplog.set_level(logging.DEBUG)
    with listening() as (endpoint, seen):
        request = ImageCountRequest(endpoint, PROJECT, filter="a eq '#/?é'")

        async def ask() -> int:
            async with customvision.AsyncImageCountClient(KEY) as asking:
                return await asking.count(request)

        with customvision.ImageCountClient(KEY) as asking:
            assert 12 == asking.count(request)
        assert 12 == asyncio.run(ask())
    assert [(request.url.removeprefix(endpoint), KEY)] * 2 == seen
    assert caplog.records
    assert KEY not in caplog.text + repr([record.args for record in caplog.records])


def test_no_connection_is_an_error() -> None:
    """A port where nobody listens."""
    with listening() as (endpoint, _):
        pass
    with customvision.ImageCountClient(KEY, max_retries=0) as asking, pytest.raises(CustomVisionError) as caught:
        asking.count(ImageCountRequest(endpoint, PROJECT))
    assert "the endpoint could not be asked: ConnectError" == caught.value.message


def test_the_key_shows_nowhere(ask: Ask) -> None:
    """Neither in the clients nor in their errors."""
    with customvision.ImageCountClient(KEY) as asking:
        assert "ImageCountClient(timeout=30.0, max_retries=3, max_wait=60.0)" == repr(asking) == str(asking)
    assert repr(customvision.AsyncImageCountClient(KEY)).startswith("AsyncImageCountClient(timeout=30.0")
    for error in (refusal(ask, reply(400)), refusal(ask, httpx2.ReadTimeout("late"), max_retries=0)):
        shown = [repr(error), str(error), repr(error.__cause__), repr(error.__context__), repr(error.problems)]
        assert KEY not in "".join(shown)


def test_a_key_that_is_none_is_refused_before_anything_is_sent() -> None:
    """The message does not repeat it."""
    endpoint = Endpoint(reply())
    transport = httpx2.MockTransport(endpoint)
    with customvision.ImageCountClient(KEY + "\r\nX: y", transport=transport) as asking:
        with pytest.raises(FilterValidationError) as caught:
            asking.count(REQUEST)
        assert KEY not in str(caught.value)
    assert [] == endpoint.asked


# ---- Once more -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_endpoint_is_asked_again(ask: Ask, status: int, waits: list[float]) -> None:
    """After some time, until it answers."""
    assert 12 == ask(Endpoint(reply(status), reply(status), reply()))
    assert 2 == len(waits)


@pytest.mark.parametrize("status", [400, 401, 404, 406, 500, 502])
def test_other_errors_are_final(ask: Ask, status: int, waits: list[float]) -> None:
    """The same request would fail in the same way."""
    endpoint = Endpoint(reply(status), reply())
    with pytest.raises(CustomVisionError):
        ask(endpoint)
    assert (1, []) == (len(endpoint.asked), waits)


def test_the_number_of_attempts_is_bounded(ask: Ask, waits: list[float]) -> None:
    """The last refusal is the error, with its body."""
    endpoint = Endpoint(reply(503, "1"), reply(503, "2"), reply(503, '{"code": "ErrorPrediction", "message": "3"}'))
    with pytest.raises(CustomVisionError) as caught:
        ask(endpoint, max_retries=2)
    assert (3, 2) == (len(endpoint.asked), len(waits))
    assert (CustomVisionErrorCode.ERROR_PREDICTION, "3", 503) == (
        caught.value.code,
        caught.value.message,
        caught.value.status,
    )


def test_waits_double_up_to_the_longest(ask: Ask, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """From half a second on."""
    monkeypatch.setattr(random, "uniform", lambda _, high: high)
    refusal(ask, reply(503), max_retries=6, max_wait=5.0)
    assert [0.5, 1.0, 2.0, 4.0, 5.0, 5.0] == waits


def test_waits_differ_between_clients(ask: Ask, waits: list[float]) -> None:
    """Each is between a half of its length and the whole, so that clients do not come back together."""
    refusal(ask, reply(503), max_retries=2000, max_wait=1.0)
    assert 2000 == len(waits)
    assert 0.25 <= waits[0] <= 0.5
    assert all(0.5 <= wait <= 1.0 for wait in waits[1:])
    assert len(set(waits)) > 1900


@pytest.mark.parametrize("status", [429, 503])
def test_the_endpoint_says_when_to_come_back(ask: Ask, status: int, waits: list[float]) -> None:
    """Retry-After in seconds is kept to."""
    assert 12 == ask(Endpoint(reply(status, headers={"Retry-After": "7"}), reply()))
    assert [7.0] == waits


def test_retry_after_may_be_a_date(ask: Ask, waits: list[float]) -> None:
    """In the form of HTTP."""
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    assert 12 == ask(Endpoint(reply(429, headers={"Retry-After": then}), reply()))
    assert 1 == len(waits)
    assert 30 < waits[0] <= 40


def test_a_wait_that_is_too_long_is_an_error_at_once(ask: Ask, waits: list[float]) -> None:
    """The refusal is the error."""
    error = refusal(ask, reply(429, "{}", {"Retry-After": "61"}), reply())
    assert (429, b"{}") == (error.status, error.body)
    assert [] == waits


def test_the_longest_wait_can_be_chosen(ask: Ask, waits: list[float]) -> None:
    """For those who have time."""
    assert 12 == ask(Endpoint(reply(429, headers={"Retry-After": "3600"}), reply()), max_wait=3600)
    assert [3600.0] == waits


NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(
            (None, None),
            ("", None),
            ("soon", None),
            ("-5", None),
            ("1.5", None),
            ("٣", None),
            ("0", 0.0),
            (" 12 ", 12.0),
        ),
        *(("Mon, 06 May 2024 07:08:19 GMT", 10.0), ("Mon, 06 May 2024 09:08:19 +0200", 10.0)),
        *(("Mon, 06 May 2024 07:00:00 GMT", 0.0), ("Mon, 06 May 2024 07:08:19 -0000", None)),
        *(("Mon, 99 May 2024 07:08:19 GMT", None), ("9" * 400, float("inf"))),
    ],
)
def test_retry_after_is_read_as_seconds(text: str | None, seconds: float | None) -> None:
    """A date that has passed is no wait; what is neither number nor date is no header."""
    assert seconds == client.retry_after(text, NOW)


@given(
    st.text()
    | st.from_regex(r"(Mon, )?[0-9]{1,9} (Jan|Feb|Dec) -?[0-9]{1,12} [0-9]{1,4}:[0-9]{1,9} (GMT|[+-][0-9]{1,20}|)")
)
def test_any_retry_after_is_seconds_or_nothing(text: str) -> None:
    """A header can break nothing."""
    found = client.retry_after(text, NOW)
    assert found is None or found >= 0


def test_an_unusable_retry_after_is_no_header(ask: Ask, waits: list[float]) -> None:
    """The wait is then the client's own."""
    assert 12 == ask(Endpoint(reply(429, headers={"Retry-After": "soon"}), reply()))
    assert 0.25 <= waits[0] <= 0.5


LOST = [
    "ConnectError",
    "ConnectTimeout",
    "ReadTimeout",
    "WriteTimeout",
    "PoolTimeout",
    "ReadError",
    "RemoteProtocolError",
]


@pytest.mark.parametrize("name", LOST)
def test_a_lost_connection_is_tried_again(ask: Ask, name: str, waits: list[float]) -> None:
    """The request changes nothing, so it may be sent twice; in the end it is an error of the library."""
    lost = getattr(httpx2, name)(f"no luck with {KEY}")
    assert 12 == ask(Endpoint(lost, reply()))
    error = refusal(ask, lost, max_retries=3)
    assert (f"the endpoint could not be asked: {name}", None, b"") == (error.message, error.status, error.body)
    assert error.code is CustomVisionErrorCode.ERROR_UNKNOWN
    assert isinstance(error, FilterError)
    assert 4 == len(waits)


def test_the_timeout_is_that_of_the_transport(ask: Ask) -> None:
    """For each of connecting, sending and receiving."""
    endpoint = Endpoint(reply())
    ask(endpoint, timeout=1.5)
    assert {"connect": 1.5, "read": 1.5, "write": 1.5, "pool": 1.5} == endpoint.asked[0].extensions["timeout"]
