"""The endpoint's answer, in JSON or XML, to a count or a CustomVisionError."""

import json
import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from odata_filter.customvision.errors import CustomVisionError, CustomVisionErrorCode

_OK = 200
_CODES = {
    400: CustomVisionErrorCode.BAD_REQUEST,
    401: CustomVisionErrorCode.FORBIDDEN,
    403: CustomVisionErrorCode.FORBIDDEN,
    404: CustomVisionErrorCode.NOT_FOUND,
    409: CustomVisionErrorCode.CONFLICT,
    415: CustomVisionErrorCode.UNSUPPORTED_MEDIA_TYPE,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: HTTP status, media type and body."""

    status: int
    media_type: str
    body: bytes


def count(answer: Answer) -> int:
    """The number in an answer.

    Raises:
        CustomVisionError: the answer is an error, or no number.
    """
    xml = "xml" in answer.media_type.lower()
    if answer.status == _OK:
        number = _number(_xml_text(answer.body) if xml else _json(answer.body))
        if number is None:
            raise CustomVisionError(
                CustomVisionErrorCode.ERROR_UNKNOWN, "the answer is no number", answer.status, answer.body
            )
        return number
    code, message = _xml_error(answer.body) if xml else _json_error(answer.body)
    fitting = _CODES.get(answer.status, CustomVisionErrorCode.ERROR_UNKNOWN)
    raise CustomVisionError(code or fitting, message or f"status {answer.status}", answer.status, answer.body)


def _number(given: object) -> int | None:
    """12, 12.0 and "12" are twelve; nothing else is a count."""
    match given:
        case str() if _COUNT.fullmatch(given.strip()):
            return int(given)
        case float() if given.is_integer() and given >= 0:
            return int(given)
        case int() if not isinstance(given, bool) and given >= 0:
            return given
        case _:
            return None


_COUNT = re.compile("[0-9]{1,19}")


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _json_error(body: bytes) -> tuple[str | None, str | None]:
    given = _json(body)
    error = given.get("error", given) if isinstance(given, dict) else None
    if not isinstance(error, dict):
        return None, None
    return _text(error.get("code")), _text(error.get("message"))


def _text(given: object) -> str | None:
    return given.strip() or None if isinstance(given, str) else None


def _root(body: bytes) -> Element | None:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):  # LookupError: an unknown encoding
        return None
    return root


def _xml_text(body: bytes) -> str | None:
    root = _root(body)
    return None if root is None else root.text


def _xml_error(body: bytes) -> tuple[str | None, str | None]:
    root = _root(body)
    if root is None:
        return None, None
    found = {element.tag.rpartition("}")[2].lower(): _text(element.text) for element in root.iter()}
    return found.get("code"), found.get("message")
