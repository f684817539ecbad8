#!/usr/bin/env python3
"""Writes docs/conformance.md: every rule of conformance.tsv with the tests that cite it.

usage: tests/conformance.py [--check]

A test cites a rule as [R3] in its docstring, in a comment inside it, or in the comment right above it."""
import ast
import io
import pathlib
import re
import sys
import tokenize

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent / "docs/conformance.md"
RULES = HERE / "conformance.tsv"
FOLDERS = ("unit", "integration", "fuzz")
CHAPTERS = {"R": "CWMP versions", "H": "HTTP", "A": "TLS and authentication", "Q": "Habits of devices"}
HEAD = """# Conformance

Written by "make docs" from `tests/conformance.tsv` and the citations in the tests; a test fails when this page is stale. Rules R, H and A are those
of TR-069 and TS 33.320 for an ACS, Q are habits of devices in the field. A test cites a rule as `[R3]` in its comment or docstring.
"""

CITATION = re.compile(r"\[([RHAQ]\d+)\]")
C_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', re.DOTALL)
C_TEST = re.compile(r"^static void (\w+)\(void \*\*state\)", re.MULTILINE)


class Misplaced(Exception):
    """A citation that belongs to no test."""


def read_rules(text):
    """{rule: (acs, subject, why)} in the order of the table."""
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {rule: (whom == "acs", subject, why) for rule, whom, subject, why in rows}


def c_citations(text, fuzzer=None):
    """(test, rule) pairs of a C file. In a fuzzer every comment speaks for the whole program."""
    tests = [(match.start(), match.group(1)) for match in C_TEST.finditer(text)]
    for token in C_TOKEN.finditer(text):
        rules = CITATION.findall(token.group()) if token.group()[0] == "/" else ()
        if rules:
            name = fuzzer or c_test_of(text, token, tests)
            yield from ((name, rule) for rule in rules)


def c_test_of(text, comment, tests):
    """The test that a comment is inside of (then it is indented) or right above."""
    line_start = text.rfind("\n", 0, comment.start()) + 1
    before = [name for start, name in tests if start < comment.start()]
    if text[line_start:comment.start()].strip(" \t") or comment.start() > line_start:
        if before:
            return before[-1]
    else:
        after = next(((start, name) for start, name in tests if start > comment.end()), None)
        if after and not C_TOKEN.sub("", text[comment.end():after[0]]).strip():
            return after[1]
    raise Misplaced(comment.group())


def python_citations(text):
    """(test, rule) pairs of a Python file."""
    tests = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    lines = text.splitlines()
    spans = []
    for node in tests:
        first = min([node.lineno] + [each.lineno for each in node.decorator_list])
        while first > 1 and lines[first - 2].startswith("#"):
            first -= 1
        spans.append((first, node.end_lineno, node.name))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_text = token.type == tokenize.COMMENT or token.type == tokenize.STRING and token.line.strip().startswith('"""')
        for rule in CITATION.findall(token.string) if is_text else ():
            name = next((name for first, last, name in spans if first <= token.start[0] <= last), None)
            if not name:
                raise Misplaced(token.string)
            yield name, rule


def collect(folder):
    """{rule: [(path, test)]} of all tests below a folder."""
    found = {}
    for part in FOLDERS:
        for path in sorted((folder / part).rglob("*")):
            if path.suffix not in (".c", ".py"):
                continue
            text = path.read_text(encoding="utf-8")
            try:
                pairs = list(python_citations(text) if path.suffix == ".py" else c_citations(text, path.stem if part == "fuzz" else None))
            except Misplaced as error:
                raise Misplaced(f"{path}: a citation that belongs to no test: {error}") from error
            for test, rule in pairs:
                tests = found.setdefault(rule, [])
                if (path.relative_to(folder), test) not in tests:
                    tests.append((path.relative_to(folder), test))
    return found


def missing(rules, found):
    """Rules that concern an ACS and that no test cites."""
    return [rule for rule, (acs, _, _) in rules.items() if acs and rule not in found]


def page(rules, found):
    """The document."""
    out = [HEAD]
    for letter, title in CHAPTERS.items():
        out.append(f"\n## {title}\n\n| Rule | Subject | Tests |\n|---|---|---|\n")
        for rule, (acs, subject, why) in rules.items():
            if rule[0] != letter:
                continue
            tests = "<br>".join(f"[{test}](../tests/{path.as_posix()})" for path, test in found.get(rule, []))
            note = "" if acs else f"Concerns the device alone: {why}."
            out.append(f"| {rule} | {subject} | {'<br>'.join(each for each in (note, tests) if each) or 'none yet'} |\n")
    return "".join(out)


def main(args):
    rules, found = read_rules(RULES.read_text(encoding="utf-8")), collect(HERE)
    text = page(rules, found)
    if args == ["--check"]:
        return 0 if PAGE.read_text(encoding="utf-8") == text else "docs/conformance.md is stale: run tests/conformance.py"
    if args:
        return __doc__
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
