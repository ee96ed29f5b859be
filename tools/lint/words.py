#!/usr/bin/python3
"""Nothing unfinished, no path of anybody's machine, no reason number twice, no file with odd white space."""
import os
import re

from sources import ROOT, files, finish, read

CODE = (".c", ".h", ".def", ".py", ".sh", ".proto", ".cmake", "CMakeLists.txt")
# Put together here, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b|(?i:\bnot " + "implemented\\b)")
# Home folders, and the checkout this runs in when it is in a place of its own.
MACHINE = [re.compile(r"/(?:home|Users)/(?!dev\b|hayat\b|you\b)[a-z]"), re.compile(re.escape(ROOT + "/"))]
REASON = re.compile(r"^REASON\((\d+),\s*(\w+)", re.M)
BINARY = (".png", ".jpg", ".jpeg", ".pdf", ".binpb", ".mdb", ".bin", ".der", ".key", ".crt")


def lines(path, pattern, what):
    for number, line in enumerate(read(path).splitlines(), 1):
        if pattern.search(line):
            yield f"{path}:{number}: {what}: {line.strip()[:80]}"


def white_space(path):
    text = read(path)
    if text and not text.endswith("\n"):
        yield f"{path}: no newline at the end"
    if "\r" in text or "\t" in text:
        yield f"{path}: a tab or a carriage return"
    yield from lines(path, re.compile(r"[ \t]+$"), "space at the end of the line")


def reasons(path="base/status.def"):
    seen = {}
    for number, name in REASON.findall(read(path)):
        for key in (int(number), name):
            if key in seen:
                yield f"{path}: {key} is both {seen[key]} and {name}"
            seen[key] = name


def check(path):
    for pattern in MACHINE:
        yield from lines(path, pattern, "a path of one machine")
    if path.endswith(CODE):
        yield from lines(path, UNFINISHED, "unfinished")
        yield from white_space(path)


text_files = [p for p in files() if not p.endswith(BINARY) and not p.startswith(("tests/fuzz/corpus/", "tests/golden/db"))
              and os.path.getsize(os.path.join(ROOT, p)) < 4 << 20]
finish([problem for path in text_files for problem in check(path)] + list(reasons()))
