"""A seeded random generator for these tests."""

import os
import secrets

import numpy as np
import pytest


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers from ``CELOSIA_SEED``, else from a new seed; the report of a failure names it."""
    seed = int(os.environ.get("CELOSIA_SEED") or secrets.randbits(32))
    request.node.add_report_section("setup", "seed", f"CELOSIA_SEED={seed}")
    return np.random.default_rng(seed)
