"""Groups of devices: what they must show in place of what the listener asks for, and where they are sent (contracts 3, 9; cwmp.md A1, A7, H10)."""
import os

import pytest
from hmslab import dev, eventually
from hmslab.raw import exchange, request
from test_auth import give

KICK = ("6 CONNECTION REQUEST",)
FRONT_ENDS = ("cwmp-frontend-0", "cwmp-frontend-1")


def read(lab):
    """Whether both front ends have read the groups that there are."""
    count, = lab.sql("select count(*) from device_group")[0]
    return all(each.metrics()["hms_fe_groups", ()] == count for each in lab.instances("cwmp-frontend"))


@pytest.fixture
def group(lab):
    """Makes groups; at the end they are gone, also from front ends and cache entries."""
    made = []

    def make(auth=None, redirect_url=""):
        made.append("g" + os.urandom(4).hex())
        lab.sql("select device_group_set('default', %s, %s, %s)", made[-1], auth, redirect_url)
        eventually(lambda: read(lab))
        return made[-1]

    yield make
    for name in made:
        for device, in lab.sql("select device_id from device where group_name = %s", name):
            lab.sql("select device_set(%s, 'test', '')", device)
        assert lab.sql("select device_group_delete('default', %s)", name) == [(True,)]
    eventually(lambda: read(lab))


def join(lab, device, name):
    lab.sql("select device_set(%s, 'test', %s)", dev(device), name)
    eventually(lambda: lab.entry(device).get(b"g", b"").decode() == name)


def schemes(reply):
    return [each.split(" ")[0] for each in reply.headers.get_all("WWW-Authenticate") or []]


def wrong(lab, reason):
    return lab.metric("hms_fe_auth_failures_total", "cwmp-frontend", reason=reason)


def refused(lab, reason):
    return lab.metric("hms_fe_refusals_total", "cwmp-frontend", reason=reason)


# ---- what its devices must show ----

def test_a_group_that_asks_for_more_than_the_listener_counts(lab, cpe, group, tmp_path):
    """The listener asks for nothing; nothing of the Inform is kept before the device has shown what its group asks for."""
    device, other = cpe(username=None), cpe(username=None)
    join(lab, device, group("digest"))
    reply = device.inform(("1 BOOT",))
    assert reply.status == 401 and schemes(reply) == ["Digest"] and lab.events(device.device_id) == []
    assert other.inform(("1 BOOT",)).rpc == "InformResponse"
    give(lab, tmp_path, device, "own", "secret", "own")
    device.username, device.password, device.scheme = "own", "secret", "basic"
    reply = device.inform(("1 BOOT",))
    assert reply.status == 401 and schemes(reply) == ["Digest"] and lab.events(device.device_id) == []
    device.scheme = "digest"
    assert device.inform(("1 BOOT",)).rpc == "InformResponse"


def test_a_group_that_asks_for_less_than_the_listener_counts(lab, cpe, group):
    """At both front ends, for the whole session; who is in no group is asked as before, and only an Inform can say that somebody is."""
    device, other = cpe(role="serving", username=None), cpe(role="serving", username=None)
    join(lab, device, group("none"))
    assert device.inform(("1 BOOT",)).rpc == "InformResponse"
    assert device.empty(lab.url("serving", 1), on="other").status in (200, 204, 503)
    for body in (other.inform_xml(("1 BOOT",)), b""):
        reply = other.post(body)
        assert reply.status == 401 and schemes(reply) == ["Digest", "Basic"]
    assert lab.events(other.device_id) == []


def test_the_first_challenge_is_what_the_group_asks_for(lab, cpe, group):
    """[A1] [H6] A second 401 ends a session: what is asked for first must be right. A device with a credential of its own has to show it whatever its group says."""
    device, same, other, unknown = (cpe(role="serving", username=None, allow=number < 3) for number in range(4))
    join(lab, device, group("basic"))
    join(lab, same, group())
    assert schemes(device.inform(KICK)) == ["Basic"]
    for each in (same, other, unknown):
        assert schemes(each.inform(KICK)) == ["Digest", "Basic"]
    device.username, device.password, device.scheme = lab.env["HMS_CWMP_USERNAME"], lab.env["HMS_CWMP_PASSWORD"], "digest"
    device.challenge = {"realm": "hms", "nonce": "0" * 32, "qop": "auth", "algorithm": "MD5"}
    assert device._send(device.inform_xml(KICK).encode(), device.url, "main", {}).status == 401
    device.scheme = "basic"
    assert device.inform(KICK).rpc == "InformResponse"


def test_an_own_credential_is_asked_for_whatever_the_group_says(lab, cpe, group, tmp_path):
    device = cpe(role="serving", username=None)
    join(lab, device, group("none"))
    give(lab, tmp_path, device, "own", "secret", "own")
    assert device.inform(KICK).status == 401
    device.username, device.password = "own", "secret"
    assert device.inform(KICK).rpc == "InformResponse"


def test_a_group_that_wants_certificates_has_none_where_no_listener_asks_for_them(lab, cpe, group):
    """[A7] Counted with its reason; and where the listener challenges strangers the answer is theirs, so that it tells nobody that there is such a device."""
    device, unknown, before = cpe(role="serving"), cpe(role="serving", password="guess", allow=False), wrong(lab, "certificate_not_asked")
    name = group("certificate")
    join(lab, device, name)
    reply, stranger = device.inform(KICK), unknown.inform(KICK)
    assert reply.status == stranger.status == 401 and schemes(reply) == schemes(stranger) == ["Digest", "Basic"]
    open_one = cpe()
    join(lab, open_one, name)
    assert open_one.inform(KICK).text("FaultCode") == "8001"
    assert wrong(lab, "certificate_not_asked") == before + 2
    assert lab.events(device.device_id) == lab.events(open_one.device_id) == []


def test_a_group_that_is_not_known_is_never_looser(lab, cpe, group):
    """By the cache entry and by the view: 503, and the device comes again."""
    device, before = cpe(username=None), refused(lab, "group")
    join(lab, device, group("none"))
    lab.redis().hset(f"d:{{{device.device_id.hex()}}}", "g", "nowhere")
    reply = device.inform(KICK)
    assert reply.status == 503 and "Retry-After" in reply.headers
    lab.sql("update device set group_name = 'nowhere' where device_id = %s", dev(device))
    lab.redis().delete(f"d:{{{device.device_id.hex()}}}")
    assert device.inform(KICK).status == 503
    assert refused(lab, "group") == before + 2
    lab.sql("select device_set(%s, 'test', '')", dev(device))
    eventually(lambda: device.inform(KICK).status == 200)


def test_while_postgres_is_away_what_was_read_last_holds(lab, cpe, group):
    device, other = cpe(role="serving", username=None), cpe(username=None)
    join(lab, device, group("none"))
    join(lab, other, group("digest"))
    postgres = lab.instance("postgres")
    postgres.stop()
    try:
        assert device.inform().rpc == "InformResponse"
        assert other.inform().status == 401
    finally:
        postgres.start()
        lab.steady()


def test_a_changed_rule_holds_within_the_refresh(lab, cpe, group):
    device, name = cpe(username=None), group("digest")
    join(lab, device, name)
    assert device.inform(KICK).status == 401
    lab.sql("select device_group_set('default', %s, 'none')", name)
    eventually(lambda: device.inform(KICK).status == 200)


def test_a_quiet_session_of_a_group_costs_one_look_into_redis(lab, settled, group):
    device = settled()
    join(lab, device, group("none", lab.url("both")))
    device.session()
    before = {result: lab.metric("hms_fe_entry_lookups_total", "cwmp-frontend", result=result) for result in ("hit", "miss")}
    quiet = lab.metric("hms_fe_inform_results_total", "cwmp-frontend", result="quiet")
    assert device.session()[1].status == 204
    assert lab.metric("hms_fe_inform_results_total", "cwmp-frontend", result="quiet") == quiet + 1
    assert {result: lab.metric("hms_fe_entry_lookups_total", "cwmp-frontend", result=result) for result in before} == {
        "hit": before["hit"] + 1, "miss": before["miss"]}


# ---- the body that is not waited for ----

def test_who_waits_for_leave_to_send_a_body_is_answered_at_once_where_it_cannot_change_the_answer(lab, cpe, group):
    """[Q9] 401 instead of 100; but not while a group asks for something else: then the body says whose it is."""
    device = cpe(role="serving", username=None)
    head = request(headers=["Expect: 100-continue", "Content-Length: 5000"], length=False)
    assert exchange(device.url, head) == 401
    name = group("none")
    eventually(lambda: exchange(device.url, head) == 100)
    lab.sql("select device_group_set('default', %s, 'any')", name)
    eventually(lambda: exchange(device.url, head) == 401)


# ---- where they are sent ----

@pytest.mark.parametrize("status", [307, 302])
def test_a_group_is_sent_to_its_own_url_once_a_session_and_only_when_it_is_known_who_comes(lab, cpe, group, status):
    """[H10] With 307 and 302: the same POST, all cookies included, an empty body."""
    with lab.settings("cwmp-frontend-0", HMS_LISTENER_SERVING_REDIRECT_STATUS=str(status)):
        device, target = cpe(role="serving"), lab.url("serving", 1)
        join(lab, device, group(redirect_url=target))
        body, before = device.inform_xml(KICK), lab.metric("hms_fe_redirects_total", "cwmp-frontend", why="group")
        password, device.password = device.password, "guess"
        assert device.post(body).status == 401
        device.password = password
        reply = device.post(body)
        assert (reply.status, reply.headers["Location"], reply.body) == (status, target, b"") and reply.headers["Content-Length"] == "0"
        assert lab.events(device.device_id) == []
        assert device.post(body, reply.headers["Location"], "second").rpc == "InformResponse"
        assert device.empty(target, on="second").status in (200, 204)
        # Marked, it is served where it comes; what no cookie is returned for is at home at the URL itself.
        device.cookies = {"HMSREDIRECTED": "2"}
        assert device.post(body, on="third").rpc == "InformResponse"
        device.cookies = {}
        assert device.post(body, target, on="fourth").rpc == "InformResponse"
        assert lab.metric("hms_fe_redirects_total", "cwmp-frontend", why="group") == before + 1


def test_who_is_of_no_group_is_served_where_it_comes(lab, cpe, group):
    group(redirect_url=lab.url("serving", 1))
    assert cpe(role="serving").inform(KICK).rpc == "InformResponse"


# ---- a device that was never seen ----

def test_a_device_is_put_into_its_group_before_it_comes(lab, cpe, group):
    device = cpe(username=None, allow=False)
    lab.sql("select device_set(device_allow(%s, %s, %s, %s), 'test', %s)", device.tenant, device.oui, device.product_class, device.serial, group("digest"))
    lab.redis().delete(f"d:{{{device.device_id.hex()}}}")
    assert device.inform(("0 BOOTSTRAP",)).status == 401
