"""The count endpoint's error codes and the error that carries one."""

import pickle
from pathlib import Path

import pytest

from odata_filter import FilterError
from odata_filter.customvision import CustomVisionError, CustomVisionErrorCode

DOCUMENT = Path(__file__).parents[2] / "shared" / "reference" / "images-get-count.txt"
KEY = "0123456789abcdef0123456789abcdef"


def documented_codes() -> list[str]:
    """The codes in the document's last table, in its order."""
    if not DOCUMENT.is_file():
        pytest.skip("the endpoint's document is not beside this checkout")
    table = DOCUMENT.read_text(encoding="utf-8").rpartition("Value Description\n")[2]
    return table.split()


def test_the_codes_are_those_of_the_document() -> None:
    """Same names, same order, none missing, none invented."""
    codes = documented_codes()
    assert ("NoError", "ErrorInvalid") == (codes[0], codes[-1])
    assert codes == [code.value for code in CustomVisionErrorCode]


def test_the_members_are_named_after_their_codes() -> None:
    """BadRequestImageUrl is BAD_REQUEST_IMAGE_URL."""
    named = {
        name.replace("_", "").lower(): code.value.lower() for name, code in CustomVisionErrorCode.__members__.items()
    }
    assert list(named) == list(named.values())


def test_a_code_is_its_text() -> None:
    """Codes compare with what the endpoint sent, and print as such."""
    assert ["BadRequest"] == [CustomVisionErrorCode.BAD_REQUEST]
    assert str(CustomVisionErrorCode.NOT_FOUND_PROJECT) == "NotFoundProject"


def test_a_documented_code_becomes_the_member() -> None:
    """The text is enough to make the error."""
    error = CustomVisionError("NotFoundProject", "no such project", 404, b"{}")
    assert error.code is CustomVisionErrorCode.NOT_FOUND_PROJECT
    assert ("no such project", 404, b"{}") == (error.message, error.status, error.body)


def test_an_unknown_code_stays_text() -> None:
    """A code that the document does not have is kept as it came."""
    error = CustomVisionError("BadRequestFromTheFuture", "?")
    assert error.code == "BadRequestFromTheFuture"
    assert not isinstance(error.code, CustomVisionErrorCode)
    assert (None, b"") == (error.status, error.body)


def test_the_error_is_one_of_the_family() -> None:
    """`except FilterError` catches it, and its problem has the code."""
    error = CustomVisionError("BadRequest", "why")
    assert isinstance(error, FilterError)
    assert ["BadRequest"] == [problem.code for problem in error.problems]


def test_the_text_of_an_error_has_code_and_message() -> None:
    """Nothing else: neither body nor status."""
    assert str(CustomVisionError("BadRequest", "why", 400, KEY.encode())) == "BadRequest: why"


@pytest.mark.parametrize("code", ["BadRequest", "Unheard"])
def test_an_error_survives_pickling(code: str) -> None:
    """It may come out of another process."""
    error = CustomVisionError(code, "why", 400, b"body")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - the test's own bytes
    assert (error.code, error.message, error.status, error.body) == (copy.code, copy.message, copy.status, copy.body)
    assert type(error.code) is type(copy.code)
