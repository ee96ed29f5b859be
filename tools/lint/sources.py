"""Which files the lints look at: everything of ours, nothing generated, nothing of third parties."""
import os
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
SKIPPED = {".git", ".cache", "build", "var", "third_party", "node_modules", "__pycache__"}


def files(*endings):
    """Paths from the root of all files with one of these endings (all files without any), sorted."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in SKIPPED]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            if not endings or name.endswith(endings):
                found.append(path)
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def code_only(text):
    """The same text with comments, strings and character constants blanked, lines and columns kept."""
    out, i, end = [], 0, len(text)
    while i < end:
        if text.startswith("/*", i):
            stop = text.find("*/", i + 2)
            stop = end if stop < 0 else stop + 2
        elif text.startswith("//", i):
            stop = text.find("\n", i)
            stop = end if stop < 0 else stop
        elif text[i] in "\"'":
            stop = i + 1
            while stop < end and text[stop] != text[i] and text[stop] != "\n":
                stop += 2 if text[stop] == "\\" else 1
            stop = min(stop + 1, end)
            out.append(text[i] + "_" * max(stop - i - 2, 0) + text[i] if stop - i > 1 else text[i:stop])
            i = stop
            continue
        else:
            out.append(text[i])
            i += 1
            continue
        out.append("".join(c if c == "\n" else " " for c in text[i:stop]))
        i = stop
    return "".join(out)


def finish(problems):
    """Prints the problems; the exit code says whether there are any."""
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
