"""Chaos runs under pytest: options come by the environment, see tests/chaos/run."""
import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

from hmslab.fixtures import end_on_sigterm  # noqa: E402,F401


@pytest.fixture(scope="session")
def seed():
    """CHAOS_SEED, or a new one; printed, since it repeats the run."""
    value = int(os.environ.get("CHAOS_SEED") or int.from_bytes(os.urandom(4), "big"))
    print(f"\nchaos: seed {value}, repeated by tests/chaos/run --seed {value}", flush=True)
    return value


@pytest.fixture(scope="session")
def chaos_lab(seed):
    import scenario  # pylint: disable=import-outside-toplevel

    secured = os.environ.get("CHAOS_TLS", "") not in ("", "0")
    lab = scenario.start_lab(secured)
    try:
        yield lab
    finally:
        scenario.stop_lab(lab)
