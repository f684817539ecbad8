"""A private HMS for tests: real stores, real services, and devices that speak raw CWMP.

Lab (lab.py) starts, stops and looks into the system; Cpe (cpe.py) is a device; Record (records.py) is what stands on Kafka. Fixtures are in
fixtures.py.
"""
from .callee import Callee
from .cpe import STORY, Cpe, Reply, fault, rpc_response
from .lab import Instance, Lab, eventually
from .records import Record
from .tables import dev, partition_of

__all__ = ["STORY", "Callee", "Cpe", "Instance", "Lab", "Record", "Reply", "dev", "eventually", "fault", "partition_of", "rpc_response"]
