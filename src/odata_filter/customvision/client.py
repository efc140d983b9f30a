"""A request, sent: the count that the endpoint answers, or a CustomVisionError."""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpx2

from odata_filter.customvision.answers import Answer, count
from odata_filter.customvision.errors import CustomVisionError, CustomVisionErrorCode
from odata_filter.customvision.request import ImageCountRequest

_RETRIED = frozenset({429, 503})
_FIRST_WAIT = 0.5
_MAX_ANSWER = 1_000_000
_HEADERS = {"Accept-Encoding": "identity"}
"""A count is short, and what is not compressed cannot swell."""


class _Settings:
    """What both clients are made with. The key shows nowhere."""

    def __init__(
        self, training_key: str, *, timeout: float = 30.0, max_retries: int = 3, max_wait: float = 60.0
    ) -> None:
        """Hold the settings.

        Args:
            training_key: the key of the training resource.
            timeout: seconds for each of connecting, sending and receiving.
            max_retries: how often a request is sent again after the answers 429 and 503, or no connection.
            max_wait: seconds to wait before sending again, at most; the endpoint asking for more is an error.
        """
        self._training_key = training_key
        self._timeout = timeout
        self._max_retries = max_retries
        self._max_wait = max_wait

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(timeout={self._timeout}, max_retries={self._max_retries}, "
            f"max_wait={self._max_wait})"
        )

    def _pause(self, attempt: int, reply: "_Reply | Exception") -> float | None:
        """Seconds until the next attempt, or None when there is to be none."""
        if attempt >= self._max_retries or not _is_passing(reply):
            return None
        asked = retry_after(reply.retry_after, datetime.now(UTC)) if isinstance(reply, _Reply) else None
        if asked is not None:
            return asked if asked <= self._max_wait else None
        doubled = min(self._max_wait, _FIRST_WAIT * 2.0 ** min(attempt, 20))
        return doubled * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret


@dataclass(frozen=True, slots=True)
class _Reply:
    """What the endpoint sent: the answer, and when to ask again."""

    answer: Answer
    retry_after: str | None


def _reply(response: httpx2.Response, body: bytes) -> _Reply:
    answer = Answer(response.status_code, response.headers.get("Content-Type", ""), body)
    return _Reply(answer, response.headers.get("Retry-After"))


def _is_passing(reply: _Reply | Exception) -> bool:
    """Whether the same request may fare better later."""
    if isinstance(reply, _Reply):
        return reply.answer.status in _RETRIED
    return isinstance(reply, httpx2.TransportError)


def retry_after(text: str | None, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for, as a number or a date, or None without a usable one."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (date - now).total_seconds()) if date.tzinfo is not None else None


def _result(reply: _Reply | Exception) -> int:
    """The number in the last reply.

    Raises:
        CustomVisionError: there is none.
    """
    if isinstance(reply, _Reply):
        return count(reply.answer)
    message = f"the endpoint could not be asked: {type(reply).__name__}"
    raise CustomVisionError(CustomVisionErrorCode.ERROR_UNKNOWN, message) from reply


def _check_size(body: bytes, status: int) -> None:
    if len(body) > _MAX_ANSWER:
        message = f"the answer is over {_MAX_ANSWER} bytes"
        raise CustomVisionError(CustomVisionErrorCode.ERROR_UNKNOWN, message, status, body[:_MAX_ANSWER])


class ImageCountClient(_Settings):
    """Asks Images - Get Count, and waits for the answer. Use it as a context manager, or close it.

    Raises:
        FilterValidationError: from `count`, when the key cannot stand in a header.
    """

    def __init__(
        self,
        training_key: str,
        *,
        timeout: float = 30.0,
        max_retries: int = 3,
        max_wait: float = 60.0,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Open a connection pool; `transport` replaces the network in tests."""
        super().__init__(training_key, timeout=timeout, max_retries=max_retries, max_wait=max_wait)
        self._http = httpx2.Client(headers=_HEADERS, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def count(self, request: ImageCountRequest) -> int:
        """The number of images.

        Raises:
            CustomVisionError: the endpoint refused, or could not be asked.
        """
        headers = request.headers(self._training_key)
        attempt, reply = 0, self._ask(request.url, headers)
        while (pause := self._pause(attempt, reply)) is not None:
            time.sleep(pause)
            attempt, reply = attempt + 1, self._ask(request.url, headers)
        return _result(reply)

    def _ask(self, url: str, headers: Mapping[str, str]) -> _Reply | Exception:
        body = b""
        try:
            with self._http.stream("GET", url, headers=headers) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    _check_size(body, response.status_code)
                return _reply(response, body)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return error


class AsyncImageCountClient(_Settings):
    """`ImageCountClient` for asyncio: the same arguments, `await client.count(request)`."""

    def __init__(
        self,
        training_key: str,
        *,
        timeout: float = 30.0,
        max_retries: int = 3,
        max_wait: float = 60.0,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Open a connection pool; `transport` replaces the network in tests."""
        super().__init__(training_key, timeout=timeout, max_retries=max_retries, max_wait=max_wait)
        self._http = httpx2.AsyncClient(headers=_HEADERS, timeout=timeout, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def count(self, request: ImageCountRequest) -> int:
        """The number of images.

        Raises:
            CustomVisionError: the endpoint refused, or could not be asked.
        """
        headers = request.headers(self._training_key)
        attempt, reply = 0, await self._ask(request.url, headers)
        while (pause := self._pause(attempt, reply)) is not None:
            await asyncio.sleep(pause)
            attempt, reply = attempt + 1, await self._ask(request.url, headers)
        return _result(reply)

    async def _ask(self, url: str, headers: Mapping[str, str]) -> _Reply | Exception:
        body = b""
        try:
            async with self._http.stream("GET", url, headers=headers) as response:
                async for chunk in response.aiter_bytes():
                    body += chunk
                    _check_size(body, response.status_code)
                return _reply(response, body)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return error
