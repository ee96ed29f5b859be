#!/usr/bin/python3
"""Files up to 600 lines, headers up to 200, functions up to 70 lines and 5 parameters.

A callback has the parameters its library gives it: a comment right above it that says "NAME's signature" excuses them.
"""
import re

from sources import code_only, files, finish, read

FILE_LINES, HEADER_LINES, FUNCTION_LINES, PARAMETERS = 600, 200, 70, 5
# A definition's head: text from the last ; or } up to the { of the body, ending in a parameter list.
HEAD = re.compile(r"(\w+)\s*\(([^(){};]*(?:\([^(){};]*\)[^(){};]*)*)\)\s*$")
NOT_FUNCTIONS = {"if", "for", "while", "switch", "return", "sizeof", "defined"}


def parameters(text):
    text = text.strip()
    if text in ("", "void"):
        return 0
    depth, count = 0, 1
    for c in text:
        depth += (c == "(") - (c == ")")
        count += c == "," and depth == 0
    return count


def functions(code):
    """Yields (name, parameter count, first line, last line) of every function defined in the text."""
    code = re.sub(r"^[ \t]*#(?:.*\\\n)*.*$", lambda m: re.sub(r"[^\n]", " ", m.group()), code, flags=re.M)
    depth, start, head = 0, 0, None
    for i, c in enumerate(code):
        if c == "{":
            if depth == 0:
                match = HEAD.search(code[start:i])
                named = match and match.group(1) not in NOT_FUNCTIONS
                head = (match.group(1), parameters(match.group(2)), code.count("\n", 0, i) + 1) if named else None
            depth += 1
        elif c == "}":
            depth = max(depth - 1, 0)
            if depth == 0:
                if head:
                    yield head[0], head[1], head[2], code.count("\n", 0, i) + 1
                start, head = i + 1, None
        elif c == ";" and depth == 0:
            start = i + 1


def excused(text, first):
    return "'s signature" in "\n".join(text.splitlines()[max(first - 6, 0):first])


def check(path):
    text = read(path)
    lines = text.count("\n")
    most = HEADER_LINES if path.endswith(".h") else FILE_LINES
    if lines > most:
        yield f"{path}: {lines} lines, at most {most}"
    if path.endswith((".py", ".def")):
        return
    for name, count, first, last in functions(code_only(text)):
        if last - first + 1 > FUNCTION_LINES:
            yield f"{path}:{first}: {name} has {last - first + 1} lines, at most {FUNCTION_LINES}"
        if count > PARAMETERS and not excused(text, first):
            yield f"{path}:{first}: {name} has {count} parameters, at most {PARAMETERS}"


finish([problem for path in files(".c", ".h", ".py", ".def") for problem in check(path)])
