"""The story of simulated cells on two copies of each service."""
import json

import pytest
from hmslab import STORY


def story(lab, *options):
    """Runs hnbsim's story; raises with what it printed if a step of a cell was not seen in PostgreSQL."""
    env, summary = lab.env, lab.run / "story.json"
    urls = [part for role in ("initial", "serving", "both") for part in (
        f"--{role}", env[f"HMS_CWMP_{role.upper()}_URL"], f"--{role}-urls", env[f"HMS_CWMP_{role.upper()}_URLS"].replace(" ", ","))]
    lab.program("hnbsim", "story", *urls, "--pg", env["HMS_PG_DSN"], "--allow", "--username", env["HMS_CWMP_USERNAME"],
                "--password", env["HMS_CWMP_PASSWORD"], "--json", str(summary), "--timeout", "150s", "--backoff-scale", "0.1", *options)
    return json.loads(summary.read_text())


def states(lab, prefix):
    return dict(lab.sql("select state, count(*) from device where serial like %s group by state", prefix + "%"))


@pytest.mark.parametrize("prefix, options", [
    ("SPREAD", ["--cells", "20", "--spread"]),
    ("ONECONN", ["--cells", "6", "--no-cookies"]),
], ids=["every_post_to_another_front_end_over_a_new_connection", "a_client_without_cookies_on_one_connection"])
def test_the_story_passes(lab, prefix, options):
    """U-DISC-04..08, U-REG-02..07, L-DISC, L-REG: every cell ends in service, and nobody was told anything twice."""
    story(lab, "--serial-prefix", prefix, "--seed", "7", *options)
    cells = int(options[1])
    assert states(lab, prefix) == {"IN_SERVICE": cells}
    doubled = lab.sql("select serial, purpose, count(*) from command_all join device using (device_id) where serial like %s"
                      " and command_all.state = 'done' group by 1, 2 having count(*) > 1", prefix + "%")
    assert doubled == []
    assert lab.sql("select * from dead_event") == []


def test_posts_of_one_session_may_go_to_different_front_ends(lab, henb):
    """Contracts 2: the session is in the cookie; each POST here goes to the other front end over a connection of its own. [H8]"""
    cell = henb()
    assert cell.inform(("0 BOOTSTRAP", "1 BOOT"), on="0").rpc == "InformResponse"
    seen, reply, post = [], cell.empty(url=lab.url("both", 1), on="1"), 1
    while reply.rpc:
        seen.append(reply.rpc)
        post += 1
        reply = cell.answer(reply, cell.execute(reply), url=lab.url("both", post % 2), on=str(post))
    assert (seen, reply.status) == (STORY, 204)
    assert [state for _, state in lab.history(cell, "state")] == ["ALLOWED", "DISCOVERING", "ASSIGNED", "REGISTERING", "PROVISIONED"]
