"""A short storm: commands of mixed kinds while Redis is wiped and deciders die between a commit and its POST (all of it: make chaos)."""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "chaos"))

import judge_storm  # noqa: E402  pylint: disable=wrong-import-position
from storm import Storm  # noqa: E402  pylint: disable=wrong-import-position
from strikes import failpoint, flush_redis  # noqa: E402  pylint: disable=wrong-import-position

COMMANDS, CELLS = 160, 8
FAULTS = (flush_redis(), failpoint("prov.commit.before_post", "provisioning", (1, 10)))


def test_no_command_is_lost_or_doubled(lab):
    """I3, I6, I7: executions are counted at the simulator by CommandKey and ParameterKey."""
    lab.steady()
    lab.bin = lab._environ["HMS_BIN"]
    storm = Storm(lab, 1, COMMANDS, CELLS, FAULTS)
    record, commands = storm.run()
    assert judge_storm.judge(record, commands, COMMANDS) == []
    assert sum(storm.strikes.values()) > 0
    lab.steady()
