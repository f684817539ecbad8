"""The figures of a measurement as tables for people, all in one style; and what was not as it should be."""
import dataclasses
import os
import pathlib
import re
import textwrap
import typing

NAME_WIDTH, CELL_WIDTH = 36, 17


def machine():
    """In words: processors and memory."""
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1))
    return f"{os.cpu_count()} x {model.group(1) if model else 'unknown processor'}, {memory / 1048576:.0f} GiB"


def number(value, form="{:,.1f}"):
    """A cell; empty for None."""
    return "" if value is None else form.format(value)


def ms(pair):
    return f"{pair['p50']:.1f} / {pair['p99']:.1f}" if pair else ""


def quantiles(waits_us):
    """p50 and p99 in milliseconds of a list of waits."""
    waits = sorted(waits_us)
    return {name: waits[len(waits) * percent // 100] / 1000 for name, percent in (("p50", 50), ("p99", 99))}


def cpu_rows(columns, unit, names):
    """Rows of CPU a unit of work; `names` gives their order."""
    yield f"CPU, us {unit}:", [""] * len(columns)
    for name in names:
        if any(name in column["cpu"] for column in columns):
            yield f"  {name}", [number(column["cpu"].get(name), "{:,.2f}" if column["cpu"].get(name, 10) < 10 else "{:,.1f}") for column in columns]


def progress(text):
    print(f"  {text}", flush=True)


@dataclasses.dataclass
class Result:
    """One table. rows(columns) yields (name, cells); notes(columns) yields lines below it."""
    title: str
    rows: typing.Callable
    notes: typing.Callable = lambda columns: ()
    columns: list = dataclasses.field(default_factory=list)
    problems: list = dataclasses.field(default_factory=list)

    def add(self, column, text):
        """A column, and its line of progress."""
        self.columns.append(column)
        progress(f"{column['label']:<22} {text}")

    def must(self, what, found, wanted):
        """A count that fails the whole run when it is not what was sent."""
        if found != wanted:
            self.problems.append(f"{what}: {found:,}, not {wanted:,}")
            progress(f"WRONG: {self.problems[-1]}")

    def __str__(self):
        width = max([CELL_WIDTH, *(len(column["label"]) + 2 for column in self.columns)])
        lines = [f"\n{self.title}\n", " " * NAME_WIDTH + "".join(f"{column['label']:>{width}}" for column in self.columns)]
        lines += [f"{name:<{NAME_WIDTH}}" + "".join(f"{cell:>{width}}" for cell in cells) for name, cells in self.rows(self.columns)]
        for note in self.notes(self.columns):
            lines += textwrap.wrap(note, 150, subsequent_indent="  ")
        return "\n".join(lines + [f"WRONG: {problem}" for problem in self.problems]).replace("  \n", "\n")

    def figures(self):
        """For a program."""
        return {"title": self.title, "columns": self.columns, "problems": self.problems}
