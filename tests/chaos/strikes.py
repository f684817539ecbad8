"""Kinds of faults: what is done to a running system, and how it is put right again.

strike() does it, heal() puts right what does not heal by itself. Both get the scenario, for its lab, random numbers (repeated by the seed)
and clock. A strike() that finds its moment itself returns it, in microseconds since 1970.
"""
import dataclasses
import http.client
import shutil
import signal
import ssl
import time
import urllib.parse
import uuid
from typing import Callable

from hmslab import eventually
from hmslab.files import Files

DOWN_S = 1.5         # how long a killed process is missing
PAUSE_S = 40         # longer than a consumer's session, so that its partitions are taken over
FIRES_WITHIN_S = 60  # a failpoint
CUTS = 5
HALF_BYTES = 1048576  # of an upload: more than one write of the storage


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    what: str
    strike: Callable                       # returns when it struck, in microseconds since 1970, if that is not the moment of the call
    heal: Callable = lambda scenario: None
    arm: Callable = lambda scenario: None  # before the cells start
    victims: tuple = ()                    # processes that may end; a name ending in "-" stands for all of its instances
    quick: bool = False                    # in the short run, too
    asks_s: float = 14                     # over how long operators ask and alarms are raised
    reboot_life_s: int = 40                # until a Reboot that has not been executed has expired


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


def pause(name):
    def strike(scenario):
        scenario.lab.instance(name).pause()

    def heal(scenario):
        time.sleep(PAUSE_S)
        scenario.lab.instance(name).resume()

    what = f"{name} is paused for {PAUSE_S} s, loses its partitions, and wakes"
    return Fault(f"zombie-{name.rsplit('-', 1)[0]}", what, strike, heal, asks_s=PAUSE_S + 6)


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


def cut(name, whose, relay_of, **more):
    """While Kafka stands still: what has come is kept all the same, but nobody is told so."""
    def strike(scenario):
        kafka = scenario.lab.instance("kafka")
        for _ in range(CUTS):
            kafka.pause()
            try:
                time.sleep(scenario.random.uniform(0.5, 1.0))
                scenario.say(f"{relay_of(scenario).cut()} connections cut")
            finally:
                kafka.resume()
            time.sleep(scenario.random.uniform(0.5, 1.5))

    return Fault(name, f"every connection between cells and {whose} is reset, {CUTS} times, before what they said is acknowledged", strike,
                 **more)


def cut_devices():
    return cut("cut-devices", "front ends", lambda scenario: scenario.cutter, quick=True)


def cut_files():
    return cut("cut-files", "file servers", lambda scenario: scenario.lab.file_relay)


def kill_in_upload():
    def strike(scenario):
        lab, files = scenario.lab, Files(scenario.lab)
        url = urllib.parse.urlsplit(files.upload_url(uuid.UUID(min(each["id"] for each in scenario.devices.values())).bytes))
        ca = lab.env["HMS_CA_FILE"]
        connection = (http.client.HTTPSConnection(url.netloc, timeout=20, context=ssl.create_default_context(cafile=ca)) if ca
                      else http.client.HTTPConnection(url.netloc, timeout=20))
        connection.putrequest("PUT", url.path + "half.xml")
        connection.putheader("Content-Length", str(HALF_BYTES * 2))
        connection.endheaders()
        connection.send(b"x" * HALF_BYTES)
        eventually(lambda: [name for name in files.parts() if (files.root / "part" / name).stat().st_size])
        lab.instance("fileserver-0").kill()
        connection.close()
        scenario.say(f"half stored: {len(files.parts())}")

    def heal(scenario):
        time.sleep(DOWN_S)
        scenario.lab.instance("fileserver-0").start()

    return Fault("kill-in-upload", "kill -9 of fileserver-0 while it stores a file that has come by half", strike, heal,
                 victims=("fileserver-0",), quick=True)


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


def stick(name, service, passages):
    """Stands still with a transaction open, and its locks held: those who take over have to wait until PostgreSQL has ended it."""
    def arm(scenario):
        scenario.victim = scenario.lab.instance(f"{service}-0")
        scenario.fired = len(scenario.victim.fired())
        scenario.victim.arm(f"{name}=stop@{scenario.random.randint(*passages)}")

    def strike(scenario):
        eventually(lambda: len(scenario.victim.fired()) > scenario.fired and scenario.victim.paused(), FIRES_WITHIN_S)

    def heal(scenario):
        scenario.victim.arm("")
        time.sleep(PAUSE_S)
        scenario.victim.resume()

    return Fault(f"stuck-{service}", f"{service} stands still for {PAUSE_S} s in the middle of a transaction", strike, heal, arm,
                 asks_s=PAUSE_S + 6)


def failpoint(name, service, passages, label=None, **more):
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

    return Fault(f"at-{label or name}", f"{service} kills itself at the failpoint {name}", strike, heal, arm, victims=(f"{service}-",), **more)
