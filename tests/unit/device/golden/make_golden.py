#!/usr/bin/env python3
# Writes the golden records of schema 1, field by field, without any protobuf library. A released record is never made anew:
# this script says what is in it.
import pathlib

HERE = pathlib.Path(__file__).parent


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def text(field, value):
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def fixed64(field, value):
    return varint(field << 3 | 1) + value.to_bytes(8, "little")


def event(seq, *body):
    return b"".join([
        number(1, 1), number(2, 1), text(3, bytes(range(16))), number(4, 0x7EDCBA9876543210), number(5, seq),
        number(6, 1790000000123456), number(7, 1790000025123456), text(8, "fe-1"), number(9, 5), fixed64(10, 0xFEDCBA9876543210),
        number(11, 1), number(13, 1), number(14, 3), text(15, "192.0.2.1:7547"), number(16, 2), text(17, "https://hms.example/cwmp"),
        text(18, "default"), *body])


device = text(1, "Example AG") + text(2, "0005B9") + text(3, "FAP") + text(4, "CS0000000001")
param = text(1, "Device.DeviceInfo.SoftwareVersion") + text(2, "1.2.3-ü") + number(3, 0) + number(4, 1)
field = text(1, "CommandKey") + text(2, "H0000000000001.1")

GOLDEN = {
    "inform": event(1, text(20, b"".join([
        text(1, device), text(2, text(1, "0 BOOTSTRAP")), text(2, text(1, "M Reboot") + text(2, "H0000000000001.1")), number(3, 2),
        text(4, "2026-09-21T14:13:20Z"), text(5, param), text(5, param), text(6, "~0000000000001.1"), number(7, 2), number(8, 1),
        text(9, "1234")]))),
    "cpe_request": event(2, text(21, text(1, "TransferComplete") + text(2, field) + text(3, "55"))),
    "rpc_result_response": event(3, text(22, b"".join([
        number(1, 0x123456789ABCDEF), number(2, 7), number(3, 1), text(4, "GetParameterValues"), text(5, field), text(6, param)]))),
    "rpc_result_fault": event(3, text(22, b"".join([
        number(1, 0x123456789ABCDEF), number(2, 7), number(3, 2), text(4, "SetParameterValues"),
        text(7, number(1, 9003) + text(2, "Invalid arguments") + text(3, text(1, "Device.X") + number(2, 9007) + text(3, "bad")))]))),
    "rpc_result_no_answer": event(4, text(22, number(1, 5) + number(2, 1) + number(3, 3))),
    "rpc_dispatched": event(5, text(23, number(1, 0x123456789ABCDEF) + number(2, 7) + number(3, 2))),
    "reach_result": event(0, text(24, number(1, 2) + text(2, "503 from the device"))),
    "internal_alarm": number(1, 1) + number(2, 1) + text(25, b"".join([
        text(1, "kafka/dead"), number(2, 1), text(3, "Major"), text(4, "Software Error"), text(5, "dead event"), text(6, "1 record")])),
    # of a later writer that this reader may read: an unknown field, an unknown enum value
    "later_compatible": number(1, 9) + number(2, 1) + text(99, "new") + text(3, bytes(range(16))) + text(22, number(3, 77) + number(1, 5)),
    # of a later writer that this reader must not read: device_id became a number, then comes what is no protobuf at all
    "later_min_reader": number(1, 2) + number(2, 2) + number(3, 5) + b"\xff\xff",
    # the same, min_reader behind fields that would fail
    "later_min_reader_last": number(3, 5) + text(20, b"\xff\xff") + number(2, 3),
}

for name, record in GOLDEN.items():
    (HERE / f"{name}.bin").write_bytes(record)
