"""The table of the session figures, beside the aims."""
from report import ms, number

PROCESSES = ("front end", "nginx", "provisioning", "alarms", "pm-ingest", "northbound", "file server", "Kafka", "PostgreSQL", "Redis", "simulator")
AIM_ALL_US, AIM_FRONT_END_US, AIM_FIRST_RPC_MS = 450, 120, 20
STRANGERS_CPUS = 0.3  # what other programs may take before the figures are doubtful


def progress(column):
    return f"{column['rate']:8.1f} sessions/s  {column['cpu_sum']:7.1f} us CPU a session in all  {column['failed']} failed"


def rows(columns):
    add_ratios(columns)
    yield "sessions a second", [f"{column['rate']:.0f}" for column in columns]
    yield "sessions failed", [str(column["failed"]) for column in columns]
    yield "CPU, us a session:", [""] * len(columns)
    for name in PROCESSES:
        yield f"  {name}", [number(column["cpu"].get(name)) for column in columns]
    yield "  sum", [number(column["cpu_sum"]) for column in columns]
    yield "  front end / nginx", [number(column.get("ratio"), "{:.2f}") for column in columns]
    yield "machine busy (of it ours), CPUs", [
        f"{column['machine_busy']:.2f} ({column['cpu_sum'] * column['rate'] / 1e6:.2f})" for column in columns]
    yield "p50 / p99 ms: session", [ms(column["session"]) for column in columns]
    yield "p50 / p99 ms: Inform", [ms(column["inform"]) for column in columns]
    yield "p50 / p99 ms: Inform to RPC", [ms(column.get("first_rpc")) for column in columns]
    yield "Redis round trips a session", [number(column.get("trips"), "{:.3f}") for column in columns]
    yield "Kafka records a session", [number(column.get("records"), "{:.3f}") for column in columns]
    yield "PostgreSQL statements a session", [number(column.get("statements"), "{:.3f}") for column in columns]
    yield "sessions a transaction", [number(column.get("batch")) for column in columns]


def add_ratios(columns):
    """Of each quiet run to the nginx of the same rate."""
    web = {column["wanted"]: column["cpu"]["nginx"] for column in columns if "nginx" in column["cpu"]}
    for column in columns:
        if column["label"].startswith("quiet") and column["wanted"] in web:
            column["ratio"] = column["cpu"]["front end"] / web[column["wanted"]]


def verdict(name, value, aim, unit):
    return f"aim: {name:<42} {value:8.1f} {unit}, aim {aim}: {'met' if value <= aim else 'missed'}"


def notes(columns):
    for column in columns:
        if column.get("redis"):
            by_count = sorted(column["redis"].items(), key=lambda item: -item[1])
            yield f"Redis, {column['label']}: " + ", ".join(f"{name} {count:.3f}" for name, count in by_count)
    for column in columns:
        if column["label"].startswith("quiet"):
            yield verdict(f"all processes, {column['label']}", column["cpu_sum"], AIM_ALL_US, "us")
            yield verdict(f"front end, {column['label']}", column["cpu"]["front end"], AIM_FRONT_END_US, "us")
        elif column.get("first_rpc"):
            yield verdict(f"Inform to first RPC, median, {column['label']}", column["first_rpc"]["p50"], AIM_FIRST_RPC_MS, "ms")
    for column in columns:  # what makes figures doubtful
        strangers = column["machine_busy"] - column["cpu_sum"] * column["rate"] / 1e6
        if strangers > STRANGERS_CPUS:
            yield f"{column['label']}: other programs took {strangers:.1f} CPUs; latencies say little, and CPU figures are too high"
