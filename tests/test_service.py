"""The local service in this process: what it answers to each request, and what it never tells."""

import json
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote
from uuid import UUID

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from odata_filter import CUSTOM_VISION, Filter, strategies
from odata_filter.customvision import CustomVisionErrorCode, ImageCountRequest, count_images, service
from odata_filter.customvision.images import ImageFile, Images
from odata_filter.customvision.openapi import MEDIA_TYPES, document
from odata_filter.customvision.service import MAX_HEADERS, MAX_URL, Settings, application
from serving import COUNT, KEY, PROJECT, replace_file, uuid

CAT, DOG, NO_TAG = map(uuid, (1, 2, 3))
FIRST, SECOND = map(uuid, (11, 12))
IMAGES: list[dict[str, object]] = [
    {"id": uuid(101), "metadata": {"a": "1"}, "tags": [CAT], "iterations": [FIRST, SECOND]},
    {"id": uuid(102), "metadata": {"a": "2", "b": "x'y"}, "tags": [CAT, DOG], "iterations": [FIRST]},
    {"id": uuid(103), "metadata": {"b": "é & 100 %+#/"}, "tags": [DOG]},
    {"id": uuid(104), "metadata": {"a": "1"}, "iterations": [SECOND]},
    {"id": uuid(105)},
]

Client: TypeAlias = Callable[..., TestClient]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The file of images."""
    path = tmp_path / "images.jsonl"
    replace_file(path, IMAGES)
    return path


@pytest.fixture
def client(data: Path) -> Client:
    """Makes a client of a service with some settings; it sends a key unless told otherwise."""

    def client(*, headers: Mapping[str, str] | None = None, **settings: object) -> TestClient:
        made = application(ImageFile(str(data)), Settings(**settings))  # type: ignore[arg-type] # each test gives its own
        given = {"Training-Key": KEY} if headers is None else headers
        return TestClient(made, headers=dict(given), raise_server_exceptions=False)

    return client


def error_of(client: TestClient, url: str, **headers: str) -> tuple[int, str, str]:
    """Status, code and message of an answer that is an error."""
    answer = client.get(url, headers=headers)
    error = answer.json()
    assert {"code", "message"} == error.keys()
    return answer.status_code, error["code"], error["message"]


# ---- Counting ----------------------------------------------------------------------------------------

QUERIES = {
    "": 5,
    "?": 5,
    "?iterationId=&taggingStatus=&$filter=&tagIds=": 5,
    "?taggingStatus=All": 5,
    "?taggingStatus=Tagged": 3,
    "?taggingStatus=Untagged": 2,
    f"?tagIds={CAT}": 2,
    f"?tagIds={CAT},{DOG}": 3,
    f"?tagIds={CAT}%2C{DOG.upper()}": 3,
    f"?tagIds={NO_TAG}": 0,
    f"?iterationId={FIRST}": 2,
    f"?iterationId={SECOND.upper()}": 2,
    f"?iterationId={SECOND}&taggingStatus=Untagged": 1,
    "?$filter=a eq '1'": 2,
    "?%24filter=a%20eq%20%271%27": 2,
    "?%24filter=metadata%3Da+eq+%271%27": 2,
    "?$filter=a+eq+'1%2B1'": 0,
    "?$filter=a ne '1'": 3,
    "?$filter=metadata=a ne '1' and b ne 'z'": 3,
    "?$filter=metadata%3Da%20eq%20'1'%20or%20b%20eq%20'x''y'": 3,
    f"?$filter={quote('b eq ' + repr('é & 100 %+#/'))}": 1,
    f"?$filter={quote('b ne ' + repr('é & 100 %+#/'), safe='').replace('%20', '+')}": 4,
    f"?iterationId={FIRST}&taggingStatus=Tagged&$filter=(a eq '1' or a eq '2') and b ne 'x'&tagIds={DOG}": 1,
}


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("version", ["v3.3", "v3.4-preview"])
def test_the_parameters_choose_the_images(client: Client, query: str, version: str) -> None:
    """An empty parameter is an absent one."""
    answer = client().get(COUNT.replace("v3.3", version) + query)
    assert (200, QUERIES[query]) == (answer.status_code, answer.json())


@cache
def sample() -> tuple[ImageFile, TestClient]:
    """The sample, and a client of a service that serves it."""
    file = ImageFile(None)
    return file, TestClient(application(file, Settings()), headers={"Training-Key": KEY})


@given(wanted=strategies.filters(CUSTOM_VISION, keys=st.sampled_from(["key1", "key2", "species", "lens"])))
def test_the_service_counts_like_the_function(wanted: Filter) -> None:
    """For every filter of the endpoint's language."""
    file, client = sample()
    request = ImageCountRequest("http://testserver", PROJECT, filter=wanted)
    assert count_images(file.current.images, request) == client.get(request.url).json()


def test_an_answer_is_remembered(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same question about the same images is counted once; there is a limit on how many are remembered."""
    asked: list[str] = []

    def counted(images: Images, request: ImageCountRequest) -> int:
        asked.append(request.url.partition("=")[2])
        return count_images(images.images, request)

    monkeypatch.setattr(Images, "count", counted)
    monkeypatch.setattr(service, "_MAX_COUNTS", 2)
    made = client()
    for tag in (CAT, DOG, CAT, DOG, NO_TAG, DOG):
        made.get(f"{COUNT}?tagIds={tag}")
    assert [CAT, DOG, NO_TAG, DOG] == asked


def test_many_images_and_long_queries_are_counted_elsewhere(tmp_path: Path) -> None:
    """In another thread, and the answers are the same."""
    path = tmp_path / "many.jsonl"
    replace_file(path, [{"id": uuid(number), "metadata": {"a": "xyz"[number % 3]}} for number in range(600)])
    made = TestClient(application(ImageFile(str(path)), Settings()), headers={"Training-Key": KEY})
    texts = ["", "?$filter=a eq 'x'", "?$filter=a ne 'x'", "?$filter=" + " or ".join(["a eq 'y'"] * 200)]
    texts.append("?taggingStatus=Untagged&$filter=a ne 'z'")
    assert [600, 200, 400, 200, 400] == [made.get(COUNT + text).json() for text in texts]


# ---- Projects and iterations ---------------------------------------------------------------------------


def test_one_project_may_be_the_only_one(client: Client) -> None:
    """Then every other one is not found."""
    made = client(project_id=UUID(PROJECT))
    assert 5 == made.get(COUNT).json()
    expected = (404, "NotFoundProject", f"there is no project {uuid(7)}")
    assert expected == error_of(made, COUNT.replace(PROJECT, uuid(7)))


def test_an_unknown_iteration_is_not_found(client: Client) -> None:
    """An iteration is known when some image belongs to it."""
    expected = (404, "NotFoundIteration", f"there is no iteration {uuid(7)}")
    assert expected == error_of(client(), f"{COUNT}?iterationId={uuid(7)}")


# ---- Keys --------------------------------------------------------------------------------------------

REFUSED = (401, "Forbidden", "the header Training-Key has no key that fits")


def test_any_key_will_do_when_none_is_set(client: Client) -> None:
    """But there must be one."""
    made = client(headers={})
    assert REFUSED == error_of(made, COUNT)
    assert REFUSED == error_of(made, COUNT, **{"Training-Key": ""})
    assert 5 == made.get(COUNT, headers={"training-key": "x"}).json()


@pytest.mark.parametrize("key", [b"", b"x", KEY[:-1].encode(), KEY.encode() + b"0", KEY.upper().encode(), b"\xe9"])
def test_a_key_that_is_set_must_be_right(client: Client, key: bytes) -> None:
    """Nearly right is wrong, and the answer does not tell how near it is."""
    answer = client(training_key=KEY, headers={}).get(COUNT, headers=[(b"Training-Key", key)])
    assert (401, "Training-Key") == (answer.status_code, answer.headers["WWW-Authenticate"])
    assert REFUSED == (401, *answer.json().values())


def test_the_right_key_opens(client: Client) -> None:
    """The header's name may be written in any case."""
    assert 5 == client(training_key=KEY, headers={"TRAINING-KEY": KEY}).get(COUNT).json()


def test_without_the_key_nothing_is_told(client: Client) -> None:
    """Not even whether a project or an iteration is there."""
    made = client(training_key=KEY, headers={}, project_id=UUID(PROJECT))
    assert REFUSED == error_of(made, COUNT.replace(PROJECT, uuid(7)))
    assert REFUSED == error_of(made, COUNT + "?taggingStatus=x")


def test_the_key_is_not_shown() -> None:
    """Neither is it when the settings are printed."""
    assert "Settings(project_id=None, reload_every=1.0)" == repr(Settings(training_key=KEY))


# ---- Media types -------------------------------------------------------------------------------------

ACCEPTED = {
    "": "application/json",
    "*/*": "application/json",
    "application/*": "application/json",
    "application/json": "application/json",
    "Application/JSON; charset=utf-8": "application/json",
    "application/xml": "application/xml",
    "text/xml": "text/xml",
    "text/*": "text/xml",
    "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8": "application/xml",
    "application/json;q=0.5, text/xml": "text/xml",
    "application/json;q=0, */*": "application/xml",
    "application/json ; q=0.1 , application/* ; q=0.9": "application/xml",
    "text/xml;q=1.000": "text/xml",
    "image/png": None,
    "application/json;q=0": None,
    "application/json;q=0.0": None,
    "application/json;q=2": None,
    "application/json;q=x": None,
    "xml": None,
    ",": None,
}


@pytest.mark.parametrize("accept", ACCEPTED)
def test_the_client_chooses_the_media_type(client: Client, accept: str) -> None:
    """Of those that are liked equally, JSON comes first; without any that fits, the error is JSON."""
    answer = client().get(COUNT, headers={"Accept": accept})
    media_type, expected = ACCEPTED[accept], ACCEPTED[accept] or MEDIA_TYPES[0]
    assert (expected, "Accept") == (answer.headers["Content-Type"].partition(";")[0], answer.headers["Vary"])
    if media_type is None:
        assert (406, "UnsupportedMediaType") == (answer.status_code, answer.json()["code"])
    else:
        assert "5" == (answer.text if media_type == MEDIA_TYPES[0] else fromstring(answer.text).text)


@pytest.mark.parametrize("media_type", MEDIA_TYPES[1:])
def test_an_error_may_be_xml(client: Client, media_type: str) -> None:
    """With what XML cannot hold replaced, and what it would misread escaped."""
    url = f"{COUNT}?taggingStatus={quote('<&]]>')}"
    answer = client().get(url, headers={"Accept": media_type})
    code, message = fromstring(answer.text)
    assert (400, "code", "BadRequestInvalid") == (answer.status_code, code.tag, code.text)
    assert ("message", True) == (message.tag, "'<&]]>'" in (message.text or ""))
    answer = client().get(f"{COUNT}?$filter=%00%FF", headers={"Accept": media_type})
    assert 400 == answer.status_code
    assert "CustomVisionError" == fromstring(answer.text).tag


def test_a_path_that_is_not_there_is_told_in_xml_as_well(client: Client) -> None:
    """Every failure is in the media type that was asked for."""
    answer = client().get("/none", headers={"Accept": "text/xml"})
    assert ["NotFound", "there is nothing at this path"] == [one.text for one in fromstring(answer.text)]


# ---- Refusals ----------------------------------------------------------------------------------------

BAD_REQUESTS = {
    "?iterationId=x": ("BadRequestInvalidIds", "iteration_id 'x'"),
    f"?tagIds={CAT},": ("BadRequestInvalidIds", "tag_ids"),
    "?tagIds=cat": ("BadRequestInvalidIds", "tag_ids 'cat'"),
    f"?tagIds={','.join([CAT] * 21)}": ("BadRequestInvalidIds", "at most 20 tags"),
    "?taggingStatus=tagged": ("BadRequestInvalid", "one of All, Tagged, Untagged"),
    "?filter=a": ("BadRequestInvalid", "one of iterationId, taggingStatus, $filter, tagIds"),
    "?taggingStatus=All&taggingStatus=All": ("BadRequestInvalid", "each option once"),
    "?$filter=a eq '1'&%24filter=a eq '1'": ("BadRequestInvalid", "each option once"),
    "?$filter=%FF": ("BadRequestInvalid", "percent-encoded UTF-8"),
    "?$filter=a eq": ("BadRequestInvalid", "$filter at position 4: "),
    "?$filter=a = '1'": ("BadRequestInvalid", "(hint: OData writes equality as `eq`)"),
    "?$filter=metadata=a eq 'x": ("BadRequestInvalid", "$filter at position 14: "),
    f"?$filter=a eq '{'x' * 257}'": ("BadRequestInvalid", "$filter at position 5: the string has 257 characters"),
    f"?$filter={'(' * 200}a eq 'b'{')' * 200}": ("BadRequestInvalid", "nested more than"),
    "?$filter=a gt '1'": ("BadRequestOperationNotSupported", "$filter at position 0: "),
    "?$filter=b eq 'x' and a eq 1": ("BadRequestOperationNotSupported", "$filter at position 18: "),
    "?$filter=contains(a,'x')": ("BadRequestOperationNotSupported", "contains"),
    "?$filter=not (a eq '1')": ("BadRequestOperationNotSupported", "the operator not"),
    "?$filter=a in ('1','2')": ("BadRequestOperationNotSupported", "the operator in"),
    "?$filter='1' eq a": ("BadRequestOperationNotSupported", "hint: put the property on the left"),
    "?$filter=a eq null": ("BadRequestOperationNotSupported", "null"),
    "?$filter=a/b eq 'x'": ("BadRequestOperationNotSupported", "a path"),
}


@pytest.mark.parametrize("query", BAD_REQUESTS)
def test_a_bad_parameter_is_told_with_its_code(client: Client, query: str) -> None:
    """What a filter has of the wider language is refused here as the endpoint does, and named with its position."""
    status, code, message = error_of(client(), COUNT + query)
    expected, part = BAD_REQUESTS[query]
    assert (400, expected) == (status, code)
    assert part in message


def test_a_filter_with_many_problems_tells_five(client: Client) -> None:
    """The answer stays short."""
    text = " or ".join(["a gt '1'"] * 100)
    assert 5 == error_of(client(), f"{COUNT}?$filter={text}")[2].count("$filter at position")


@pytest.mark.parametrize("project", ["x", uuid(1)[:-1], uuid(1) + "0", "%C3%A9" * 6, "%00"])
def test_a_project_is_a_uuid(client: Client, project: str) -> None:
    """Other text is no id."""
    status, code, message = error_of(client(), COUNT.replace(PROJECT, project))
    assert (400, "BadRequestInvalidIds", True) == (status, code, "project_id" in message)


@pytest.mark.parametrize(
    "path", ["/", COUNT + "/", COUNT.replace("v3.3", "v3.2"), COUNT.replace("/count", ""), "/a%2Fb"]
)
def test_any_other_path_is_not_there(client: Client, path: str) -> None:
    """A slash more is another path."""
    assert (404, "NotFound", "there is nothing at this path") == error_of(client(), path)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_count_can_only_be_got(client: Client, method: str) -> None:
    """The answer says how."""
    answer = client().request(method, COUNT)
    assert (405, {"GET", "HEAD"}) == (answer.status_code, set(answer.headers["Allow"].split(", ")))
    assert "BadRequestNotSupported" == answer.json()["code"]


def test_a_url_may_be_long_but_not_too_long(client: Client) -> None:
    """The limit is on path and query."""
    made = client()
    query = "$filter=a%20eq%20'1'".ljust(MAX_URL - len(COUNT), "+")
    assert 2 == made.get(f"{COUNT}?{query}").json()
    assert (414, "BadRequest", f"the URL is over {MAX_URL} characters") == error_of(made, f"{COUNT}?{query}+")


def test_headers_may_be_long_but_not_too_long(client: Client) -> None:
    """The limit is on all of them together."""
    made = client()
    assert 5 == made.get(COUNT, headers={"X": "x" * (MAX_HEADERS - 1_000)}).json()
    expected = (431, "BadRequest", f"the headers are over {MAX_HEADERS} bytes")
    assert expected == error_of(made, COUNT, X="x" * MAX_HEADERS)


def test_a_failure_of_the_service_tells_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """What went wrong is for the log."""
    monkeypatch.setattr(Images, "count", lambda _images, _request: 1 / 0)
    assert (500, "ErrorUnknown", "the service failed") == error_of(client(), COUNT)


ACCEPTS = st.one_of(st.sampled_from(MEDIA_TYPES), st.text("aj/xml*;q=0.19, ").map(str.strip))


@given(query=st.one_of(st.binary(max_size=60), st.text(max_size=20).map(str.encode)), project=st.text(), accept=ACCEPTS)
def test_any_request_gives_a_documented_answer(query: bytes, project: str, accept: str) -> None:
    """Never a server error, and every error can be read and has a documented code."""
    url = COUNT.replace(PROJECT, quote(project, safe="")) + "?$filter="
    for path in (url + quote(query), COUNT + "?$filter=" + quote(query)):
        answer = sample()[1].get(path, headers={"Accept": accept})
        assert answer.status_code in {200, 400, 404, 406, 414}
        if answer.status_code != 200:
            is_json = answer.headers["Content-Type"] == MEDIA_TYPES[0]
            code = answer.json()["code"] if is_json else fromstring(answer.text)[0].text
            assert code in set(CustomVisionErrorCode)


# ---- Health, document and reloads ----------------------------------------------------------------------


def wait_until(true: Callable[[], bool]) -> None:
    """Wait until something becomes true, for ten seconds at most."""
    deadline = time.monotonic() + 10
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert true()


def test_the_service_says_how_it_is(client: Client) -> None:
    """Without a key, for whatever looks after the service."""
    answer = client(training_key=KEY, headers={}).get("/health")
    assert (200, {"status": "ok", "images": 5, "problem": None}) == (answer.status_code, answer.json())


def test_the_service_describes_itself(client: Client) -> None:
    """Both versions have the same parameters."""
    answer = client(headers={}).get("/openapi.json")
    assert json.loads(json.dumps(document(MAX_URL, MAX_HEADERS))) == answer.json()
    paths = answer.json()["paths"]
    assert (
        paths[COUNT.replace(PROJECT, "{projectId}")]["get"]["parameters"]
        == (paths[COUNT.replace(PROJECT, "{projectId}").replace("v3.3", "v3.4-preview")]["get"]["parameters"])
    )


def test_the_file_is_watched_while_the_service_runs(client: Client, data: Path) -> None:
    """A changed file is counted, a broken one is told and changes nothing."""
    said: list[str] = []
    with client(reload_every=0.01, say=said.append) as made:
        assert 5 == made.get(COUNT).json()
        replace_file(data, IMAGES[:2])
        wait_until(lambda: made.get(COUNT).json() == 2)
        wait_until(lambda: said == ["read again: 2 images"])
        replace_file(data, [{"id": "x"}])
        wait_until(lambda: len(said) == 2)
        problem = "images.jsonl, line 1: id has no UUID in 'x'"
        assert {"status": "stale", "images": 2, "problem": problem} == made.get("/health").json()
        assert 2 == made.get(COUNT).json()


def test_a_file_that_stays_as_it_is_is_not_talked_about(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is looked at."""
    said: list[str] = []
    looks: list[str | None] = []
    refresh = ImageFile.refresh

    def looked(file: ImageFile, *, force: bool) -> str | None:
        looks.append(refresh(file, force=force))
        return looks[-1]

    monkeypatch.setattr(ImageFile, "refresh", looked)
    with client(reload_every=0.01, say=said.append):
        wait_until(lambda: len(looks) > 2)
    assert ([], {None}) == (said, set(looks))
