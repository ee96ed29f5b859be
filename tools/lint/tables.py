#!/usr/bin/python3
"""The tables of docs/data-model.md and docs/retention.md are what storage/*.def say; tables.py --fix writes them."""
import os
import re
import sys

from sources import ROOT, finish, read

BEGIN, END = "<!-- from storage/tables.def -->\n", "<!-- end -->\n"
ROW = re.compile(r'^TABLE\((\d+), (\w+), (\w+), (\w+), (\w+),\s*"([^"]*)",\s*(\w+(?:\([^)]*\))?), (\w+)\)', re.M)
PERIOD = re.compile(r'^PERIOD\((\w+), (\d+), (\w+), (\w+), "([^"]*)"\)', re.M)
RULE = re.compile(r'^(\w+)(?:\((.*)\))?$')


def kept(rule):
    """A rule of tables.def in words."""
    name, arguments = RULE.match(rule).groups()
    if name in ("FOREVER", "WHILE_INSURED"):
        return "for ever" if name == "FOREVER" else "while insured"
    if name == "OWN":
        return arguments.strip('"')
    if name == "WITH":
        return f"with its `{arguments}`"
    period, field = arguments.split(", ")
    whose = "its certificate's " if name == "AFTER_CASE" else ""
    return f"*{period}* after {whose}`{field}`"


def table():
    lines = ["| id | table | record | key | data key | owner | kept | in a member's export |", "|---|---|---|---|---|---|---|---|"]
    for number, name, record, domain, owner, key, rule, export in ROW.findall(read("storage/tables.def")):
        message = "raw bytes" if record == "chunk" else "Stored" + "".join(part.capitalize() for part in record.split("_"))
        lines.append(f"| {number} | `{name}` | {message} | {key} | {domain.lower()} | "
                     f"{'the member' if owner == 'MEMBER' else 'nobody'} | {kept(rule)} | {'yes' if export == 'true' else 'no'} |")
    return "\n".join(lines) + "\n"


def periods():
    lines = ["| period | we propose | how sure | why |", "|---|---|---|---|"]
    for name, limit, unit, sureness, basis in PERIOD.findall(read("storage/retention_periods.def")):
        lines.append(f"| `{name}` | {limit} {unit.lower()} | {'ours' if sureness == 'OURS' else sureness.lower()} | {basis} |")
    return "\n".join(lines) + "\n"


def parts(path):
    """What is before the generated table, the table, and what is after it."""
    head, rest = read(path).split(BEGIN)
    old, tail = rest.split(END)
    return head, old, tail


def main():
    problems = []
    for path, text in (("docs/data-model.md", table()), ("docs/retention.md", periods())):
        head, old, tail = parts(path)
        if sys.argv[1:] == ["--fix"]:
            with open(os.path.join(ROOT, path), "w", encoding="utf-8") as out:
                out.write(head + BEGIN + text + END + tail)
        elif old != text:
            problems.append(f"{path} differs from storage/tables.def and retention_periods.def: run tools/lint/tables.py --fix")
    finish(problems)


main()
