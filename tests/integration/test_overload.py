"""Overload: who is refused first, for how long, that the log says so once, and that it ends by itself."""
import contextlib
import threading

from hmslab import eventually

FE = "cwmp-frontend-0"


@contextlib.contextmanager
def silent(lab):
    """Kafka does not answer within the block."""
    kafka = lab.instance("kafka")
    kafka.pause()
    try:
        yield
    finally:
        kafka.resume()


def refused(lab, reason):
    return lab.metric("hms_fe_refusals_total", "cwmp-frontend", reason=reason)


def gauge(lab, name):
    return lab.metric(f"hms_fe_{name}", "cwmp-frontend")


def test_while_records_are_not_kept_periodic_informs_are_refused_at_once_and_urgent_ones_last(lab, settled):
    """One Inform waits for Kafka, which does not answer: that is what the others are measured by."""
    first, periodic, booted = settled(), settled(), settled()
    with lab.settings(FE, HMS_CWMP_FRONTEND_SHED_PRODUCE="3s", HMS_CWMP_FRONTEND_RETRY_AFTER_MIN="7", HMS_CWMP_FRONTEND_RETRY_AFTER_MAX="7",
                      HMS_CWMP_FRONTEND_RETRY_AFTER_LATER="9", HMS_KAFKA_MESSAGE_TIMEOUT="60s"):
        assert first.session()[1].status == 204
        later, overload = refused(lab, "later"), refused(lab, "overload")
        with silent(lab):
            waits = threading.Thread(target=first.inform, args=(("4 VALUE CHANGE",),))
            waits.start()
            eventually(lambda: gauge(lab, "pressure_permille") >= 1500)
            reply = periodic.inform(("2 PERIODIC",))
            assert (reply.status, reply.body) == (503, b"busy, come later") and 7 <= int(reply.headers["Retry-After"]) <= 9
            reply = booted.inform(("1 BOOT",))
            assert (reply.status, reply.body, reply.headers["Retry-After"]) == (503, b"busy", "7")
            assert (refused(lab, "later"), refused(lab, "overload"), gauge(lab, "overload")) == (later + 1, overload + 1, 3)
        waits.join()
        eventually(lambda: gauge(lab, "overload") == 0, 60)
        eventually(lambda: periodic.session()[1].status == 204, 60)
        said = [line for line in lab.instance(FE).log().splitlines() if "msg=overload" in line]
        assert "refused=none" in said[-1] and 2 <= len(said) <= 8  # at each change, not at each Inform
    lab.steady()
