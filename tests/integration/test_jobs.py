"""Jobs: a command for every device of a selection, at a rate, with pause, resume and cancellation (contracts 7, bulk)."""
import json
import os

import pytest
from hmslab import dev, eventually
from hmslab.api import Api, Ctl

KICK = ("6 CONNECTION REQUEST",)
NAMES = {"kind": "GetParameterNames", "arguments": {"ParameterPath": "Device."}}


@pytest.fixture
def api(lab):
    return Api(lab)


@pytest.fixture
def flock(settled):
    """Devices of a product class of their own, and that class."""
    def make(count):
        product_class = "J" + os.urandom(3).hex()
        return [settled(product_class=product_class) for _ in range(count)], product_class

    return make


def asked(api, selection, **more):
    answer = api("POST", "/jobs", {**NAMES, "selection": selection, **more})
    assert answer.status == 202, answer
    return answer.json


def job_of(api, job):
    return api.get(f"/jobs/{job}")


def test_every_device_of_the_selection_gets_the_command_once(lab, api, flock, settled):
    devices, product_class = flock(4)
    other = settled()
    lab.sql("update device set state = 'BLOCKED' where device_id = %s", dev(devices[3]))
    job = asked(api, {"product_class": product_class}, rate=100, reason="why")
    assert (job["state"], job["selected"]) == ("running", 3)
    eventually(lambda: job_of(api, job["id"])["made"] == 3)
    assert [[rpc.rpc for rpc in device.session(KICK)[0]] for device in devices[:3]] == [["GetParameterNames"]] * 3
    assert other.session(KICK)[0] == []
    found = eventually(lambda: (lambda row: row if row["state"] == "done" else None)(job_of(api, job["id"])))
    assert found["counts"] == {"done": 3} and found["ended_at"]
    rows = lab.rows("select device_id, reason, job from command_all where job = %s", int(job["id"]))
    assert sorted(str(row["device_id"]) for row in rows) == sorted(map(dev, devices[:3])) and rows[0]["reason"] == "why"
    lab.sql("update device set state = 'SETTLED' where device_id = %s", dev(devices[3]))


@pytest.mark.parametrize("column, selector, value", [("group_name", "group", "north"), ("region", "region", "r1"), ("tags", "tag", "canary"),
                                                     ("model", "model", "m1"), ("software_version", "software_version", "9.9")])
def test_devices_are_selected_by_column(lab, api, flock, column, selector, value):
    devices, product_class = flock(2)
    lab.sql(f"update device set {column} = %s where device_id = %s", [value, "x"] if column == "tags" else value, dev(devices[0]))
    job = asked(api, {"product_class": product_class, selector: value}, rate=100)
    assert job["selected"] == 1
    eventually(lambda: job_of(api, job["id"])["made"] == 1)
    assert lab.sql("select device_id::text from command_all where job = %s", int(job["id"])) == [(dev(devices[0]),)]


def test_a_job_that_is_paused_makes_nothing_until_it_is_resumed(lab, api, flock):
    """At one a second: the second command comes only after a resume. Fails where job_step() takes jobs of any state."""
    devices, product_class = flock(3)
    job = asked(api, {"product_class": product_class}, rate=1)["id"]
    eventually(lambda: job_of(api, job)["made"] >= 1)
    assert api("POST", f"/jobs/{job}/pause", {}).json["state"] == "paused"
    made = job_of(api, job)["made"]
    assert made < 3
    lab.sql("update job set tokens = 100 where id = %s", int(job))
    lab.sql("select job_step(16, array(select generate_series(0, 15)), 100)")
    assert job_of(api, job)["made"] == made
    assert api("POST", f"/jobs/{job}/pause", {}).status == 200
    assert api("POST", f"/jobs/{job}/resume", {}).json["state"] == "running"
    eventually(lambda: job_of(api, job)["made"] == 3)
    assert {device for (device,) in lab.sql("select device_id::text from command where job = %s", int(job))} == set(map(dev, devices))


def test_a_rate_holds_over_all_steps(lab, api, flock):
    """Whoever steps: no more than what the time since the last step allows."""
    _, product_class = flock(5)
    job = asked(api, {"product_class": product_class}, rate=1)["id"]
    api("POST", f"/jobs/{job}/pause", {})
    made = job_of(api, job)["made"]
    lab.sql("begin; update job set state = 'running', tokens = 1.5, refilled = clock_timestamp() where id = %s;"
            " select job_step(16, array(select generate_series(0, 15)), 100); update job set state = 'paused' where id = %s; commit", int(job), int(job))
    assert job_of(api, job)["made"] <= made + 1


def test_a_job_is_not_starved_by_others_that_wait_for_their_devices(lab, api, flock):
    """Each owner takes the next job that has devices of its own. Fails where jobs are taken in turn, whoever asks."""
    _, product_class = flock(3)
    jobs = [asked(api, {"product_class": product_class}, rate=1000)["id"] for _ in range(5)]
    eventually(lambda: all(job_of(api, job)["made"] == 3 for job in jobs))


def test_a_cancelled_job_takes_back_what_nobody_has_begun(lab, api, flock):
    devices, product_class = flock(3)
    job = asked(api, {"product_class": product_class}, rate=100)["id"]
    eventually(lambda: job_of(api, job)["made"] == 3)
    devices[0].session(KICK)
    assert api("POST", f"/jobs/{job}/cancel", {}).status == 202
    found = eventually(lambda: (lambda row: row if row["state"] == "cancelled" and sum(row["counts"].values()) == row["counts"].get("done", 0)
                                + row["counts"].get("cancelled", 0) else None)(job_of(api, job)))
    assert found["counts"] == {"done": 1, "cancelled": 2}
    assert [device.session(KICK)[0] for device in devices] == [[]] * 3
    assert api("POST", f"/jobs/{job}/resume", {}).status == 409
    assert api("POST", "/jobs/123/cancel", {}).status == 404 and api("GET", "/jobs/123").status == 404


def test_a_slice_is_gone_through_in_windows_and_no_device_twice(lab):
    """More devices than one window and one step hold, most of them not selected."""
    ids = "('f' || lpad(to_hex(n), 31, '0'))::uuid"
    lab.sql(f"insert into device_hot (device_id) select {ids} from generate_series(1, 4500) n")
    lab.sql(f"insert into device (device_id, tenant, oui, product_class, serial, state) select {ids}, 'bulk', '0200F0', 'B' || n %% 3, 'B' || n, 'SETTLED'"
            " from generate_series(1, 4500) n")
    try:
        lab.sql("begin; select job_add('bulk', 'GetRPCMethods', '{}', '{\"product_class\": \"B1\"}', 1000, 'test');"
                " update job set state = 'paused' where tenant = 'bulk'; commit")  # or the sweeps would begin it
        job = lab.sql("select id from job where tenant = 'bulk'")[0][0]
        assert lab.sql("select selected from job where id = %s", job) == [(1500,)]
        made = []
        while not lab.sql("select done from job_slice where job = %s and slice = 15", job)[0][0]:
            made.append(lab.sql("select job_slice_step(j, 15, 400) from job j where id = %s", job)[0][0])
            assert len(made) < 50
        assert sum(made) == 1500 and max(made) == 400
        assert lab.sql("select count(*), count(distinct device_id) from command_all where job = %s", job) == [(1500, 1500)]
    finally:
        lab.sql("delete from job where tenant = 'bulk'")
        for table in ("command", "command_done", "device_hot", "device_timer", "device"):
            lab.sql(f"delete from {table} where device_id in (select {ids} from generate_series(1, 4500) n)")


@pytest.mark.parametrize("field, body", [
    ("selection", NAMES),
    ("selection.color", {**NAMES, "selection": {"color": "red"}}),
    ("selection.tag", {**NAMES, "selection": {"tag": 7}}),
    ("kind", {"kind": "NoSuch", "selection": {}}),
    ("kind", {"kind": "CancelTransfer", "arguments": {"Command": "7"}, "selection": {}}),
    ("arguments.ParameterPath", {"kind": "GetParameterNames", "selection": {}}),
    ("rate", {**NAMES, "selection": {}, "rate": 0}),
])
def test_a_bad_job_is_refused(lab, api, field, body):
    before = lab.sql("select count(*) from job")
    answer = api("POST", "/jobs", body)
    assert (answer.status, answer.json["field"]) == (422, field), answer
    assert lab.sql("select count(*) from job") == before


def test_a_file_of_one_device_is_for_no_job(api, settled):
    file = api("POST", f"/files?kind=cm&name=mine&device={dev(settled())}", b"x").json["id"]
    answer = api("POST", "/jobs", {"kind": "Download", "arguments": {"FileType": "1 F", "FileId": file}, "selection": {}})
    assert (answer.status, answer.json["field"]) == (422, "arguments.FileId")


def test_hmsctl_job_from_its_begin_to_its_end(lab, api, flock):
    devices, product_class = flock(2)
    ctl = Ctl(lab)
    assert ctl("job", "create", "Reboot").status == 2 and "--all" in ctl.err
    assert ctl("job", "create", "Reboot", "--all", "--tag", "x").status == 2
    out = ctl("job", "create", "GetParameterNames", '{"ParameterPath": "Device."}', "--product-class", product_class, "--rate", "50", "-o", "json").out
    job = json.loads(out)["id"]
    eventually(lambda: job_of(api, job)["made"] == 2)
    for device in devices:
        device.session(KICK)
    eventually(lambda: ctl("job", "show", job, "-q").out == "done\n")
    assert job in ctl("job", "list", "-q").out.split()
    assert ctl("job", "pause", job).status == 1 and "the job is done" in ctl.err
    assert ctl("job", "show").status == 2 and ctl("job", "burn", job).status == 2
