#!/usr/bin/python3
"""Promise: hostile requests are refused with the right status, within 50 ms, and without the server's memory growing by
more than 16 MB (SEC-E2, E5); honest callers notice nothing.
"""
import os
import socket
import ssl
import struct
import time
import unittest
import zlib

import grpc
from hayat_wire import SANITIZED, SLACK, Member, WireTest, message, reason

# What takes longer than so many honest calls at the same moment is slow, and never what takes less than 50 ms.  An absolute bound fails on a
# machine that others use, where the honest call is as slow.
SLOWER_THAN_HONEST = 25
CARD, UPLOAD, STREAM = "hayat.v1.CardService", "hayat.v1.UploadService", "google.bytestream.ByteStream"
LIMIT_SECONDS, LIMIT_GROWTH_BYTES = 0.050 * SLACK, 16 << 20
INVALID, EXHAUSTED, UNIMPLEMENTED = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED,
                                     grpc.StatusCode.UNIMPLEMENTED)
ROUNDS, ROUND_CALLS = 8, 2000
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def nested(number, size):
    """SIZE bytes of messages inside messages."""
    data = b""
    while len(data) < size:
        data = field(number, data)
    return data


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def attackers(server):
    """A member for each test: what one sends counts against that one's rate."""
    numbers = [row["registration_number"] for row in server.table("members")][:20]
    return {"demo": server.hero()} | {f"attacker{count}": number for count, number in enumerate(numbers)}


class Hostile(WireTest):
    enrolled = attackers
    count = 0

    def setUp(self):
        member = Member(self.server, f"attacker{Hostile.count}")
        Hostile.count += 1
        self.client = self.server.client(member.sign_in())
        self.addCleanup(self.client.close)
        # Everything warm, so that growth is the attack's.
        for _ in range(20):
            self.client.call(f"{CARD}/GetCard")
        self.honest = self.honest_seconds()
        self.before = self.server.rss_bytes()

    def honest_seconds(self):
        """What an honest call takes, at its quickest just now."""
        times = []
        for _ in range(5):
            began = time.monotonic()
            self.client.call(f"{CARD}/GetCard")
            times.append(time.monotonic() - began)
        return min(times)

    def tearDown(self):
        self.assertLess(self.honest_seconds(), 1 + SLOWER_THAN_HONEST * self.honest, "an honest call waits")
        growth = self.server.rss_bytes() - self.before
        print(f" [{growth // 1024} KiB]", end="", flush=True)
        if not SANITIZED:
            self.assertLess(growth, LIMIT_GROWTH_BYTES, "memory grew")

    def refusal(self, codes, path, data, **named):
        """Refused with one of CODES; the fastest of five must be fast, beside honest calls in between."""
        times, honest = [], []
        for _ in range(5):
            began = time.monotonic()
            error = self.refused(codes, self.client.raw, path, data, **named)
            times.append(time.monotonic() - began)
            honest.append(self.honest_seconds())
        self.assertLess(min(times), max(LIMIT_SECONDS, SLOWER_THAN_HONEST * min(honest)), "refused, but slowly")
        return error

    def test_nesting(self):
        for number in (1, 3, 999):
            self.refusal((INVALID, EXHAUSTED), f"{CARD}/GetCard", nested(number, 34 << 10))
            self.refusal((INVALID, EXHAUSTED), f"{UPLOAD}/AppendChunk", nested(number, 34 << 10))
        groups = b"\x0b" * (34 << 10)  # start of group 1, never ended
        self.refusal((INVALID, EXHAUSTED), f"{UPLOAD}/AppendChunk", groups)
        self.refusal((INVALID, EXHAUSTED), "grpc.reflection.v1.ServerReflection/ServerReflectionInfo", nested(5, 34 << 10))

    def test_duplicates(self):
        """2 MiB of the same singular sub-message: the core's merge of them is quadratic."""
        once = field(5, field(1, b"x"))
        for path in (f"{CARD}/GetCard", f"{UPLOAD}/AppendChunk", "grpc.reflection.v1.ServerReflection/ServerReflectionInfo"):
            self.refusal((EXHAUSTED, INVALID), path, once * ((2 << 20) // len(once)))
        # The most that a method takes, so that the pre-scan itself has to say no.
        self.refusal((EXHAUSTED, INVALID), "grpc.reflection.v1.ServerReflection/ServerReflectionInfo", once * (1000 // len(once)))
        self.refusal((EXHAUSTED, INVALID), f"{UPLOAD}/AppendChunk", field(99, b"") * (200_000 // 3))

    def test_text(self):
        for text in (b"card_\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"card_\0" + b"0" * 26, b"\0"):
            error = self.refusal(INVALID, f"{CARD}/GetCard", field(1, text))
            self.assertIn(reason(error), ("INVALID_FIELD", "MALFORMED_REQUEST"))

    def test_garbage(self):
        for data in (b"\xff" * 500, b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x05abc", b"\x80" * 11, b"\x00\x00", b"\x0a" + bytes([0xFF] * 700)):
            self.refusal(INVALID, f"{CARD}/GetCard", data)

    def test_large(self):
        self.refusal(EXHAUSTED, f"{CARD}/GetCard", bytes(10 << 20))
        self.refusal(EXHAUSTED, f"{UPLOAD}/AppendChunk", field(3, bytes(10 << 20)))
        self.refusal(EXHAUSTED, f"{CARD}/GetCard", bytes(2000))

    def test_compression(self):
        """A bomb of 500 kB would unpack to 500 MB: compressed messages are not taken at all."""
        self.refusal(UNIMPLEMENTED, f"{CARD}/GetCard", bytes(100_000), compression=grpc.Compression.Gzip)
        bomb = zlib.compress(bytes(64 << 20), 9)
        with self.raw_connection() as raw:
            self.open_call(raw, 1, [(b"grpc-encoding", b"gzip")])
            raw.sendall(self.data_frames(1, b"\x01" + struct.pack(">I", len(bomb)) + bomb))
            self.drain(raw)

    # ---------------------------------------------------------------- below gRPC

    def raw_connection(self):
        context = ssl.create_default_context(cafile=self.server.ca)
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", self.server.port), timeout=5)
        raw = context.wrap_socket(plain, server_hostname="127.0.0.1")
        raw.sendall(PREFACE + frame(4, 0, 0, b""))
        return raw

    @staticmethod
    def open_call(raw, stream, extra=()):
        headers = [(b":method", b"POST"), (b":scheme", b"https"), (b":path", f"/{CARD}/GetCard".encode()), (b":authority", b"x"),
                   (b"te", b"trailers"), (b"content-type", b"application/grpc")] + list(extra)
        block = b"".join(b"\x00" + varint(len(key)) + key + varint(len(value)) + value for key, value in headers)
        raw.sendall(frame(1, 4, stream, block))

    @staticmethod
    def data_frames(stream, data):
        """As much as the first flow-control window lets through."""
        data = data[:65535]
        return b"".join(frame(0, 0, stream, data[at:at + 16384]) for at in range(0, len(data), 16384))

    @staticmethod
    def drain(raw, seconds=0.3):
        raw.settimeout(seconds)
        try:
            while raw.recv(65536):
                pass
        except (OSError, ssl.SSLError):
            pass

    def test_junk_frames(self):
        kinds = [frame(kind, flags, stream, os.urandom(size)) for kind in range(12) for flags in (0, 255) for stream in (0, 1, 7)
                 for size in (0, 5, 200)]
        for junk in kinds:
            with self.raw_connection() as raw:
                try:
                    self.open_call(raw, 1)
                    raw.sendall(junk)
                except OSError:
                    continue
        with self.raw_connection() as raw:
            try:
                raw.sendall(b"".join(kinds))
                self.drain(raw)
            except OSError:
                pass

    def test_junk_bytes(self):
        for size in (1, 100, 100_000):
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=5) as raw:
                try:
                    raw.sendall(os.urandom(size))
                    self.drain(raw)
                except OSError:
                    pass
            with self.raw_connection() as raw:
                try:
                    raw.sendall(os.urandom(size))
                    self.drain(raw)
                except OSError:
                    pass

    def test_half_open_connections(self):
        """Connections that say nothing do not keep honest ones out."""
        alone = self.connecting_seconds()
        silent = [socket.create_connection(("127.0.0.1", self.server.port), timeout=5) for _ in range(200)]
        # A new connection: handshake and all, beside one made while nobody was silent.
        self.assertLess(self.connecting_seconds(), 2 + SLOWER_THAN_HONEST * alone)
        for raw in silent:
            raw.close()

    def connecting_seconds(self):
        began = time.monotonic()
        with self.server.client(self.token) as client:
            client.call(f"{CARD}/GetCard")
        return time.monotonic() - began

    def test_cancelled_calls(self):
        """Streams opened and reset at once leave nothing behind."""
        after = []
        for _ in range(ROUNDS):
            with self.raw_connection() as raw:
                try:
                    for number in range(ROUND_CALLS):
                        stream = 2 * number + 1
                        self.open_call(raw, stream)
                        raw.sendall(frame(3, 0, stream, struct.pack(">I", 8)))
                except OSError:
                    pass
                self.drain(raw)
            after.append(self.server.rss_bytes())
        # A round that happens to keep more calls open at one time than those before fills the core's and our own pools further, which is the
        # machine's doing.  What is left behind is left behind by every round: 512 bytes of a call would be found.
        if not SANITIZED:
            self.assertLess(min(later - earlier for earlier, later in zip(after[1:], after[2:])), ROUND_CALLS * 512)
        self.before = after[-1]

    def test_headers(self):
        with self.server.client("x" * 9000) as client:
            with self.assertRaises(grpc.RpcError):
                client.call(f"{CARD}/GetCard")
        many = [(f"x-{number}", "y" * 50) for number in range(300)]
        with self.server.client(self.token) as client:
            with self.assertRaises(grpc.RpcError):
                client.call(f"{CARD}/GetCard", metadata=many)

    def test_stream_of_nothing(self):
        """An upload stream may not be empty, nor name another's upload."""
        write = message("google.bytestream.WriteRequest")
        for requests in ([], [write()], [write(resource_name="uploads/upl_" + "a" * 26, data=b"x")], [write(resource_name="x" * 64)],
                         [write(resource_name="documents/doc_" + "0" * 26)]):
            error = self.refused((INVALID, grpc.StatusCode.NOT_FOUND), self.client.start, f"{STREAM}/Write", iter(requests))
            self.assertTrue(reason(error))


if __name__ == "__main__":
    unittest.main(verbosity=2)
