"""Messages of real devices, when they are there: each has a defined answer of a real front end, the same at each run."""
import os
import pathlib
import re

import pytest
from hmslab.lab import ROOT

CORPUS = pathlib.Path(os.environ.get("HMS_CAPTURED", ROOT.parent / "shared/corpus/inform"))
BODIES = sorted(CORPUS.glob("*.xml")) if CORPUS.is_dir() else []
# file, answer outside a session, answer within one, and why they are not what the rule below says.
EXCEPTIONS = {row[0]: row[1:] for row in (line.split("\t") for line in pathlib.Path(__file__).with_name("corpus.tsv").read_text().splitlines()
                                            if line and not line.startswith("#"))}

pytestmark = pytest.mark.skipif(not BODIES, reason="no captured messages here")


@pytest.fixture(scope="module")
def lenient(lab):
    """No limit on how many unknown devices come from one address."""
    with lab.settings("cwmp-frontend-0", HMS_CWMP_FRONTEND_UNKNOWN_RATE_PER_SOURCE="0", HMS_CWMP_FRONTEND_MISS_RATE_PER_SOURCE="0"):
        yield lab


def said(reply):
    """Status, method and fault code as one text, e.g. "200 InformResponse", "200 Fault 8000"."""
    return " ".join(str(each) for each in (reply.status, reply.rpc, reply.element is not None and reply.text("FaultCode")) if each)


def expected(method, served):
    """(outside, within): what the protocol makes of a message of this method."""
    if method == "Inform":
        return "200 InformResponse", "200 InformResponse"
    if method == "Fault":
        return "400", "200 GetRPCMethods"  # within, it can only be about our response: as an empty POST, to which HMS asks a new device
    if method.endswith("Response"):
        return "400", "400"  # an answer of nothing that was asked
    return "400", f"200 {method}Response" if method in served else "200 Fault 8000"


@pytest.mark.parametrize("path", BODIES, ids=[path.stem for path in BODIES])
def test_a_captured_message_has_its_answer_twice_the_same(lenient, cpe, path):
    """[Q7]"""
    body, method = path.read_bytes(), re.match(r"\d+_([A-Za-z]+)_", path.name).group(1)
    answers = []
    for _ in range(2):
        device = cpe(serial=f"CORPUS{path.stem[:3]}")
        outside = device.post(body)
        device.inform(("6 CONNECTION REQUEST",))
        served = device.request("<cwmp:GetRPCMethods/>").texts("string")
        answers.append((said(outside), said(device.post(body))))
        device.hang_up()
    assert answers[0] == answers[1]
    assert answers[0] == tuple(EXCEPTIONS[path.name][:2] if path.name in EXCEPTIONS else expected(method, served))


def test_every_exception_is_of_a_message_that_is_there_and_explained():
    assert all(CORPUS.joinpath(name).exists() and why for name, (_, _, why) in EXCEPTIONS.items())
