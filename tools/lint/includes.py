#!/usr/bin/python3
"""The layers point one way: base <- storage <- auth <- service <- rpc <- main.

A file may include its own layer, the layers below it, and the foreign headers that its layer may see.
"""
import re

from sources import files, finish, read

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.M)

# Layer: the layers it may include beside itself.
LAYERS = {
    "base": set(),
    "storage": {"base"},
    "auth": {"base", "storage"},
    "service": {"base", "storage", "auth", "gen", "helper"},
    "client": {"base"},
    "rpc": {"base", "storage", "auth", "service", "gen"},
    "paper": {"base"},
    "outbound": {"base", "paper"},
    "courier": {"base", "client", "outbound"},
    "helper": {"base"},
    "confine": {"base"},
    "renderer": {"base", "paper", "confine"},
    "checker": {"base", "confine"},
    "main": {"base", "storage", "auth", "service", "rpc", "gen", "client", "helper"},
    "rpcgen": {"base"},
    "hayatctl": {"base", "storage", "auth", "service", "client"},
    "hayat": {"base", "client", "helper"},
    "auditverify": set(),
    "bench": {"base", "storage", "auth", "service", "rpc", "client", "gen", "support"},
    "support": {"base", "storage", "auth", "service", "rpc", "client", "gen"},
    "tests": {"base", "storage", "auth", "service", "rpc", "client", "gen", "support", "rpcgen", "hayatctl", "hayat", "auditverify", "main",
              "bench", "paper", "helper", "renderer", "confine", "checker", "outbound", "courier"},
}
# The first prefix that fits names the layer of a file, and of an include as written.
FILES = [
    ("server/paper/", "paper"),
    ("server/helper/", "helper"),
    ("server/renderer/", "renderer"),
    ("server/confine/", "confine"),
    ("server/checker/", "checker"),
    ("server/outbound/", "outbound"),
    ("tools/courier/", "courier"),
    ("server/rpc/client/", "client"),
    ("server/rpc/", "rpc"),
    ("server/service/", "service"),
    ("server/", "main"),
    ("tools/rpcgen/", "rpcgen"),
    ("tools/hayatctl/", "hayatctl"),
    ("tools/hayat/", "hayat"),
    ("tools/auditverify/", "auditverify"),
    ("tools/benchmark/", "bench"),
    ("tests/support/", "support"),
    ("tests/", "tests"),
    ("base/", "base"),
    ("storage/", "storage"),
    ("auth/", "auth"),
]
WRITTEN = [
    ("paper/", "paper"),
    ("helper/", "helper"),
    ("renderer/", "renderer"),
    ("confine/", "confine"),
    ("checker/", "checker"),
    ("outbound/", "outbound"),
    ("rpc/client/", "client"),
    ("rpc/", "rpc"),
    ("service/", "service"),
    ("gen/", "gen"),
] + FILES

# Pure code that a layer shares with a program it otherwise does not know.
SHARED = {
    ("hayat", "service/receipt_verify.h"),
    ("hayat", "service/receipt_text.h"),
    ("hayatctl", "tools/hayat/message_json.h"),
    ("hayat", "service/access_verify.h"),
    ("hayat", "service/statement_verify.h"),
    ("hayat", "auth/enrolment_message.h"),
}

# Foreign headers: who alone may include them.
ONLY = [
    (re.compile(r"^grpc/(?!health/|reflection/)(?!.*\.pb-c\.h)"), {"rpc", "client", "bench"}, "the gRPC core"),
    (re.compile(r"^(cairo|pango/|fontconfig/|qrencode)"), {"paper", "tests"}, "Pango, Cairo and libqrencode"),
    (re.compile(r"^curl/"), {"outbound"}, "libcurl"),
    (re.compile(r"^microhttpd\.h"), {"outbound"}, "libmicrohttpd"),
    (re.compile(r"^lmdb\.h"), {"storage"}, "LMDB"),
    (re.compile(r"^hayat/v1/"), {"service", "rpc", "main", "hayat", "hayatctl", "bench", "support", "tests", "renderer"},
     "the public API's types"),
    (re.compile(r"^(magic|jpeglib|png|libheif/|qpdf/|zlib)"), {"checker", "tests"}, "libraries that read strangers' files"),
    (re.compile(r"^hayat/store/"), {"storage", "auth", "service", "checker", "hayatctl", "support", "tests", "bench"},
     "stored records"),
    (re.compile(r"^hayat/check/"), {"service", "checker", "support", "tests"}, "what hayat-check says"),
    (re.compile(r"^hayat/paper/"), {"service", "renderer", "hayat", "support", "tests"}, "what hayat-paper is told"),
]


def layer_of(path, prefixes):
    return next((layer for prefix, layer in prefixes if path.startswith(prefix)), None)


def check(path):
    own = layer_of(path, FILES)
    if own is None:
        yield f"{path}: belongs to no layer; name it in tools/lint/includes.py"
        return
    text = read(path)
    for match in INCLUDE.finditer(text):
        header = match.group(1)
        line = text.count("\n", 0, match.start()) + 1
        other = layer_of(header, WRITTEN)
        if other not in (None, own) and other not in LAYERS[own] and (own, header) not in SHARED:
            yield f"{path}:{line}: {own} must not include {header} ({other})"
        for pattern, allowed, what in ONLY:
            if pattern.match(header) and own not in allowed:
                yield f"{path}:{line}: {own} must not see {what} ({header})"


finish([problem for path in files(".c", ".h", ".def") for problem in check(path)])
