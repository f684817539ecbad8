"""Backlogs: records are put on a topic while nobody consumes; then the consumer is started and the time is taken until it has done its work."""
import datetime
import re
import subprocess
import time

from benchlab import PARTITIONS

DELIMITER = b"\n-- next record --\n"
LOOK_EVERY_S, GIVE_UP_S = 0.05, 180


def put(lab, topic, records):
    """records: (device id, value), in order. Returns how many the topic has got."""
    lists, before = {}, lab.topic_records(topic)
    for device, value in records:
        lists.setdefault((device[0] << 4 | device[1] >> 4) * PARTITIONS >> 12, []).append(value)
    file = lab.run / "backlog"
    for part, values in lists.items():
        file.write_bytes(DELIMITER.join(values))
        subprocess.run(["kcat", "-P", "-b", lab.env["HMS_KAFKA_BOOTSTRAP"], "-t", topic, "-p", str(part), "-D", DELIMITER.decode(), "-l", file],
                       check=True)
    file.unlink()
    return lab.topic_records(topic) - before


def owned_since(instance, seen):
    """When it became the owner of its partitions, by what its log says behind the first `seen` characters."""
    first = re.search(r'time=(\S+)Z .*msg="partition taken over"', instance.log()[seen:]).group(1)
    return datetime.datetime.fromisoformat(first + "+00:00").timestamp()


def work_off(lab, name, label, goals):
    """Starts an instance that has been stopped. goals: {name: (metric, value)}. Returns ({goal: seconds}, {process: CPU us}): from the moment that
    it owns the partitions where the records wait until the metric has that value. A goal that is not reached in time is left out."""
    instance, ended, spent = lab.instance(name), {}, lab.cpu_us()
    seen = len(instance.log())
    lab.start_services(name)
    give_up = time.monotonic() + GIVE_UP_S
    while len(ended) < len(goals) and time.monotonic() < give_up:
        time.sleep(LOOK_EVERY_S)
        now = time.time()
        ended.update({goal: now for goal, (metric, value) in goals.items() if goal not in ended and lab.metric(metric) >= value})
    after = lab.cpu_us(**{label: instance.pid})
    begun = owned_since(instance, seen)
    return {goal: end - begun for goal, end in ended.items()}, {process: used - spent.get(process, 0) for process, used in after.items()}
