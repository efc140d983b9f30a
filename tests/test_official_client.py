"""The official client of Custom Vision against the local service: the counts, the errors and the URLs that it sends."""

import doctest
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from odata_filter import CUSTOM_VISION, Filter, all_of, any_of, field
from odata_filter.customvision import ImageCountRequest, count_images
from serving import KEY, PROJECT, Service, replace_file, serving, uuid

CLIENT = "azure-cognitiveservices-vision-customvision"
OLD = "3.0.0"
NO_REGISTRY = ("No matching distribution found", "Could not find a version that satisfies", "No module named pip")

PROGRAM = """
import json, sys
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.version import VERSION
from azure.cognitiveservices.vision.customvision.training.models import CustomVisionErrorException
from msrest.authentication import ApiKeyCredentials

def asked(case):
    credentials = ApiKeyCredentials(in_headers={"Training-key": case["key"]})
    client = clients.setdefault(case["key"], CustomVisionTrainingClient(case["endpoint"], credentials))
    headers = {"Accept": case["accept"]} if case["accept"] else None
    try:
        raw = client.get_image_count(case["project"], *case["arguments"], custom_headers=headers, raw=True)
    except CustomVisionErrorException as error:
        return {"status": error.response.status_code, "code": error.error.code, "message": error.error.message}
    return {"count": raw.output, "url": raw.response.request.url}

clients = {}
json.dump([VERSION, [asked(case) for case in json.load(sys.stdin)]], sys.stdout)
"""

CAT, DOG, NO_TAG = map(uuid, (1, 2, 3))
FIRST, SECOND = map(uuid, (11, 12))
VALUES = ["plain", "O'Neil", "''", "a&b=c", "1+1", "100 %", "%27", "#1", "a/b", "é", "東京 🎌", " ", "", "a;b,c?d"]
IMAGES = [
    {
        "id": uuid(100 + number),
        "metadata": {"value": value, **({"Größe": value[::-1]} if number % 3 else {})},
        "tags": [[], [CAT], [DOG], [CAT, DOG]][number % 4],
        "iterations": [[], [FIRST], [FIRST, SECOND]][number % 3],
    }
    for number, value in enumerate([*VALUES, *VALUES[::2], *VALUES[::3]])
] + [{"id": uuid(99)}]

FILTERS = [
    None,
    *(field("value") == value for value in VALUES),
    *(field("value") != value for value in VALUES[:10:3]),
    any_of(field("value") == value for value in VALUES),
    all_of(field("value") != value for value in VALUES),
    (field("value") == "O'Neil") | (field("Größe") != "b/a") & (field("none") != "&"),
    ((field("value") == "a&b=c") | (field("value") == "1+1")) & (field("Größe") != "+"),
    ~field("value").is_in(["#1", "100 %"]),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that knows one key and one project."""
    folder = tmp_path_factory.mktemp("service")
    replace_file(folder / "images.jsonl", IMAGES)
    arguments = (str(folder / "images.jsonl"), "--training-key", KEY, "--project", PROJECT)
    with serving(folder / "messages", *arguments) as service:
        yield service


@dataclass(frozen=True, slots=True)
class Release:
    """A release of the client: the version of the API that it speaks, and the folder it is in, if not installed."""

    api: str
    folder: Path | None = None


@pytest.fixture(scope="module", params=["3.1.1", OLD])
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Each test runs with both releases; the old one cannot be installed beside the other, and has a folder."""
    if not is_installed():
        pytest.skip(f"{CLIENT} is not installed")
    if request.param == OLD:
        return Release("v3.3", old_client(tmp_path_factory.mktemp("client")))
    return Release("v3.4-preview")


def is_installed() -> bool:
    """Whether the client is, and with it what the old release needs as well."""
    try:
        return find_spec("azure.cognitiveservices.vision.customvision.training") is not None
    except ModuleNotFoundError:
        return False


def old_client(folder: Path) -> Path:
    """A folder with the old release alone."""
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(folder), f"{CLIENT}=={OLD}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the command above
    if any(phrase in done.stdout + done.stderr for phrase in NO_REGISTRY):
        pytest.skip(f"{CLIENT} {OLD} cannot be had here: no package registry, or no pip")
    assert 0 == done.returncode, done.stderr
    return folder


def case(service: Service, *arguments: object, **changes: str) -> dict[str, object]:
    """One call of `get_image_count`: its arguments after the project, and what else is not as usual."""
    usual = {"endpoint": service.url, "project": PROJECT, "key": KEY, "accept": ""}
    return {**usual, "arguments": arguments, **changes}


def asked(release: Release, cases: list[dict[str, object]]) -> list[dict[str, Any]]:
    """What the client makes of the answer to each case."""
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM]
    environment = {**os.environ, **({} if release.folder is None else {"PYTHONPATH": str(release.folder)})}
    done = subprocess.run(  # noqa: S603 - the command above
        command,
        input=json.dumps(cases),
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    version, answers = json.loads(done.stdout)
    assert (len(cases), release.folder is not None) == (len(answers), version == OLD)
    return list(answers)


ITERATIONS = (None, FIRST, SECOND)
STATUSES = (None, "All", "Tagged", "Untagged")
TAGS: tuple[list[str] | None, ...] = (None, [CAT], [CAT, DOG], [NO_TAG])


def requests(url: str, version: str) -> list[ImageCountRequest]:
    """Every combination of iteration, tagging status and tags, each with every filter in turn."""
    combinations = product(ITERATIONS, STATUSES, TAGS, FILTERS)
    return [
        ImageCountRequest(url, PROJECT, iteration, status, wanted, tags, version=version)
        for iteration, status, tags, wanted in combinations
    ]


@pytest.mark.parametrize("step", [17, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "every"])
def test_each_combination_gives_the_same_number_and_url(service: Service, release: Release, step: int) -> None:
    """The service counts like the function, and the client sends the very bytes that the request gives.

    Every 17th combination has each filter, and each combination of the rest.
    """
    wanted = requests(service.url, release.api)[::step]
    cases = [
        case(
            service,
            request.iteration_id and str(request.iteration_id),
            request.tagging_status,
            request.filter_text,
            request.tag_ids and [str(tag) for tag in request.tag_ids],
        )
        for request in wanted
    ]
    expected = [{"count": count_images(IMAGES, request), "url": request.url} for request in wanted]
    assert expected == asked(release, cases)
    assert len({one["count"] for one in expected}) > 5


@pytest.mark.parametrize("accept", ["application/json", "application/xml", "text/xml"])
def test_every_media_type_is_understood(service: Service, release: Release, accept: str) -> None:
    """The count and the error, in JSON and in XML."""
    cases = [case(service, accept=accept), case(service, None, None, "a gt 'é'", accept=accept)]
    count, error = asked(release, cases)
    assert len(IMAGES) == count["count"]
    assert "BadRequestOperationNotSupported" == error["code"]
    assert "$filter at position 0: " in error["message"]


def test_empty_arguments_are_absent(service: Service, release: Release) -> None:
    """The client sends them without a value."""
    (answer,) = asked(release, [case(service, "", "", "", [])])
    assert (len(IMAGES), "$filter=" in answer["url"]) == (answer["count"], True)


def test_refusals_arrive_as_exceptions_with_code_and_message(service: Service, release: Release) -> None:
    """400, 401 and 404, each with a documented code."""
    cases = {
        "BadRequestInvalidIds": case(service, "x"),
        "BadRequestInvalid": case(service, None, None, "a eq"),
        "BadRequestOperationNotSupported": case(service, None, None, str(~(field("a") == "b"))),
        "Forbidden": case(service, key="wrong"),
        "NotFoundProject": case(service, project=uuid(7)),
        "NotFoundIteration": case(service, uuid(7)),
    }
    answers = asked(release, list(cases.values()))
    assert list(cases) == [answer["code"] for answer in answers]
    assert [400, 400, 400, 401, 404, 404] == [answer["status"] for answer in answers]
    assert all(answer["message"] for answer in answers)
    assert all(KEY not in answer["message"] for answer in answers)


def test_what_was_built_richly_is_asked_in_the_endpoints_words(service: Service, release: Release) -> None:
    """Build, lower, ask: the number is that of the filter as it was built."""
    rich = ~(field("value").is_in(["plain", "#1"]) & ~(field("Größe") == "1#"))
    lowered = rich.lower(CUSTOM_VISION)
    (answer,) = asked(release, [case(service, None, None, f"metadata={lowered}")])
    assert rich.count([image.get("metadata", {}) for image in IMAGES]) == answer["count"]
    assert isinstance(lowered, Filter)


README = Path(__file__).parents[1] / "README.md"


def test_the_round_of_the_readme(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Build, lower, request, serve, ask: both clients print what the comments beside them say."""
    if not is_installed():
        pytest.skip(f"{CLIENT} is not installed")
    section = README.read_text(encoding="utf-8").partition("### Ask the count endpoint")[2].partition("\n### ")[0]
    built, asks = (
        re.findall(rf"^```{language}\n(.*?)^```$", section, re.DOTALL | re.MULTILINE) for language in ("python", "py")
    )
    steps = [example.source for block in built for example in doctest.DocTestParser().get_examples(block)]
    with serving(tmp_path / "messages") as service, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the official client's own
        program = "".join([*steps[:-1], *asks]).replace("http://127.0.0.1:8080", service.url)
        exec(program, {"field": field, "CUSTOM_VISION": CUSTOM_VISION})  # noqa: S102 - the README's own example
    expected = re.findall(r"# (\d+)$", asks[0], re.MULTILINE)
    assert 2 == len(expected)
    assert expected == capsys.readouterr().out.split()[-2:]
