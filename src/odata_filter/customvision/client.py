"""A request, sent: the count that the endpoint answers, or a CustomVisionError."""

import asyncio
import random
import time
from collections.abc import Mapping
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
        return f"{type(self).__name__}(timeout={self._timeout}, max_retries={self._max_retries})"

    def _pause(self, attempt: int, status: int | None, headers: Mapping[str, str]) -> float | None:
        """Seconds until the next attempt, or None when there is to be none."""
        if attempt >= self._max_retries or (status is not None and status not in _RETRIED):
            return None
        asked = retry_after(headers.get("Retry-After"), datetime.now(UTC))
        if asked is not None:
            return asked if asked <= self._max_wait else None
        return min(self._max_wait, _FIRST_WAIT * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311 - not a secret


def retry_after(text: str | None, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for, as a number or a date, or None without a usable one."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date - now).total_seconds()) if date.tzinfo is not None else None


def _unreachable(error: httpx2.HTTPError) -> CustomVisionError:
    message = f"the endpoint could not be asked: {type(error).__name__}"
    return CustomVisionError(CustomVisionErrorCode.ERROR_UNKNOWN, message)


def _too_long(status: int) -> CustomVisionError:
    return CustomVisionError(CustomVisionErrorCode.ERROR_UNKNOWN, f"the answer is over {_MAX_ANSWER} bytes", status)


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
        self._http = httpx2.Client(timeout=timeout, transport=transport)

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
        for attempt in range(self._max_retries + 1):
            try:
                answer, retry = self._send(request.url, headers)
            except httpx2.HTTPError as error:
                pause = self._pause(attempt, None, {})
                if pause is None:
                    raise _unreachable(error) from error
            else:
                pause = self._pause(attempt, answer.status, retry)
                if pause is None:
                    break
            time.sleep(pause)
        return count(answer)

    def _send(self, url: str, headers: Mapping[str, str]) -> tuple[Answer, Mapping[str, str]]:
        with self._http.stream("GET", url, headers=dict(headers)) as response:
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MAX_ANSWER:
                    raise _too_long(response.status_code)
            return Answer(response.status_code, response.headers.get("Content-Type", ""), body), response.headers


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
        self._http = httpx2.AsyncClient(timeout=timeout, transport=transport)

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
        for attempt in range(self._max_retries + 1):
            try:
                answer, retry = await self._send(request.url, headers)
            except httpx2.HTTPError as error:
                pause = self._pause(attempt, None, {})
                if pause is None:
                    raise _unreachable(error) from error
            else:
                pause = self._pause(attempt, answer.status, retry)
                if pause is None:
                    break
            await asyncio.sleep(pause)
        return count(answer)

    async def _send(self, url: str, headers: Mapping[str, str]) -> tuple[Answer, Mapping[str, str]]:
        async with self._http.stream("GET", url, headers=dict(headers)) as response:
            body = b""
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _MAX_ANSWER:
                    raise _too_long(response.status_code)
            return Answer(response.status_code, response.headers.get("Content-Type", ""), body), response.headers
