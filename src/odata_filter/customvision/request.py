"""The request for Images - Get Count: checked fields to a URL and headers, and a URL back to fields."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from itertools import islice
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit
from uuid import UUID

from odata_filter.errors import FilterValidationError, Problem
from odata_filter.filter import Filter
from odata_filter.profile import CUSTOM_VISION, ODATA

VERSIONS = ("v3.3", "v3.4-preview")
"""The versions of the training API that have this request."""

UUID_PATTERN = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
"""How an id is written, as a regular expression."""

MAX_TAG_IDS = 20
"""How many tags one request may name."""

_FOLDER = "/customvision/{version}/training/projects/{project}/images/count"


class TaggingStatus(StrEnum):
    """Which images count: those with a tag, those without, or all."""

    ALL = "All"
    TAGGED = "Tagged"
    UNTAGGED = "Untagged"


@dataclass(frozen=True, init=False, slots=True)
class ImageCountRequest:
    """One question to Images - Get Count; every field is checked when it is made.

    Attributes:
        endpoint: where the service is, such as `https://westus.api.cognitive.microsoft.com`.
        project_id: the project.
        iteration_id: the iteration; None for the workspace.
        tagging_status: None for the endpoint's default, which is `All`.
        filter: what the images' metadata must be like, in the endpoint's own language; None for no filter.
        tag_ids: tags of which an image must have at least one; None for no such condition.
        version: of the training API, one of `VERSIONS`.
        prefix: whether `metadata=` stands before the filter, as in the endpoint's document; true without a filter.

    >>> ImageCountRequest("https://example.org", "bc3f7dad-5544-468c-8573-3ef04d55463e", filter="a eq 'b'").url
    'https://example.org/customvision/v3.3/training/projects/bc3f7dad-5544-468c-8573-3ef04d55463e/images/count?$filter=metadata%3Da%20eq%20%27b%27'
    """

    endpoint: str
    project_id: UUID
    iteration_id: UUID | None
    tagging_status: TaggingStatus | None
    filter: Filter | None
    tag_ids: tuple[UUID, ...] | None
    version: str
    prefix: bool

    def __init__(  # noqa: PLR0913, PLR0917 - the fields of the endpoint's document, in its order
        self,
        endpoint: str,
        project_id: UUID | str,
        iteration_id: UUID | str | None = None,
        tagging_status: str | None = None,
        filter: Filter | str | None = None,  # noqa: A002 - the endpoint's own name for it
        tag_ids: Iterable[UUID | str] | None = None,
        *,
        version: str = VERSIONS[0],
        prefix: bool = True,
    ) -> None:
        """Check every field; UUIDs may be text, the filter may be text, and an empty filter or list is none.

        Raises:
            FilterValidationError: a field is not what the endpoint takes.
            FilterSyntaxError: the text of the filter is no filter.
            UnsupportedFilterError: the filter cannot be said in what the endpoint accepts.
        """
        if version not in VERSIONS:
            raise _refused("version", version, f"one of {', '.join(VERSIONS)}")
        lowered = _filter(filter)
        checked = {
            "endpoint": _endpoint(endpoint),
            "project_id": _uuid("project_id", project_id),
            "iteration_id": None if iteration_id is None else _uuid("iteration_id", iteration_id),
            "tagging_status": None if tagging_status is None else _tagging_status(tagging_status),
            "filter": lowered,
            "tag_ids": _tag_ids(tag_ids),
            "version": version,
            "prefix": prefix or lowered is None,
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def filter_text(self) -> str | None:
        """The filter as it is sent, before percent-encoding, or None."""
        if self.filter is None:
            return None
        return (str(CUSTOM_VISION.prefix) if self.prefix else "") + str(self.filter)

    @property
    def url(self) -> str:
        """The URL; without query when every optional field has its default."""
        parts = [
            f"iterationId={self.iteration_id}" if self.iteration_id is not None else "",
            f"taggingStatus={self.tagging_status}" if self.tagging_status is not None else "",
            f"$filter={quote(self.filter_text, safe='')}" if self.filter_text is not None else "",
            f"tagIds={','.join(map(str, self.tag_ids))}" if self.tag_ids else "",
        ]
        query = "&".join(part for part in parts if part)
        path = _FOLDER.format(version=self.version, project=self.project_id)
        return self.endpoint + path + (f"?{query}" if query else "")

    def headers(self, training_key: str) -> dict[str, str]:
        """The request headers. The key is not kept.

        Raises:
            FilterValidationError: the key is empty or cannot stand in a header. The message does not repeat it.
        """
        if not _is_like(_KEY, training_key):
            raise _refused("training_key", "", "printable ASCII text without spaces around it")
        return {"Accept": "application/json", "Training-Key": training_key}

    @classmethod
    def from_url(cls, url: str) -> "ImageCountRequest":
        """The request that a URL stands for; `$filter` may be written `%24filter`.

        Raises:
            FilterError: the URL is none of this endpoint's; otherwise as for the fields.
        """
        parts = _split(url)
        head, _, tail = parts.path.rpartition("/customvision/")
        segments = tail.split("/")
        if [*segments[1:3], *segments[4:]] != ["training", "projects", "images", "count"] or parts.fragment:
            raise _refused("url", url.partition("?")[0], "a path like " + _FOLDER)
        given = query_options(parts.query)
        return cls(
            f"{parts.scheme}://{parts.netloc}{head}",
            segments[3],
            given.get("iterationId"),
            given.get("taggingStatus"),
            given.get("$filter"),
            tag_ids_from_text(given.get("tagIds")),
            version=segments[0],
            prefix=given.get("$filter", "").startswith(str(CUSTOM_VISION.prefix)),
        )


_KEY = re.compile(r"(?! )[ -~]++(?<! )")


def _split(url: object) -> SplitResult:
    if isinstance(url, str):
        with suppress(ValueError):
            return urlsplit(url)
    raise _refused("url", url, "the URL of an image count")


def query_options(query: str) -> Mapping[str, str]:
    """The options of a query string: split at `&`, each at its first `=`, then decoded once (section 2.1).

    An empty option is left out: it stands for the endpoint's default.

    Raises:
        FilterValidationError: an option is unknown, given twice, or no UTF-8.
    """
    found: dict[str, str] = {}
    for option in filter(None, query.split("&")):
        name, _, text = (_decoded(part) for part in option.partition("="))
        if name not in _OPTIONS:
            raise _refused("query option", name, f"one of {', '.join(_OPTIONS)}")
        if name in found:
            raise _refused("query option", name, "each option once")
        found[name] = text
    return {name: text for name, text in found.items() if text}


_OPTIONS = ("iterationId", "taggingStatus", "$filter", "tagIds")


def tag_ids_from_text(text: str | None) -> tuple[str, ...] | None:
    """Tag ids separated by commas, as the URL has them."""
    return None if text is None else tuple(text.split(","))


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeError:
        raise _refused("query option", text, "percent-encoded UTF-8") from None


# ---- Fields ----------------------------------------------------------------------------------------


def _refused(name: str, given: object, expected: str) -> FilterValidationError:
    shown = ""
    if not isinstance(given, str):
        shown = f" of type {type(given).__name__}"
    elif given and not _SECRET.search(given):
        shown = f" {given[:_MAX_SHOWN]!a}"
    message = f"the {name}{shown} is not what the endpoint takes: {expected}"
    return FilterValidationError(Problem(message=message, code=name.replace(" ", "-"), expected=(expected,)))


_MAX_SHOWN = 80
_SECRET = re.compile(r"[0-9A-Za-z]{24}|@")
"""What may be a key in the wrong place, or a password in a URL: no message repeats it."""


def _is_like(pattern: re.Pattern[str], given: object) -> bool:
    return isinstance(given, str) and pattern.fullmatch(given) is not None


def _uuid(name: str, given: object) -> UUID:
    if isinstance(given, UUID):
        return given
    if not _is_like(_UUID, given):
        raise _refused(name, given, "a UUID such as bc3f7dad-5544-468c-8573-3ef04d55463e")
    return UUID(str(given))


_UUID = re.compile(UUID_PATTERN)


def _tagging_status(given: object) -> TaggingStatus:
    try:
        return TaggingStatus(str(given))
    except ValueError:
        raise _refused("tagging_status", given, f"one of {', '.join(TaggingStatus)}") from None


_TEXTS = replace(ODATA, prefix=CUSTOM_VISION.prefix)
"""What the text of a filter may be before it is lowered."""


def _filter(given: object) -> Filter | None:
    if given is None or given == "":
        return None
    if isinstance(given, Filter):
        return given.lower(CUSTOM_VISION)
    if isinstance(given, str):
        return Filter.parse(given, profile=_TEXTS).lower(CUSTOM_VISION)
    raise _refused("filter", given, "a Filter or its text")


def _tag_ids(given: Iterable[object] | None) -> tuple[UUID, ...] | None:
    if given is None:
        return None
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise _refused("tag_ids", given, "a list of UUIDs")
    ids = tuple(_uuid("tag_ids", tag_id) for tag_id in islice(given, MAX_TAG_IDS + 1))
    if len(ids) > MAX_TAG_IDS:
        raise _refused("tag_ids", "", f"at most {MAX_TAG_IDS} tags")
    return ids or None


def _endpoint(given: object) -> str:
    """The endpoint without a slash at its end, and its scheme and host in lower case, as clients send them."""
    found = _ENDPOINT.fullmatch(given) if isinstance(given, str) else None
    if found is None or not _is_host(found["host"]) or not 0 < int(found["port"] or 1) <= _MAX_PORT:
        raise _refused("endpoint", given, "a URL such as https://westus.api.cognitive.microsoft.com")
    port = f":{int(found['port'])}" if found["port"] else ""
    return f"{found['scheme']}://{found['host']}".lower() + port + found["path"]


_ENDPOINT = re.compile(
    r"(?P<scheme>(?i:https?))://"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|(?=.{1,253}(?:[:/]|$))[0-9A-Za-z_-]{1,63}(?:\.[0-9A-Za-z_-]{1,63})*+)"
    r"(?::(?P<port>[0-9]{0,5}))?"
    r"(?P<path>(?:/[0-9A-Za-z_~-][0-9A-Za-z._~-]*+)*+)/*+"
)
_MAX_PORT = 65535


def _is_host(host: str) -> bool:
    """Whether the host is a name or a valid address."""
    try:
        if host.startswith("["):
            IPv6Address(host[1:-1])
        elif host.rpartition(".")[2].isdigit():
            IPv4Address(host)
    except AddressValueError:
        return False
    return True
