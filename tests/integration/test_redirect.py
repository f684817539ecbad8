"""Redirects, and front ends that end and begin again under load (cwmp.md H8, H10)."""
import concurrent.futures
import threading

from hmslab import eventually

KICK = ("6 CONNECTION REQUEST",)


def follow(device, reply, body, on, status=307):
    """As TR-069 3.4.2 has it: the same POST to the new URL, all cookies included."""
    assert reply.status == status and reply.body == b"" and reply.headers["Content-Length"] == "0"
    return device.post(body, reply.headers["Location"], on)


def test_a_listener_sends_its_devices_to_another_url_once_a_session(lab, cpe):
    """[H10] As the answer to the Inform, before credentials; where it comes marked it is served."""
    device = cpe(role="serving")
    target = lab.url("serving", 1)
    with lab.settings("cwmp-frontend-0", HMS_LISTENER_SERVING_REDIRECT_URL=target):
        device.cookies = {}
        body = device.inform_xml(KICK)
        reply = device.post(body, on="first")
        assert reply.headers["Location"] == target
        assert follow(device, reply, body, "second").rpc == "InformResponse"
        device.serve(url=target, on="second")
        # Marked, it is not sent on, whoever sent it here.
        device.hang_up()
        device.cookies = {"HMSREDIRECTED": "1"}
        assert device.post(body, on="third").rpc == "InformResponse"
        shy = cpe(role="serving", username=None)
        assert shy.post(shy.inform_xml(KICK)).status == 307
        assert shy.post(b"").status == 401


def test_a_listener_redirects_with_302_where_it_is_set_to(lab, cpe):
    """[H10]"""
    device = cpe(role="serving")
    with lab.settings("cwmp-frontend-0", HMS_LISTENER_SERVING_REDIRECT_URL=lab.url("serving", 1), HMS_LISTENER_SERVING_REDIRECT_STATUS="302"):
        body = device.inform_xml(KICK)
        assert follow(device, device.post(body, on="first"), body, "second", 302).rpc == "InformResponse"


def test_a_session_that_waits_goes_on_at_another_front_end_when_its_own_ends(lab, settled, undecided):
    """[H8] [H10] SIGTERM with drain_url: 307 to the waiter, and the RPC comes there, in the same session."""
    device = settled(number=1)
    other = lab.url("both", 0)
    with lab.settings("cwmp-frontend-1", HMS_CWMP_FRONTEND_DRAIN_URL=other):
        front_end = lab.instance("cwmp-frontend-1")
        command = lab.command_add(device, "GetRPCMethods")
        undecided()
        assert device.inform(KICK).rpc == "InformResponse"
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(device.empty)
            eventually(lambda: front_end.metrics()["hms_fe_waiters", ()] == 1)
            front_end.signal(15)
            reply = waiting.result(30)
        assert reply.headers["Location"] == other
        undecided(False)
        rpc = follow(device, reply, b"", "other")
        assert rpc.rpc == "GetRPCMethods"
        assert device.answer(rpc, device.execute(rpc), url=other, on="other").status in (204, 503)
        eventually(lambda: lab.is_in(command, "done") or lab.is_in(command, "faulted"))
        eventually(lambda: not front_end.alive())


def periodic(device, urls, stop):
    """Sessions round the front ends until it is told to stop; a refused connection is tried at the next one, as behind a balancer. Statuses, and how
    many Informs were accepted."""
    statuses, accepted, number = [], 0, 0
    while not stop.is_set():
        number += 1
        url = urls[number % len(urls)]
        try:
            reply = device.inform(("2 PERIODIC",), url=url, on=url)
            statuses.append(reply.status)
            if reply.status == 200:
                accepted += 1
                statuses.append(device.empty(url, on=url).status)
        except ConnectionRefusedError:
            device.hang_up()
            statuses.append(None)
    return statuses, accepted


def test_a_rolling_restart_under_load_refuses_nobody_and_loses_no_inform(lab, settled):
    """[H6] SIGTERM to one front end after the other while devices come: only 2xx, 401 and 503, and every accepted Inform is on Kafka."""
    devices = [settled() for _ in range(6)]
    urls = [lab.url("both", number) for number in range(2)]
    before = {device.serial: len(lab.events(device.device_id)) for device in devices}
    stop = threading.Event()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = [pool.submit(periodic, device, urls, stop) for device in devices]
        for number in range(2):
            front_end = lab.instance(f"cwmp-frontend-{number}")
            served = front_end.metrics().get(("hms_fe_responses_total", (("status", "200"),)), 0)
            eventually(lambda fe=front_end, n=served: fe.metrics().get(("hms_fe_responses_total", (("status", "200"),)), 0) > n + 20)
            front_end.signal(15)
            eventually(lambda fe=front_end: not fe.alive())
            lab.stop_services(front_end.name)
            front_end.start()
        lab.steady()
        stop.set()
        results = [each.result(60) for each in running]
    assert {status for statuses, _ in results for status in statuses} <= {200, 204, 401, 503, None}
    for device, (_, accepted) in zip(devices, results):
        assert len([each for each in lab.events(device.device_id) if "inform" in each]) - before[device.serial] >= accepted > 0
