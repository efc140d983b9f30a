"""The request of Images - Get Count: what its fields refuse, the URL they give, and the fields of a URL."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odata_filter import (
    CUSTOM_VISION,
    Filter,
    FilterError,
    FilterSyntaxError,
    FilterValidationError,
    UnsupportedFilterError,
    customvision,
    field,
)
from odata_filter.customvision import ImageCountRequest, TaggingStatus
from odata_filter.customvision.request import VERSIONS
from odata_filter.strategies import filters

ENDPOINT = "https://westus.api.cognitive.microsoft.com"
PROJECT = "bc3f7dad-5544-468c-8573-3ef04d55463e"
ITERATION = "6eb0f2bd-1b3c-4b1c-9d3c-0c2f5e1a7f11"
DOG = "b607964f-7bd6-4a3b-a869-6791fb6aab87"
CAT = "9e27bc1b-7ae7-4e3b-a4e5-36153479dc01"
COUNT = f"{ENDPOINT}/customvision/v3.3/training/projects/{PROJECT}/images/count"

pytestmark = pytest.mark.thorough


def made(**fields: Any) -> ImageCountRequest:  # noqa: ANN401 - wrong types are tested too
    """A request for the project with the given fields."""
    return ImageCountRequest(**{"endpoint": ENDPOINT, "project_id": PROJECT, **fields})


# ---- The URL -------------------------------------------------------------------------------------------


def test_the_short_form_of_the_document() -> None:
    """Endpoint and project alone make the sample request."""
    assert COUNT == ImageCountRequest(ENDPOINT, PROJECT).url


def test_the_long_form_of_the_document() -> None:
    """All parameters, in the document's order; `$` and the comma between tags stand as they are."""
    request = ImageCountRequest(
        ENDPOINT, PROJECT, ITERATION, "Tagged", "key1 eq 'value1' and key2 ne 'value2'", [DOG, CAT]
    )
    query = (
        f"iterationId={ITERATION}&taggingStatus=Tagged"
        "&$filter=metadata%3Dkey1%20eq%20%27value1%27%20and%20key2%20ne%20%27value2%27"
        f"&tagIds={DOG},{CAT}"
    )
    assert f"{COUNT}?{query}" == request.url


def test_the_version_is_part_of_the_path() -> None:
    """v3.3 unless asked for otherwise."""
    assert COUNT.replace("v3.3", "v3.4-preview") == made(version="v3.4-preview").url
    assert ("v3.3", "v3.4-preview") == VERSIONS


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        ({"iteration_id": ITERATION}, f"iterationId={ITERATION}"),
        ({"tagging_status": "Untagged"}, "taggingStatus=Untagged"),
        ({"tagging_status": TaggingStatus.ALL}, "taggingStatus=All"),
        ({"filter": "a eq 'b'"}, "$filter=metadata%3Da%20eq%20%27b%27"),
        ({"filter": "a eq 'b'", "prefix": False}, "$filter=a%20eq%20%27b%27"),
        ({"tag_ids": [DOG]}, f"tagIds={DOG}"),
        ({"tag_ids": iter([UUID(DOG), CAT])}, f"tagIds={DOG},{CAT}"),
    ],
)
def test_every_field_has_its_parameter(fields: dict[str, object], query: str) -> None:
    """What is not given is not sent."""
    assert f"{COUNT}?{query}" == made(**fields).url


@pytest.mark.parametrize("fields", [{"filter": ""}, {"tag_ids": []}, {"filter": None, "tag_ids": None}])
def test_an_empty_field_is_none(fields: dict[str, object]) -> None:
    """An empty filter or list asks for nothing, so it is left out."""
    assert ImageCountRequest(ENDPOINT, PROJECT) == made(**fields)
    assert COUNT == made(**fields).url


@pytest.mark.parametrize(
    "text", ["it''s", "a&b", "1+1", "100%", "#1", "a/b?", "é ü €", "😀", "\n", "", "~_-.", "a,b=c;d"]
)
def test_values_of_all_kinds_are_encoded_once(text: str) -> None:
    """UTF-8, percent-encoded; only letters, digits and `-._~` stand as they are."""
    request = made(filter=f"a eq '{text}'")
    sent = request.url.partition("$filter=")[2]
    assert quote(f"metadata=a eq '{text}'", safe="") == sent
    assert re.fullmatch(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+", sent)


# ---- The fields ----------------------------------------------------------------------------------------


def test_the_fields_are_typed() -> None:
    """Texts become UUIDs, statuses and filters."""
    request = ImageCountRequest(ENDPOINT + "/", PROJECT.upper(), ITERATION, "Tagged", "a eq 'b'", [DOG])
    assert ENDPOINT == request.endpoint
    assert UUID(PROJECT) == request.project_id
    assert UUID(ITERATION) == request.iteration_id
    assert request.tagging_status is TaggingStatus.TAGGED
    assert Filter.parse("a eq 'b'") == request.filter
    assert (UUID(DOG),) == request.tag_ids
    assert ("v3.3", True) == (request.version, request.prefix)


def test_a_request_cannot_be_changed_and_can_be_a_key() -> None:
    """Equal fields make equal requests."""
    request = made(filter=field("a") == "b")
    assert {request: 1} == {made(filter="a  eq  'b'"): 1}
    with pytest.raises(AttributeError):
        request.version = "v9"  # type: ignore[misc] # the test's point


def test_the_filter_is_lowered() -> None:
    """It is sent as the endpoint understands it."""
    request = made(filter="not (a eq 'x') and b in ('y','z')")
    assert "metadata=a ne 'x' and (b eq 'y' or b eq 'z')" == request.filter_text
    assert "a ne 'x' and (b eq 'y' or b eq 'z')" == made(filter=request.filter, prefix=False).filter_text
    assert made().filter_text is None


def test_the_text_of_a_filter_may_have_the_prefix() -> None:
    """It is the same filter with and without."""
    assert made(filter="metadata=a eq 'b'") == made(filter="a eq 'b'")


@pytest.mark.parametrize(
    "endpoint",
    [
        *("http://127.0.0.1:8000", "https://h/proxy/a.b", "http://[::1]:8000", "https://h_x.example", "https://a-b.c"),
        "https://" + ".".join(["a" * 63] * 3),
    ],
)
def test_endpoints_stand_as_they_are(endpoint: str) -> None:
    """A name or address, a port and a folder."""
    assert endpoint == made(endpoint=endpoint).endpoint
    assert endpoint == made(endpoint=endpoint + "/").endpoint


def test_scheme_and_host_are_sent_in_lower_case() -> None:
    """As every client does; a folder keeps its case, and a port loses its zeros."""
    assert "https://westus.example:443/Folder" == made(endpoint="HTTPS://WestUS.example:0443/Folder//").endpoint
    assert "https://h" == made(endpoint="https://h:").endpoint


REFUSED: list[tuple[str, object]] = [
    *(
        ("endpoint", given)
        for given in ("", "westus", "ftp://h", "https://", "https:///x", "//h", "https://h?", None, 5)
    ),
    *(("endpoint", given) for given in ("https://h?x=1", "https://h#x", "https://h#", "https://u:p@h", "https://@h")),
    *(("endpoint", given) for given in ("https://h:0", "https://h:65536", "https://h:x", "https://h h", "https://h\n")),
    *(
        ("endpoint", given)
        for given in ("https://hé", "https://h/a b", "https://h/../x", "https://h/%41", "http://a..b")
    ),
    *(("endpoint", given) for given in ("http://1.2.3.256", "http://1.2.3", "http://[::g]", "http://[1.2.3.4]")),
    *(("endpoint", "https://" + given) for given in ("a" * 64, ".".join(["a" * 60] * 5), "h/a//b", "h\\x", "[::1")),
    *(("project_id", given) for given in ("", "x", PROJECT[:-1], PROJECT + "0", PROJECT.replace("-", ""), None, 5)),
    *(("project_id", given) for given in ("{" + PROJECT + "}", "urn:uuid:" + PROJECT, PROJECT.replace("b", "٣"))),
    ("project_id", PROJECT.replace("-", "") + "----"),
    *(("iteration_id", given) for given in ("", "workspace", PROJECT[1:], 5)),
    *(("tagging_status", given) for given in ("", "tagged", "TAGGED", "None", 5)),
    *(("tag_ids", given) for given in (DOG, 5, [""], ["x"], [DOG, "x"], [None], [[DOG]], UUID(DOG))),
    *(("tag_ids", given) for given in ([DOG] * 21, b"abc")),
    *(("version", given) for given in ("", "v3.2", "3.3", "V3.3", None)),
    *(("filter", given) for given in (5, b"a eq 'b'", ["a eq 'b'"])),
]


@pytest.mark.parametrize(("name", "given"), REFUSED, ids=repr)
def test_fields_refuse_what_the_endpoint_would(name: str, given: object) -> None:
    """The error names the field and says what would be right."""
    with pytest.raises(FilterValidationError) as caught:
        made(**{name: given})
    assert f"the {name} " in caught.value.message
    assert name == caught.value.problems[0].code
    assert caught.value.expected


def test_twenty_tags_are_the_most() -> None:
    """A longer list is refused before it is read to its end."""
    assert 20 == len(made(tag_ids=[DOG] * 20).tag_ids or ())
    with pytest.raises(FilterValidationError, match="at most 20 tags"):
        made(tag_ids=(UUID(int=number) for number in count()))


def test_the_error_repeats_a_short_value() -> None:
    """Cut, and with everything but plain characters escaped."""
    with pytest.raises(FilterValidationError, match=re.escape(r"the version 'v\xe9\n' is not")):
        made(version="vé\n")
    with pytest.raises(FilterValidationError, match=f"'{'v-' * 40}' is not"):
        made(version="v-" * 500)
    with pytest.raises(FilterValidationError, match="the project_id of type int is not"):
        made(project_id=5)


def test_the_text_of_a_filter_must_be_one() -> None:
    """What is no filter in OData is a syntax error with its place."""
    with pytest.raises(FilterSyntaxError) as caught:
        made(filter="metadata=a eq")
    assert 13 == caught.value.position


def test_a_filter_of_wrong_types_is_refused() -> None:
    """Before it is lowered it must be right in OData."""
    with pytest.raises(FilterValidationError):
        made(filter="1 eq 'x' and a eq 'b'")


def test_a_filter_that_cannot_be_said_is_refused_part_by_part() -> None:
    """The error points at each part."""
    text = "metadata=contains(a,'x') or b gt 'y'"
    with pytest.raises(UnsupportedFilterError) as caught:
        made(filter=text)
    places = {problem.source[problem.position : problem.end] for problem in caught.value.problems}
    assert {"contains(a,'x')", "b gt 'y'"} == places


# ---- The headers and the key -----------------------------------------------------------------------------

HEX_KEYS = st.text("0123456789abcdef", min_size=32, max_size=32)
LONG_KEYS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=84, max_size=84)
KEYS = HEX_KEYS | LONG_KEYS


def test_the_headers_carry_the_key() -> None:
    """And ask for JSON, as the official client does."""
    assert {"Accept": "application/json", "Training-Key": "abc"} == made().headers("abc")
    assert "a b!~" == made().headers("a b!~")["Training-Key"]


@pytest.mark.parametrize("key", ["", " ", "abc ", " abc", "abc\n", "a\nb", "abcé", "a\x7fb", "\0", None, 5, b"abc"])
def test_a_key_that_cannot_stand_in_a_header_is_refused(key: Any) -> None:  # noqa: ANN401 - wrong types too
    """No header can be smuggled in, and the message does not repeat the key."""
    with pytest.raises(FilterValidationError) as caught:
        made().headers(key)
    assert "the training_key is not what the endpoint takes: printable ASCII text without spaces around it" == str(
        caught.value
    )


@given(KEYS)
def test_the_key_never_shows(key: str) -> None:
    """Not after headers were made, and not when it stands where something else belongs."""
    request = made(filter="a eq 'b'")
    assert key == request.headers(key)["Training-Key"]
    assert key not in repr(request) + str(request) + request.url
    for refused in leaks(key):
        assert key not in str(refused) + repr(refused)


def leaks(key: str) -> Iterator[FilterError]:
    """The errors of a key in every wrong place."""
    fields = ("endpoint", "project_id", "iteration_id", "tagging_status", "version")
    places: list[dict[str, Any]] = [*({name: key} for name in fields), {"tag_ids": [key]}, {"tag_ids": key}]
    places += [{"endpoint": f"https://{key}:{key}@h"}, {"endpoint": f"https://h?key={key}"}]
    for fields_given in places:
        with pytest.raises(FilterError) as caught:
            made(**fields_given)
        yield caught.value
    for url in (
        key,
        f"{COUNT}?key={key}",
        f"{COUNT}?{key}={key}",
        f"{COUNT}/{key}",
        f"https://[{key}",
        f"{COUNT}#{key}",
    ):
        with pytest.raises(FilterError) as caught:
            ImageCountRequest.from_url(url)
        yield caught.value
    with pytest.raises(FilterError) as caught:
        made().headers(key + "\n")
    yield caught.value


# ---- The official client ---------------------------------------------------------------------------------


class Recorder:
    """In place of the network below the official client: keeps the URL and headers, and answers 12."""

    def send(self, request: Any, **_options: object) -> Any:  # noqa: ANN401 - requests has no types here
        """Answer a request."""
        self.url = request.url
        self.headers = request.headers
        response = pytest.importorskip("requests").Response()
        response.status_code, response.url, response.request = 200, request.url, request
        response.headers["Content-Type"] = "application/json"
        response._content = b"12"  # noqa: SLF001 - the only way to give a response its body
        return response

    def close(self) -> None:
        """Hold nothing."""


@pytest.fixture(scope="module")
def official() -> tuple[Any, Recorder]:
    """The official client above a recorder."""
    training = pytest.importorskip(
        "azure.cognitiveservices.vision.customvision.training", reason="the official client is not installed"
    )
    authentication = pytest.importorskip("msrest.authentication")
    client = training.CustomVisionTrainingClient(
        ENDPOINT, authentication.ApiKeyCredentials(in_headers={"Training-key": "abc"})
    )
    recorder = Recorder()
    client.config.pipeline._sender.driver.session.mount("https://", recorder)  # noqa: SLF001 - no other door
    return client, recorder


IDS = st.uuids() | st.uuids().map(str)
FILTERS = filters(CUSTOM_VISION) | filters(CUSTOM_VISION, values=st.text("'&+%#/?= é€😀\n\"", max_size=9))
ENDPOINTS = st.sampled_from([ENDPOINT, ENDPOINT + "/", "https://WestUS.example:8443/Proxy", "https://[::1]:80"])


@given(
    *(ENDPOINTS, IDS, st.none() | IDS, st.none() | st.sampled_from(TaggingStatus), st.none() | FILTERS),
    *(st.none() | st.lists(IDS, min_size=1, max_size=20), st.booleans()),
)
def test_the_url_is_byte_for_byte_that_of_the_official_client(  # noqa: PLR0913, PLR0917 - every field varies
    official: tuple[Any, Recorder],
    endpoint: str,
    project: UUID | str,
    iteration: UUID | str | None,
    status: TaggingStatus | None,
    asked: Filter | None,
    tags: list[UUID | str] | None,
    prefix: bool,  # noqa: FBT001 - Hypothesis gives it
) -> None:
    """For the same arguments, down to the last percent sign."""
    client, recorder = official
    client.config.endpoint = endpoint
    request = ImageCountRequest(
        *(endpoint, project, iteration, status, asked, tags), version=f"v{client.api_version}", prefix=prefix
    )
    client.get_image_count(project, iteration, status and status.value, request.filter_text, tags)
    assert recorder.url == request.url
    for name, value in request.headers("abc").items():
        assert value == recorder.headers[name]


# ---- From a URL ------------------------------------------------------------------------------------------

REQUESTS = st.builds(
    ImageCountRequest,
    *(ENDPOINTS | st.just("http://h/customvision/x"), IDS, st.none() | IDS, st.none() | st.sampled_from(TaggingStatus)),
    *(st.none() | FILTERS, st.none() | st.lists(IDS, max_size=20)),
    version=st.sampled_from(VERSIONS),
    prefix=st.booleans(),
)


@given(REQUESTS)
def test_the_url_of_a_request_reads_back_as_the_request(request: ImageCountRequest) -> None:
    """With `$` as it is or percent-encoded."""
    assert request == ImageCountRequest.from_url(request.url)
    assert request == ImageCountRequest.from_url(request.url.replace("$filter", "%24filter"))
    assert request.url == ImageCountRequest.from_url(request.url).url


def test_other_spellings_of_a_url_mean_the_same() -> None:
    """Any order, commas encoded, empty options, and a plus that stays a plus."""
    request = made(tagging_status="Tagged", filter="a eq '1+1'", tag_ids=[DOG, CAT])
    url = f"{COUNT}?tagIds={DOG}%2C{CAT}&iterationId=&&%24filter=metadata=a%20eq%20'1+1'&taggingStatus=Tagged"
    assert request == ImageCountRequest.from_url(url)
    assert made() == ImageCountRequest.from_url(f"{COUNT}?$filter=&tagIds=")


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", ENDPOINT, COUNT[:-1], COUNT + "/", COUNT + "/x", COUNT.replace("images", "image"), "http://[x"),
        *(COUNT.replace("v3.3", "v3.2"), COUNT.replace(PROJECT, "x"), COUNT.replace("https:", ""), COUNT + "#x"),
        *(COUNT + "?x=1", COUNT + "?filter=a%20eq%20'b'", COUNT + "?$FILTER=a", COUNT + "?taggingStatus=Alls"),
        *(COUNT + "?taggingStatus=All&taggingStatus=All", COUNT + "?$filter=a%20eq%20'b'&%24filter=a%20eq%20'b'"),
        *(COUNT + "?$filter=%FF", COUNT + "?$filter=\ud800", COUNT + "?tagIds=,", COUNT + f"?tagIds={DOG},"),
        *(COUNT + "?$filter=a+eq+'b'", COUNT + "?iterationId=x", COUNT + "?=x", COUNT + "?x"),
    ],
)
def test_a_url_of_something_else_is_refused(url: str) -> None:
    """Nothing is guessed and nothing dropped."""
    with pytest.raises(FilterError):
        ImageCountRequest.from_url(url)


def test_what_is_no_text_is_no_url() -> None:
    """Bytes are not decoded."""
    with pytest.raises(FilterValidationError, match="the url of type bytes is not"):
        ImageCountRequest.from_url(COUNT.encode())  # type: ignore[arg-type] # the test's point


PIECES = st.lists(
    st.sampled_from(
        [
            *("https://h", "http://[::1]", "/customvision/", "v3.3", "/training/projects/", PROJECT, "/images/count"),
            *("?", "&", "=", "$filter", "%24filter", "tagIds", "taggingStatus=All", "#", "%", "%zz", "%FF", ",", ";"),
            *("a eq 'b'", "a%20eq%20'b'", "metadata=", "@", "[", "]", "\ud800", "\n", " ", "..", ":"),
        ]
    )
    | st.text(max_size=3),
    max_size=14,
).map("".join)


@given(st.text() | PIECES | PIECES.map(lambda tail: f"{COUNT}?{tail}"))
@example("http://[::1]x" + COUNT[len(ENDPOINT) :])
@example("https://\u2100" + COUNT[len(ENDPOINT) :])
def test_any_text_is_a_url_or_a_filter_error(text: str) -> None:
    """Nothing else leaves the library, and what is read gives a URL that reads back."""
    try:
        request = ImageCountRequest.from_url(text)
    except FilterError:
        return
    assert request == ImageCountRequest.from_url(request.url)


@given(st.text(), st.text(), st.text(), st.text(), st.lists(st.text()), st.text())
def test_any_text_in_a_field_is_taken_or_a_filter_error(  # noqa: PLR0913, PLR0917 - one text for each field
    endpoint: str, project: str, iteration: str, status: str, tags: list[str], text: str
) -> None:
    """Each field alone, beside good ones."""
    given_fields: list[dict[str, Any]] = [
        *({"endpoint": endpoint}, {"project_id": project}, {"iteration_id": iteration}, {"tagging_status": status}),
        *({"tag_ids": tags}, {"filter": text}, {"version": text}),
    ]
    for fields in given_fields:
        try:
            url = made(**fields).url
        except FilterError:
            continue
        assert url.startswith(COUNT)


# ---- The room --------------------------------------------------------------------------------------------


def test_the_room_offers_its_names() -> None:
    """The clients are imported when they are asked for."""
    for name in customvision.__all__:
        assert hasattr(customvision, name)
    with pytest.raises(AttributeError, match="no attribute 'Client'"):
        customvision.Client  # noqa: B018 - asking is the test
