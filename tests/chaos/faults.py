"""The faults: what is done to a running system, and how it is put right again.

A fault is a row of FAULTS: strike() does it, heal() puts right what does not heal by itself. Both get the scenario, for its lab, random
numbers (repeated by the seed) and clock. A strike() that finds its moment itself returns it, in microseconds since 1970.
"""
import dataclasses
import shutil
import signal
import time
from typing import Callable

from hmslab import eventually

DOWN_S = 1.5         # how long a killed process is missing
PAUSE_S = 40         # longer than a consumer's session, so that its partitions are taken over
FIRES_WITHIN_S = 60  # a failpoint


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    what: str
    strike: Callable                       # returns when it struck, in microseconds since 1970, if that is not the moment of the call
    heal: Callable = lambda scenario: None
    arm: Callable = lambda scenario: None  # before the cells start
    victims: tuple = ()                    # processes that may end; a name ending in "-" stands for all of its instances
    quick: bool = False                    # in the short run, too
    reboots_s: float = 8                   # over how long Reboots are queued


def kill(name, signum=signal.SIGKILL, **more):
    def strike(scenario):
        instance = scenario.lab.instance(name)
        instance.signal(signum)
        eventually(lambda: not instance.alive())

    def heal(scenario):
        time.sleep(DOWN_S)
        scenario.lab.instance(name).start()

    how = "immediate stop" if signum == signal.SIGQUIT else "kill -9"
    return Fault(f"kill-{name}", f"{how} of {name}, started again after {DOWN_S} s", strike, heal, victims=(name,), **more)


def pause_provisioning():
    def strike(scenario):
        scenario.lab.instance("provisioning-0").pause()

    def heal(scenario):
        time.sleep(PAUSE_S)
        scenario.lab.instance("provisioning-0").resume()

    return Fault("zombie", f"provisioning-0 is paused for {PAUSE_S} s, loses its partitions, and wakes", strike, heal, reboots_s=PAUSE_S + 6)


def flush_redis():
    def strike(scenario):
        scenario.lab.redis().flushall()

    return Fault("flushall", "Redis loses everything", strike, quick=True)


def older_redis():
    """Saved when the cells start to talk, and loaded when they have gone on."""
    def save(scenario):
        scenario.later(1.5, lambda: (scenario.lab.redis().save(), shutil.move(scenario.lab.run / "dump.rdb", scenario.lab.run / "older.rdb")))

    def strike(scenario):
        eventually((scenario.lab.run / "older.rdb").exists)
        scenario.lab.instance("redis").kill()

    def heal(scenario):
        shutil.move(scenario.lab.run / "older.rdb", scenario.lab.run / "dump.rdb")
        scenario.lab.instance("redis").start()
        (scenario.lab.run / "dump.rdb").unlink()

    return Fault("older-redis", "Redis goes back to an older state", strike, heal, arm=save, victims=("redis",))


def cut_devices():
    return Fault("cut-devices", "every connection between cells and front ends is reset, three times", strike=cut_thrice)


def cut_thrice(scenario):
    for _ in range(3):
        scenario.say(f"{scenario.cutter.cut()} connections cut")
        time.sleep(scenario.random.uniform(0.3, 1.0))


def cut_postgres():
    def strike(scenario):
        scenario.lab.sql("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()")

    return Fault("cut-postgres", "every connection to PostgreSQL is ended", strike)


def cut_redis():
    def strike(scenario):
        client = scenario.lab.redis()
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    return Fault("cut-redis", "every connection to Redis is ended", strike)


def failpoint(name, service, passages, **more):
    """kill -9 of itself at a passage between the two numbers, in an instance that the seed chooses."""
    def arm(scenario):
        scenario.victim = scenario.lab.instance(f"{service}-{scenario.random.randrange(scenario.lab.replicas)}")
        passage = scenario.random.randint(*passages)
        scenario.fired = len(scenario.victim.fired())
        scenario.victim.arm(f"{name}=kill@{passage}")
        scenario.say(f"armed in {scenario.victim.name}, passage {passage}")

    def strike(scenario):
        victim = scenario.victim
        eventually(lambda: len(victim.fired()) > scenario.fired and not victim.alive(), FIRES_WITHIN_S)
        scenario.say("it has fired")
        return (scenario.lab.failpoints / f"{victim.name}.fired").stat().st_mtime * 1e6

    def heal(scenario):
        scenario.victim.arm("")
        time.sleep(DOWN_S)
        scenario.victim.start()

    return Fault(f"at-{name}", f"{service} kills itself at the failpoint {name}", strike, heal, arm, victims=(f"{service}-",), **more)


FAULTS = {fault.name: fault for fault in (
    Fault("none", "nothing: the run itself must be good", lambda scenario: None),
    kill("cwmp-frontend-0"),
    kill("cwmp-frontend-1"),
    kill("provisioning-0", quick=True),
    kill("provisioning-1"),
    kill("kafka"),
    kill("postgres", signal.SIGQUIT),
    kill("redis"),
    pause_provisioning(),
    flush_redis(),
    older_redis(),
    cut_devices(),
    cut_postgres(),
    cut_redis(),
    failpoint("fe.inform.acked", "cwmp-frontend", (10, 60)),
    failpoint("fe.dispatch.acked", "cwmp-frontend", (1, 10), quick=True),
    failpoint("fe.result.acked", "cwmp-frontend", (10, 60)),
    failpoint("stream.write.before", "provisioning", (20, 150)),
    failpoint("prov.commit.before_post", "provisioning", (10, 60), quick=True),
)}
