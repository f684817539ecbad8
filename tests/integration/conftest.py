"""The lab's fixtures for all integration tests."""
from hmslab.fixtures import api, cpe, ctl, end_on_sigterm, henb, lab, settled, stores, undecided  # noqa: F401
