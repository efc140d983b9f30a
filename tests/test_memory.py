"""Memory does not grow with the data: a stream of any length is counted in less than 100 MB."""

import json
import subprocess
import sys

import pytest

pytest.importorskip("resource", reason="peak memory is measured as on Unix")

LIMIT = 100 * 2**20
PER_BLOCK = 5000

# The peak of a child process includes that of its parent when it was started: only a small parent measures it.
MEASURE = """
import json, resource, subprocess, sys
producer, consumer = json.loads(sys.argv[1])
with subprocess.Popen(producer, stdout=subprocess.PIPE) as source:
    result = subprocess.run(consumer, stdin=source.stdout, capture_output=True, check=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
json.dump({"count": int(result.stdout), "peak": peak}, sys.stdout)
"""

# Rows of 200 bytes, of which every fifth is a fox, in blocks.
PRODUCE = """
import sys
blocks, per_block, first, separator, last = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
species = ["cat", "dog", "fox", "owl", "elk"]
rows = ['{"id": %7d, "species": "%s", "note": "%s"}' % (n, species[n % 5], "x" * 149) for n in range(per_block)]
block = separator.join(rows).encode()
write = sys.stdout.buffer.write
write(first.encode() + block)
for _ in range(blocks - 1):
    write(separator.encode() + block)
write(last.encode())
"""


def measured(blocks: int, first: str, separator: str, last: str) -> dict[str, int]:
    """The count and the peak memory of the command on so many blocks."""
    producer = [sys.executable, "-c", PRODUCE, str(blocks), str(PER_BLOCK), first, separator, last]
    consumer = [sys.executable, "-m", "odata_filter.cli", "count", "-", "species eq 'fox'"]
    command = [sys.executable, "-c", MEASURE, json.dumps([producer, consumer])]
    done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - the commands stand in this file
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_a_gigabyte_of_json_lines_is_counted_in_constant_memory() -> None:
    """Five million rows, of which every fifth matches."""
    found = measured(1000, "", "\n", "\n")
    assert 1_000_000 == found["count"]
    assert found["peak"] < LIMIT


def test_a_long_json_array_is_counted_in_constant_memory() -> None:
    """A hundred megabytes on one line: half a million elements."""
    found = measured(100, "[", ",", "]")
    assert 100_000 == found["count"]
    assert found["peak"] < LIMIT
