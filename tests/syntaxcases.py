"""Case files to typed cases: what the parser reads or refuses, and the canonical text of what it reads."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "cases" / "syntax"
"""One file per topic, each `{"about": ..., "cases": [...]}`."""


@dataclass(frozen=True, slots=True)
class SyntaxCase:
    """A filter text and what is to become of it.

    Attributes:
        topic: the name of the case's file, without its ending.
        name: what the case is about, unique within its file.
        section: of OData 4.01 Part 2, or `ABNF` and a section of the grammar.
        filter: the text, percent-decoded.
        canonical: the one-line text of its tree, or None when it is refused.
        position: where the first fault is, or None when there is none. It is the index of the first token that
            cannot be read or cannot stand there, white space left out, or the end of the text. What breaks the text
            earlier is at fault itself: a bracket or quote that is not closed, a quote that should be two, a prefix
            that strings do not have, an operator or a type that had to be read as a name.
    """

    topic: str
    name: str
    section: str
    filter: str
    canonical: str | None
    position: int | None

    @property
    def label(self) -> str:
        """How a test run names the case."""
        return f"{self.topic}: {self.name}"


def load(folder: Path = FOLDER) -> tuple[SyntaxCase, ...]:
    """Every case of every file in a folder, in order of file name.

    Raises:
        ValueError: a file is no case file; it names the file, and the case where there is one.
    """
    return tuple(case for path in sorted(folder.glob("*.json")) for case in _from_file(path))


def _from_file(path: Path) -> Iterator[SyntaxCase]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"{path.name} is no JSON file: {error}"
        raise ValueError(message) from error
    if not isinstance(content, dict) or set(content) != {"about", "cases"} or not isinstance(content["cases"], list):
        message = f"{path.name} needs an object with `about` and a list of `cases`"
        raise ValueError(message)
    seen: set[str] = set()
    for at, fields in enumerate(content["cases"]):
        case = _case(path.stem, fields, f"{path.name}, case {at}")
        if case.name in seen:
            message = f"{path.name}, case {at}: the name {case.name!r} is given twice"
            raise ValueError(message)
        seen.add(case.name)
        yield case


def _case(topic: str, fields: object, place: str) -> SyntaxCase:
    if not isinstance(fields, dict) or not isinstance(fields.get("accept"), bool):
        message = f"{place}: an object with a boolean `accept` is expected"
        raise ValueError(message)  # noqa: TRY004 - a wrong file is a wrong value, whatever is wrong with it
    outcome = ("canonical", str) if fields["accept"] else ("position", int)
    wanted: Mapping[str, type] = {"name": str, "section": str, "filter": str, "accept": bool, **dict([outcome])}
    for name in sorted(wanted.keys() ^ fields.keys()):
        message = f"{place}: {name} is {'missing' if name in wanted else 'unknown here'}"
        raise ValueError(message)
    for name, kind in wanted.items():
        if type(fields[name]) is not kind:
            message = f"{place}: {name} is no {kind.__name__}"
            raise ValueError(message)
    case = SyntaxCase(
        topic, fields["name"], fields["section"], fields["filter"], fields.get("canonical"), fields.get("position")
    )
    if case.position is not None and not 0 <= case.position <= len(case.filter):
        message = f"{place}: position {case.position} is outside the filter"
        raise ValueError(message)
    return case
