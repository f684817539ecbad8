"""Nothing is lost, doubled or told wrongly, whatever is killed, paused, wiped or cut during the story of many cells."""
import os

import pytest
from faults import FAULTS
from scenario import Scenario

CELLS = int(os.environ.get("CHAOS_CELLS") or 50)


def chosen():
    names = (os.environ.get("CHAOS_FAULTS") or "").replace(",", " ").split()
    quick = os.environ.get("CHAOS_QUICK", "") not in ("", "0")
    return names or [name for name, fault in FAULTS.items() if fault.quick or not quick]


@pytest.mark.parametrize("name", chosen())
def test_all_is_kept_and_done_once(chaos_lab, seed, name):
    problems = Scenario(chaos_lab, FAULTS[name], seed, CELLS).run()
    assert not problems, "\n" + "\n".join(problems[:40])
