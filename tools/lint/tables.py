#!/usr/bin/python3
"""The table of docs/data-model.md is what storage/tables.def says; tables.py --fix writes it."""
import os
import re
import sys

from sources import ROOT, finish, read

DOC, BEGIN, END = "docs/data-model.md", "<!-- from storage/tables.def -->\n", "<!-- end -->\n"
ROW = re.compile(r'^TABLE\((\d+), (\w+), (\w+), (\w+), (\w+),\s*"([^"]*)",\s*"([^"]*)", (\w+)\)', re.M)


def table():
    lines = ["| id | table | record | key | data key | owner | kept | in a member's export |", "|---|---|---|---|---|---|---|---|"]
    for number, name, record, domain, owner, key, kept, export in ROW.findall(read("storage/tables.def")):
        message = "raw bytes" if record == "chunk" else "Stored" + "".join(part.capitalize() for part in record.split("_"))
        lines.append(f"| {number} | `{name}` | {message} | {key} | {domain.lower()} | "
                     f"{'the member' if owner == 'MEMBER' else 'nobody'} | {kept} | {'yes' if export == 'true' else 'no'} |")
    return "\n".join(lines) + "\n"


def main():
    text = read(DOC)
    head, rest = text.split(BEGIN)
    old, tail = rest.split(END)
    if sys.argv[1:] == ["--fix"]:
        with open(os.path.join(ROOT, DOC), "w", encoding="utf-8") as out:
            out.write(head + BEGIN + table() + END + tail)
    elif old != table():
        finish([f"{DOC} differs from storage/tables.def: run tools/lint/tables.py --fix"])


main()
