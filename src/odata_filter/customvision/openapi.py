"""What the local service does, as an OpenAPI document."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from odata_filter.customvision.errors import CustomVisionErrorCode
from odata_filter.customvision.request import MAX_TAG_IDS, UUID_PATTERN, VERSIONS, TaggingStatus

MEDIA_TYPES = ("application/json", "application/xml", "text/xml")
"""What the count and its errors can be sent as; the first is sent to those who do not care."""

_EMPTY = {"type": "string", "maxLength": 0}


def document(max_url: int, max_headers: int) -> Mapping[str, Any]:
    """The OpenAPI 3.1 document, as JSON values.

    Args:
        max_url: the characters that path and query may have.
        max_headers: the bytes that the headers may have.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Images - Get Count",
            "version": version("odata-filter"),
            "description": f"A local stand-in for the count endpoint of Custom Vision. An empty query parameter is an "
            f"absent one, and any other parameter is refused. A URL takes {max_url} characters after the host, and the "
            f"headers {max_headers} bytes.",
        },
        "paths": {
            **{f"/customvision/{one}/training/projects/{{projectId}}/images/count": _count(one) for one in VERSIONS},
            "/health": {"get": _plain("health", "Whether the file could be read the last time.", _HEALTH)},
            "/openapi.json": {"get": _plain("openapi", "This document.", {"type": "object"})},
        },
        "components": {
            "schemas": {
                "CustomVisionError": {
                    "type": "object",
                    "required": ["code", "message"],
                    "additionalProperties": False,
                    "properties": {
                        "code": {"type": "string", "enum": [str(code) for code in CustomVisionErrorCode]},
                        "message": {"type": "string", "minLength": 1},
                    },
                },
                "Count": {"type": "integer", "minimum": 0, "xml": {"name": "int"}},
            },
            "responses": {"Refused": _answer("The request is refused.", "CustomVisionError")},
            "securitySchemes": {"Training-Key": {"type": "apiKey", "in": "header", "name": "Training-Key"}},
        },
    }


def _count(api: str) -> Mapping[str, Any]:
    refused = {"$ref": "#/components/responses/Refused"}
    return {
        "get": {
            "operationId": f"GetImageCount-{api}",
            "summary": "The number of images.",
            "security": [{"Training-Key": []}],
            "parameters": _PARAMETERS,
            "responses": {
                "200": _answer("How many images there are.", "Count"),
                **{str(status): refused for status in (400, 401, 404, 406, 414, 431, 500)},
            },
        }
    }


def _answer(description: str, schema: str) -> Mapping[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"description": description, "content": dict.fromkeys(MEDIA_TYPES, content)}


def _plain(name: str, description: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {
        "operationId": name,
        "summary": description,
        "responses": {"200": {"description": description, "content": content}},
    }


def _query(name: str, description: str, schema: Mapping[str, Any], **more: object) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


_PROJECT = {
    "name": "projectId",
    "in": "path",
    "required": True,
    "description": "The project.",
    "schema": {"type": "string", "format": "uuid", "pattern": f"^{UUID_PATTERN}$"},
}

_PARAMETERS = [
    _PROJECT,
    _query(
        "iterationId",
        "The iteration; the workspace if absent.",
        {"anyOf": [{"type": "string", "format": "uuid", "pattern": f"^{UUID_PATTERN}$"}, _EMPTY]},
    ),
    _query(
        "taggingStatus",
        "Which images count; all if absent.",
        {"type": "string", "enum": [*map(str, TaggingStatus), ""], "default": str(TaggingStatus.ALL)},
    ),
    _query(
        "$filter",
        "What the metadata must be like: names compared with strings by `eq` and `ne`, joined by `and`, `or` and "
        "parentheses; `metadata=` may stand in front.",
        {"type": "string", "format": "custom-vision-filter", "examples": ["key1 eq 'value1' and key2 ne 'value2'"]},
    ),
    _query(
        "tagIds",
        f"Up to {MAX_TAG_IDS} tags, separated by commas, of which an image must have one.",
        {"type": "string", "pattern": f"^({UUID_PATTERN}(,{UUID_PATTERN}){{0,{MAX_TAG_IDS - 1}}})?$"},
        examples={"two": {"value": "b1d2a5c4-3c36-4a34-9f0c-0b0f9d1d7f01,b1d2a5c4-3c36-4a34-9f0c-0b0f9d1d7f02"}},
    ),
]

_HEALTH: Mapping[str, Any] = {
    "type": "object",
    "required": ["status", "images", "problem"],
    "additionalProperties": False,
    "properties": {
        "status": {"type": "string", "enum": ["ok", "stale"]},
        "images": {"type": "integer", "minimum": 0},
        "problem": {"type": ["string", "null"]},
    },
}
