"""The lab's fixtures for chaos tests: those of the integration tests."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from hmslab.fixtures import cpe, end_on_sigterm, lab, stores  # noqa: E402,F401
