"""Random numbers that a failed test can be repeated with."""

import os
import secrets
from zlib import crc32

import numpy as np
import pytest


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """``CELOSIA_SEED``, else a new one; the report of a failure names it."""
    chosen = int(os.environ.get("CELOSIA_SEED") or secrets.randbits(31))
    request.node.add_report_section("setup", "seed", f"CELOSIA_SEED={chosen}")
    return chosen


@pytest.fixture
def rng(seed: int, request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers from ``seed`` and the test's name, so that the cases of a parametrised test differ."""
    return np.random.default_rng([seed, crc32(request.node.name.encode())])
