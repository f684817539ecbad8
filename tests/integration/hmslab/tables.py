"""What the tables of HMS say, and what its SQL functions are asked for."""
import json
import uuid

import psycopg2.extras

PARTITIONS = 16


def dev(device):
    """The id of a Cpe as PostgreSQL has it."""
    return str(uuid.UUID(bytes=device.device_id))


def partition_of(device):
    """Contracts 1: bucket * P >> 12."""
    return (device.device_id[0] << 4 | device.device_id[1] >> 4) * PARTITIONS >> 12


class Tables:
    """Part of Lab."""

    def rows(self, query, *args):
        """Rows as dictionaries."""
        connection = self.pg()
        try:
            with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
                cursor.execute(query, args)
                return [dict(row) for row in cursor.fetchall()]
        finally:
            connection.close()

    def one(self, query, *args):
        """The only row, or None."""
        rows = self.rows(query, *args)
        assert len(rows) <= 1, rows
        return rows[0] if rows else None

    def device(self, device):
        """Its rows of device and device_hot as one dictionary; None if there is none."""
        return self.one("select * from device join device_hot using (device_id) where device_id = %s", dev(device))

    def state(self, device):
        row = self.device(device)
        return row and row["state"]

    def history(self, device, kind=None):
        """(kind, state) in order."""
        found = self.sql("select kind, state from device_history where device_id = %s order by at", dev(device))
        return [row for row in found if kind in (None, row[0])]

    def command_add(self, device, kind, payload=None, **more):
        """The id of the command. more: named arguments of command_add(), e.g. life="5 seconds"."""
        names = "".join(f", {name} => %s" for name in more)
        query = f"select command_add(%s, %s, %s{names})"
        return self.sql(query, dev(device), kind, json.dumps(payload or {}), *more.values())[0][0]

    def command_cancel(self, device, command):
        return self.sql("select command_cancel(%s, %s)", dev(device), command)[0][0]

    def command(self, command):
        """Its row of command_all; asserts that there is exactly one."""
        row = self.one("select * from command_all where id = %s", command)
        assert row, f"command {command} is gone"
        return row

    def is_in(self, command, *states):
        """The row when the command is in one of these states, else None."""
        row = self.command(command)
        return row if row["state"] in states else None

    def dead_event(self, partition, offset, service="provisioning"):
        """What a consumer of hms.device-events has set aside; every consumer judges for itself."""
        return self.one("select * from dead_event where service = %s and topic = 'hms.device-events' and part = %s and off = %s", service,
                        partition, offset)

    def offsets(self, topic="hms.device-events", service="provisioning"):
        """{partition: (next, epoch)} of a consumer."""
        found = self.sql("select part, next, epoch from consumer_offset where service = %s and topic = %s", service, topic)
        return {part: (next_, epoch) for part, next_, epoch in found}

    def end_offsets(self, topic="hms.device-events"):
        """{partition: offset after its last record}, of partitions that have records."""
        ends = {}
        for record in self.records(topic):
            ends[record.partition] = record.offset + 1
        return ends

    def caught_up(self, service="provisioning"):
        """Whether a consumer has consumed every record of hms.device-events."""
        offsets = self.offsets(service=service)
        return all(offsets.get(part, (0, 0))[0] == end for part, end in self.end_offsets().items())
