"""The figures of a measurement as a table for people, beside the aims."""
import os
import pathlib
import re

PROCESSES = ("front end", "nginx", "provisioning", "alarms", "pm-ingest", "northbound", "Kafka", "PostgreSQL", "Redis", "simulator")
AIM_ALL_US, AIM_FRONT_END_US, AIM_FIRST_RPC_MS = 450, 120, 20
STRANGERS_CPUS = 0.3  # what other programs may take before the figures are doubtful


def machine():
    """In words: processors and memory."""
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1))
    return f"{os.cpu_count()} x {model.group(1) if model else 'unknown processor'}, {memory / 1048576:.0f} GiB"


def progress(column):
    print(f"  {column['label']:<14} {column['rate']:8.1f} sessions/s  {column['cpu_sum']:7.1f} us CPU a session in all  "
          f"{column['failed']} failed", flush=True)


def ms(pair):
    return f"{pair['p50']:.1f} / {pair['p99']:.1f}" if pair else ""


def number(value, form="{:.1f}"):
    return "" if value is None else form.format(value)


def rows(columns):
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
    return f"  {name:<46} {value:8.1f} {unit}, aim {aim}: {'met' if value <= aim else 'missed'}"


def aims(columns):
    for column in columns:
        if column["label"].startswith("quiet"):
            yield verdict(f"all processes, {column['label']}", column["cpu_sum"], AIM_ALL_US, "us")
            yield verdict(f"front end, {column['label']}", column["cpu"]["front end"], AIM_FRONT_END_US, "us")
        elif column.get("first_rpc"):
            yield verdict(f"Inform to first RPC, median, {column['label']}", column["first_rpc"]["p50"], AIM_FIRST_RPC_MS, "ms")


def warnings(columns):
    """What makes figures doubtful."""
    for column in columns:
        strangers = column["machine_busy"] - column["cpu_sum"] * column["rate"] / 1e6
        if strangers > STRANGERS_CPUS:
            yield f"  {column['label']}: other programs took {strangers:.1f} CPUs; latencies say little, and CPU figures are too high"


def redis_lines(columns):
    for column in columns:
        by_count = sorted(column.get("redis", {}).items(), key=lambda item: -item[1])
        if by_count:
            yield f"  {column['label']}: " + ", ".join(f"{name} {count:.3f}" for name, count in by_count)


def table(columns, idle):
    add_ratios(columns)
    lines = [f"\n{machine()}\n", f"{'':<34}" + "".join(f"{column['label']:>20}" for column in columns)]
    lines += [f"{name:<34}" + "".join(f"{cell:>20}" for cell in cells) for name, cells in rows(columns)]
    lines += ["Redis commands a session by name, those inside scripts too:", *redis_lines(columns)]
    lines.append("without any session, CPU ms a second: " + ", ".join(f"{name} {spent:.0f}" for name, spent in idle.items()))
    return "\n".join([*lines, "aims:", *aims(columns), *warnings(columns)])
