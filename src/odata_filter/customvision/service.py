"""Requests to the count endpoint, over HTTP, to the counts and errors that it would answer with."""

import asyncio
import hmac
import json
import os
import re
import signal
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID
from xml.sax.saxutils import escape

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from odata_filter.customvision.errors import CustomVisionError, CustomVisionErrorCode
from odata_filter.customvision.images import ImageFile, Images
from odata_filter.customvision.openapi import MEDIA_TYPES, document
from odata_filter.customvision.request import VERSIONS, ImageCountRequest, query_options, tag_ids_from_text
from odata_filter.errors import FilterError, FilterValidationError, Problem
from odata_filter.filter import Filter
from odata_filter.profile import CUSTOM_VISION

MAX_URL = 16_384
"""The characters that path and query of a request may have."""

MAX_HEADERS = 32_768
"""The bytes that the headers of a request may have."""

_MAX_HEAD = 65_536
"""How much of a request is kept at most until its headers are complete."""

_BACKLOG = 2_048
_MAX_COUNTS = 1_024
_LONG = 1_024
"""The bytes of a query from which on reading it keeps others waiting for more than a moment."""
_MAX_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service is to behave.

    Attributes:
        training_key: what `Training-Key` must be; None for anything but nothing.
        project_id: the only project that there is; None for every one.
        reload_every: seconds between two looks at the file.
        say: called with each message for whoever runs the service.
        started: called once, when requests and SIGHUP are heard.
    """

    training_key: str | None = None
    project_id: UUID | None = None
    reload_every: float = 1.0
    say: Callable[[str], object] = lambda _: None
    started: Callable[[], object] = lambda: None

    def __repr__(self) -> str:
        return f"Settings(project_id={self.project_id}, reload_every={self.reload_every})"


def application(file: ImageFile, settings: Settings) -> Starlette:
    """The service as an ASGI application. While it runs, it reads the file again when that changes, or on SIGHUP."""
    count = _Count(file, settings)
    openapi = document(MAX_URL, MAX_HEADERS)
    folder = "/customvision/{version}/training/projects/{{project_id}}/images/count"
    routes = [Route(folder.format(version=version), count.answer, methods=["GET"]) for version in VERSIONS]
    made = Starlette(
        routes=[
            *routes,
            Route("/health", _telling(lambda: _health(file))),
            Route("/openapi.json", _telling(lambda: openapi)),
        ],
        exception_handlers=dict.fromkeys((CustomVisionError, HTTPException, Exception), _refusal),
        lifespan=lambda _: _watched(file, settings),
    )
    made.router.redirect_slashes = False
    return made


def _telling(what: Callable[[], Mapping[str, object]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        return JSONResponse(what())

    return answer


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens at an address, 0 for any port.

    Raises:
        OSError: it cannot; the message names the address.
    """
    # With the protocol named, asyncio sends small answers at once; without it, each would wait for 40 milliseconds.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise OSError(f"cannot listen at {host}, port {port}: {error.strerror}") from None
    return listener


def serve(made: Starlette, listener: socket.socket) -> None:
    """Have an application answer what comes to a listening socket, until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        made,
        http=_Protocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=_MAX_HEAD,
    )
    uvicorn.Server(config).run(sockets=[listener])


class _Protocol(H11Protocol):
    """HTTP/1.1 that says in the endpoint's own words what it cannot read."""

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP request, or one whose head is too long, and hang up."""
        body = _body(CustomVisionErrorCode.BAD_REQUEST, msg, MEDIA_TYPES[0])
        head = f"content-type: {MEDIA_TYPES[0]}\r\ncontent-length: {len(body)}\r\nconnection: close"
        self.transport.write(f"HTTP/1.1 400 Bad Request\r\n{head}\r\n\r\n".encode() + body)
        self.transport.close()


# ---- The file ----------------------------------------------------------------------------------------


@asynccontextmanager
async def _watched(file: ImageFile, settings: Settings) -> AsyncIterator[None]:
    """Keep the images up to date meanwhile."""
    hung_up = asyncio.Event()
    loop = asyncio.get_running_loop()
    hears = hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread()
    if hears:
        loop.add_signal_handler(signal.SIGHUP, hung_up.set)
    watching = asyncio.create_task(_watch(file, settings, hung_up))
    try:
        settings.started()
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        if hears:
            loop.remove_signal_handler(signal.SIGHUP)


async def _watch(file: ImageFile, settings: Settings, hung_up: asyncio.Event) -> None:
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(hung_up.wait(), settings.reload_every)
        force = hung_up.is_set()
        hung_up.clear()
        message = await asyncio.to_thread(file.refresh, force=force)
        if message is not None:
            settings.say(message)


def _health(file: ImageFile) -> Mapping[str, object]:
    status = "ok" if file.problem is None else "stale"
    return {"status": status, "images": len(file.current.images), "problem": file.problem}


# ---- The count ---------------------------------------------------------------------------------------


class _Count:
    """The one question that the service answers."""

    def __init__(self, file: ImageFile, settings: Settings) -> None:
        self._file = file
        self._project_id = settings.project_id
        self._key = None if settings.training_key is None else settings.training_key.encode()

    async def answer(self, request: Request) -> Response:
        """The count, in the media type that the client prefers."""
        media_type = preferred(request)
        if media_type is None:
            raise _error(
                CustomVisionErrorCode.UNSUPPORTED_MEDIA_TYPE,
                f"only {', '.join(MEDIA_TYPES)}",
                HTTPStatus.NOT_ACCEPTABLE,
            )
        if sum(len(name) + len(value) for name, value in request.headers.raw) > MAX_HEADERS:
            message = f"the headers are over {MAX_HEADERS} bytes"
            raise _error(CustomVisionErrorCode.BAD_REQUEST, message, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        self._authorise(request)
        project, query = request.path_params["project_id"], request.scope["query_string"]
        if len(request.scope["path"]) + len(query) > MAX_URL:
            raise _error(
                CustomVisionErrorCode.BAD_REQUEST,
                f"the URL is over {MAX_URL} characters",
                HTTPStatus.REQUEST_URI_TOO_LONG,
            )
        images = self._file.current
        count = images.counts.get((project, query))
        if count is None:
            count = await self._counted(images, project, query)
        body = str(count).encode() if media_type == MEDIA_TYPES[0] else f"<int>{count}</int>".encode()
        return _response(body, media_type)

    def _authorise(self, request: Request) -> None:
        given = request.headers.get("Training-Key", "").encode("latin-1")
        if not given or (self._key is not None and not hmac.compare_digest(given, self._key)):
            raise _error(
                CustomVisionErrorCode.FORBIDDEN, "the header Training-Key has no key that fits", HTTPStatus.UNAUTHORIZED
            )

    async def _counted(self, images: Images, project: str, query: bytes) -> int:
        """The count for a query that is new. What takes long is left to another thread, and only that."""
        request = await run_in_threadpool(_request, project, query) if len(query) > _LONG else _request(project, query)
        if self._project_id not in {None, request.project_id}:
            raise _error(
                CustomVisionErrorCode.NOT_FOUND_PROJECT,
                f"there is no project {request.project_id}",
                HTTPStatus.NOT_FOUND,
            )
        if request.iteration_id is not None and str(request.iteration_id) not in images.iterations:
            message = f"there is no iteration {request.iteration_id}"
            raise _error(CustomVisionErrorCode.NOT_FOUND_ITERATION, message, HTTPStatus.NOT_FOUND)
        if not images.is_ready(request):
            await run_in_threadpool(images.make_ready, request)
        if len(images.counts) >= _MAX_COUNTS:
            images.counts.clear()
        return images.counts.setdefault((project, query), images.count(request))


def _request(project: str, query: bytes) -> ImageCountRequest:
    try:
        # Forms, and many clients with them, send a space as `+`; a plus sign comes percent-encoded.
        given = query_options(query.decode("ascii", errors="replace").replace("+", "%20"))
        text = given.get("$filter")
        return ImageCountRequest(
            "http://localhost",
            project,
            given.get("iterationId"),
            given.get("taggingStatus"),
            None if text is None else _filter(text),
            tag_ids_from_text(given.get("tagIds")),
        )
    except FilterValidationError as error:
        (problem,) = error.problems
        code = _FIELD_CODES.get(problem.code, CustomVisionErrorCode.BAD_REQUEST_INVALID)
        raise _error(code, problem.message, HTTPStatus.BAD_REQUEST) from None


_FIELD_CODES = dict.fromkeys(("project_id", "iteration_id", "tag_ids"), CustomVisionErrorCode.BAD_REQUEST_INVALID_IDS)


def _filter(text: str) -> Filter:
    """The filter, as the endpoint understands it: nothing is lowered here."""
    try:
        return Filter.parse(text, profile=CUSTOM_VISION)
    except FilterError as error:
        problems = [problem for problem in error.problems if problem.severity == "error"]
        is_known = any(problem.code in {"not-allowed", "condition"} for problem in problems)
        code = CustomVisionErrorCode.BAD_REQUEST_INVALID
        if is_known:
            code = CustomVisionErrorCode.BAD_REQUEST_OPERATION_NOT_SUPPORTED
        raise _error(code, "; ".join(map(_told, problems[:_MAX_PROBLEMS])), HTTPStatus.BAD_REQUEST) from None


def _told(problem: Problem) -> str:
    place = "" if problem.position is None else f" at position {problem.position}"
    hint = "" if problem.hint is None else f" (hint: {problem.hint})"
    return f"$filter{place}: {problem.message}{hint}"


# ---- Media types -------------------------------------------------------------------------------------

_QUALITY = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


def preferred(request: Request) -> str | None:
    """The media type that a client likes best of those on offer (RFC 9110, 12.5.1), or None if it takes none."""
    accept = ",".join(request.headers.getlist("Accept"))
    if not accept.strip():
        return MEDIA_TYPES[0]
    ranges = [_range(part) for part in accept.lower().split(",")]
    best = max(MEDIA_TYPES, key=lambda media_type: _liking(media_type, ranges))
    return best if _liking(best, ranges) > 0 else None


def _range(text: str) -> tuple[str, float]:
    """A media range and how much it is liked; one that cannot be read is not."""
    name, *parameters = (part.strip() for part in text.split(";"))
    qualities = [one for one in parameters if one.startswith("q=")]
    if not qualities:
        return name, 1.0
    found = _QUALITY.fullmatch(qualities[0])
    return name, 0.0 if found is None else float(found[1])


def _liking(media_type: str, ranges: list[tuple[str, float]]) -> float:
    """How much a media type is liked: what the most specific range that it is in says."""
    for name in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        found = [quality for given, quality in ranges if given == name]
        if found:
            return max(found)
    return 0.0


# ---- Answers -----------------------------------------------------------------------------------------

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _error(code: CustomVisionErrorCode, message: str, status: HTTPStatus) -> CustomVisionError:
    return CustomVisionError(code, message, status)


async def _refusal(request: Request, error: Exception) -> Response:
    """The answer to a request that failed; when it is the service that failed, only the log tells how."""
    match error:
        case CustomVisionError(status=HTTPStatus() as status):
            response = _failure(request, error.code, error.message, status)
            if status == HTTPStatus.UNAUTHORIZED:
                response.headers["WWW-Authenticate"] = "Training-Key"
        case HTTPException(status_code=HTTPStatus.NOT_FOUND):
            response = _failure(
                request, CustomVisionErrorCode.NOT_FOUND, "there is nothing at this path", HTTPStatus.NOT_FOUND
            )
        case HTTPException(status_code=status):
            response = _failure(request, CustomVisionErrorCode.BAD_REQUEST_NOT_SUPPORTED, error.detail, status)
            response.headers.update(error.headers or {})
        case _:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            response = _failure(request, CustomVisionErrorCode.ERROR_UNKNOWN, "the service failed", status)
    return response


def _failure(request: Request, code: str, message: str, status: int) -> Response:
    media_type = preferred(request) or MEDIA_TYPES[0]
    return _response(_body(code, message, media_type), media_type, status)


def _body(code: str, message: str, media_type: str) -> bytes:
    if media_type == MEDIA_TYPES[0]:
        return json.dumps({"code": code, "message": message}).encode()
    text = escape(_NOT_IN_XML.sub("�", message))
    return f"<CustomVisionError><code>{code}</code><message>{text}</message></CustomVisionError>".encode()


def _response(body: bytes, media_type: str, status: int = HTTPStatus.OK) -> Response:
    return Response(body, status, media_type=media_type, headers={"Vary": "Accept"})
