"""A seeded random generator for the tests."""

import os
import secrets
from zlib import crc32

import numpy as np
import pytest


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers from ``CELOSIA_SEED``, else from a new seed; the report of a failure names it.

    The test's name is part of the seed: the cases of a parametrised test differ although their seed is one.
    """
    seed = int(os.environ.get("CELOSIA_SEED") or secrets.randbits(32))
    request.node.add_report_section("setup", "seed", f"CELOSIA_SEED={seed}")
    return np.random.default_rng([seed, crc32(request.node.name.encode())])
