"""A short run of the benchmark ``fuzz``: every reader reads or refuses what it is given."""

from __future__ import annotations

import signal

import pytest

from tests.benchmarks.fuzz import fuzz
from tests.benchmarks.fuzz_readers import Reader, readers

INPUTS = 60


@pytest.mark.skipif(not hasattr(signal, "SIGVTALRM"), reason="stops slow readers by a signal (POSIX)")
@pytest.mark.parametrize("reader", readers(), ids=lambda reader: reader.name)
def test_no_input_crashes_a_reader(reader: Reader) -> None:
    tally, _ = fuzz(reader, INPUTS, seed=1, followed_first=0)
    assert tally.crashes == {}
    assert tally.inputs == INPUTS
    assert tally.read > 0
