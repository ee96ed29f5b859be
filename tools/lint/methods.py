#!/usr/bin/python3
"""Every method that is served is called by a test through the pipeline (tests/rpc)."""
import re

from sources import files, finish, read

SERVED = re.compile(r"^(/[\w.]+/\w+) ", re.M)
PREFIX = re.compile(r'#define (\w+)\(name\) "(/[\w.]+/)" name')
WHOLE = re.compile(r'"(/[\w.]+/\w+)"')
VERSIONED = re.compile(r'"(/[\w.]+)%s([\w.]+/\w+)"')
JOINED = re.compile(r'\b(\w+)\("(\w+)"\)')


def called():
    texts = [read(path) for path in files(".c", ".h") if path.startswith(("tests/rpc/", "tests/support/"))]
    prefixes = dict(match for text in texts for match in PREFIX.findall(text))
    for text in texts:
        yield from WHOLE.findall(text)
        yield from (f"{head}{version}{tail}" for head, tail in VERSIONED.findall(text) for version in ("v1", "v1alpha"))
        yield from (prefixes[macro] + name for macro, name in JOINED.findall(text) if macro in prefixes)


tested = set(called())
finish([f"{path} has no test in tests/rpc" for path in SERVED.findall(read("tests/golden/policy.txt")) if path not in tested])
