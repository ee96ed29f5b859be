#!/usr/bin/python3
"""Promise: uploads survive whatever lines and machines do.  Over a line that delays, loses and cuts, to a server that is killed again and
again, with calls doubled and out of order and writers that take over from each other, every file arrives identical; at most one chunk is
sent again for each break; none is stuck; a new writer is let in in less than a second.

    HAYAT_UPLOAD_CHAOS=1000 ctest --preset dev -R wire.upload_chaos -V                             the whole of it, about a quarter of an hour
    HAYAT_UPLOAD_CHAOS=1000 tests/wire/lossy 0.02 ctest --preset dev -R wire.upload_chaos -V       the same while the kernel loses packets (root)
"""
import collections
import hashlib
import math
import os
import random
import threading
import time
import unittest
from concurrent import futures

import grpc
from chaos import Killer
from hayat_wire import Client, Member, Server, details, devices_of, enum, message, pension_numbers, program, reason, request_id, run
from rough_line import RoughLine

UPLOADS = int(os.environ.get("HAYAT_UPLOAD_CHAOS", "24"))
SEED = int(os.environ.get("HAYAT_CHAOS_SEED", str(random.randrange(1 << 30))))
WHOLE = UPLOADS >= 200
UPLOAD, CERTIFICATE, STREAM = "hayat.v1.UploadService", "hayat.v1.LifeCertificateService", "google.bytestream.ByteStream"
OTHER = enum("hayat.v1.DocumentItem.DOCUMENT_ITEM_OTHER")
CHUNK = 65475  # what the server keeps in one piece
SMALLEST, LARGEST = 100_000, 5_000_000 if WHOLE else 600_000
PER_MEMBER = 10 if WHOLE else 4  # documents of one certificate: LIMIT_DOCUMENTS_PER_CERTIFICATE
THREADS = 40 if WHOLE else 6
# The line: half a second there and back.  Loss as stalls; or as real packets, by tests/wire/lossy.
REAL_LOSS = bool(os.environ.get("HAYAT_LOSSY"))
LINE = {"delay_ms": 500 if WHOLE else 20, "loss": 0.0 if REAL_LOSS else 0.02, "stall_ms": 500 if WHOLE else 20,
        "mean_bytes": 600_000 if WHOLE else 250_000}
BETWEEN_KILLS = (5, 15) if WHOLE else (0.8, 2.0)
CALL_SECONDS = 20 if WHOLE else 5
STUCK_SECONDS = 600 if WHOLE else 60  # nothing achieved for so long
BROKEN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED)
WRITE = message("google.bytestream.WriteRequest")


def pensioners(server):
    numbers = pension_numbers(server)
    wanted = math.ceil(UPLOADS / PER_MEMBER)
    assert len(numbers) >= wanted, f"{len(numbers)} pensioners, {wanted} wanted"
    return devices_of(numbers[:wanted])


class Counts:
    """What happened, of all threads together."""

    def __init__(self):
        self.lock = threading.Lock()
        self.of = collections.Counter()
        self.takeovers = []

    def add(self, **what):
        with self.lock:
            self.of.update(what)

    def took_over(self, seconds):
        with self.lock:
            self.takeovers.append(seconds)


class Uploader:
    """One member's files, one after the other."""

    def __init__(self, test, token, seed):
        self.test, self.token, self.random = test, token, random.Random(seed)
        self.line = self.direct = None
        self.breaks = self.upsets = self.again = 0  # of the upload under way; upsets are of our own making
        self.alive = time.monotonic()

    # ------------------------------------------------------------ calls

    def connection(self):
        if self.line is None:
            self.line = Client(self.test.line.address, self.test.server.ca, self.token,
                               [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 1000)])
        return self.line

    def straight(self):
        """Past the line, for what is measured."""
        if self.direct is None:
            self.direct = Client(self.test.server.address, self.test.server.ca, self.token,
                                 [("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 200)])
        return self.direct

    def broken(self, error):
        """Counts a break and gets ready for another try.  Anything else is a failure."""
        waiting = error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED and "RetryInfo" in details(error)
        torn = error.code() in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN) and reason(error) is None
        if not (waiting or torn or error.code() in BROKEN):
            raise error
        if time.monotonic() - self.alive > STUCK_SECONDS:
            raise AssertionError(f"stuck: {error}")
        if waiting:
            time.sleep(0.5)
            return
        if self.line is not None:
            self.line.close()
            self.line = None
        self.breaks += 1
        time.sleep(self.random.uniform(0.05, 0.3))

    def call(self, path, **fields):
        while True:
            try:
                reply = self.connection().call(path, timeout=CALL_SECONDS, **fields)
                self.alive = time.monotonic()
                return reply
            except grpc.RpcError as error:
                self.broken(error)

    def committed(self, upload):
        return self.call(f"{UPLOAD}/GetUpload", upload_id=upload).upload

    # ------------------------------------------------------------ AppendChunk, with calls doubled and out of order

    def append(self, upload, data, offset, connection=None):
        chunk = data[offset:offset + CHUNK - offset % CHUNK]
        path = f"{UPLOAD}/AppendChunk"
        request = message("hayat.v1.AppendChunkRequest")(upload_id=upload, offset=offset, data=chunk,
                                                         finish=offset + len(chunk) == len(data))
        return len(chunk), (connection or self.connection())._callable(path).future(  # pylint: disable=protected-access
            request, timeout=CALL_SECONDS, metadata=self.connection().metadata())

    def mischief(self, upload, data, offset):
        """A call that a network delivers twice, late or early.  It may go any way but change what is there."""
        kind = self.random.choice(("twice", "late", "early"))
        at = {"twice": offset, "late": max(0, offset - 3 * CHUNK) // CHUNK * CHUNK, "early": (offset // CHUNK + 2) * CHUNK}[kind]
        if at >= len(data) or (kind == "late" and at >= offset):
            return None
        self.test.counts.add(**{kind: 1})
        return self.append(upload, data, at)[1]

    def by_chunks(self, upload, data):
        offset = 0
        while offset < len(data):
            other = self.mischief(upload, data, offset) if self.random.random() < 0.1 else None
            size, answer = self.append(upload, data, offset)
            try:
                reply = answer.result()
                assert reply.upload.committed_size >= offset + size, "acknowledged, but not committed"
                offset, self.alive = offset + size, time.monotonic()
            except grpc.RpcError as error:
                # A doubled finish that overtook its twin finds the upload under another writer's hand.
                if reason(error) in ("UPLOAD_TAKEN_OVER", "UPLOAD_OFFSET_MISMATCH"):
                    self.upsets += 1
                else:
                    self.broken(error)
                now = self.committed(upload)
                assert now.committed_size >= offset, f"acknowledged {offset}, but {now.committed_size} are on disk"
                self.again += max(0, offset + size - now.committed_size)
                complete = now.state == enum("hayat.v1.UploadState.UPLOAD_STATE_COMPLETE")
                offset = now.committed_size
                if offset == len(data) and not complete:
                    self.finish(upload, data)
            if other is not None:
                other.exception()  # waits, at most for its own deadline

    def finish(self, upload, data):
        """All bytes are on disk; the answer to the last call was lost."""
        while True:
            try:
                self.connection().call(f"{UPLOAD}/AppendChunk", timeout=CALL_SECONDS, upload_id=upload, offset=len(data), finish=True)
                self.alive = time.monotonic()
                return
            except grpc.RpcError as error:
                if reason(error) != "UPLOAD_TAKEN_OVER":
                    self.broken(error)

    # ------------------------------------------------------------ ByteStream.Write, never more than a chunk ahead of the disk

    def pieces(self, upload, data, start, sent):
        """Yields the next chunk when the one before is on disk; SENT[0] is how far it got."""
        name = f"uploads/{upload}"
        asking = Client(self.test.line.address, self.test.server.ca, self.token)
        try:
            offset = on_disk = start
            while True:
                piece = data[offset:offset + CHUNK - offset % CHUNK]
                sent[0] = offset + len(piece)
                yield WRITE(resource_name=name, write_offset=offset, data=piece, finish_write=sent[0] == len(data))
                offset = sent[0]
                if offset == len(data):
                    return
                while on_disk < offset:  # a full chunk is committed at once
                    on_disk = asking.call(f"{STREAM}/QueryWriteStatus", timeout=CALL_SECONDS, resource_name=name).committed_size
                    self.alive = time.monotonic() if on_disk >= offset else self.alive
        except grpc.RpcError:
            return  # the stream ends without its finish, and the next one goes on
        finally:
            asking.close()

    def by_stream(self, upload, data):
        taken_over = self.random.random() < 0.5
        while True:
            status = self.call(f"{STREAM}/QueryWriteStatus", resource_name=f"uploads/{upload}")
            if status.complete:
                return
            sent = [status.committed_size]
            if taken_over and status.committed_size > CHUNK:
                taken_over = False
                self.take_over(upload, data, status.committed_size)
                continue
            try:
                self.connection().start(f"{STREAM}/Write", self.pieces(upload, data, status.committed_size, sent), timeout=300)
                self.alive = time.monotonic()
            except grpc.RpcError as error:
                if reason(error) in ("UPLOAD_OFFSET_MISMATCH", "UPLOAD_TAKEN_OVER"):
                    self.upsets += 1
                else:
                    self.broken(error)
            on_disk = self.call(f"{STREAM}/QueryWriteStatus", resource_name=f"uploads/{upload}").committed_size
            self.again += max(0, sent[0] - on_disk)

    def take_over(self, upload, data, start):
        """A stream holds the upload over the line and says nothing more; another comes straight and must get in at once."""
        name, let_go = f"uploads/{upload}", threading.Event()

        def held():
            yield WRITE(resource_name=name, write_offset=start, data=data[start:start + 1000])
            let_go.wait(CALL_SECONDS)

        def fresh(at, piece):
            yield WRITE(resource_name=name, write_offset=at, data=piece)

        old = self.connection()._callable(f"{STREAM}/Write").future(held(), timeout=CALL_SECONDS,  # pylint: disable=protected-access
                                                                    metadata=self.connection().metadata())
        try:
            time.sleep(2 * LINE["delay_ms"] / 1000 + 0.2)
            # A handshake whose first packet is lost waits a second for TCP to send it again: that is the line's time, not the server's.
            grpc.channel_ready_future(self.straight().channel).result(CALL_SECONDS)
            kills, began = self.test.killer.kills, time.monotonic()
            at = self.straight().call(f"{STREAM}/QueryWriteStatus", timeout=5, resource_name=name).committed_size
            piece = data[at:at + CHUNK - at % CHUNK]
            size = self.straight().start(f"{STREAM}/Write", fresh(at, piece), timeout=5).committed_size
            if kills == self.test.killer.kills:
                self.test.counts.took_over(time.monotonic() - began)
            else:
                self.test.counts.add(takeovers_broken_by_kills=1)
            assert size == at + len(piece)
        except grpc.RpcError as error:
            self.test.counts.add(takeovers_broken_by_kills=1)
            if reason(error) not in ("UPLOAD_OFFSET_MISMATCH", "UPLOAD_TAKEN_OVER"):
                self.broken(error)
        let_go.set()
        try:
            old.result()
        except grpc.RpcError:
            pass
        if self.committed(upload).committed_size == len(data):
            self.finish(upload, data)

    # ------------------------------------------------------------ whole files

    def upload(self, draft, number):
        size = int(math.exp(self.random.uniform(math.log(SMALLEST), math.log(LARGEST))))
        data = b"%PDF-1.7\n" + self.random.randbytes(size - 9)
        digest = hashlib.sha256(data).digest()
        self.breaks = self.upsets = self.again = 0
        upload = self.call(f"{UPLOAD}/CreateUpload", request_id=request_id(), life_certificate_id=draft, item=OTHER,
                           media_type="application/pdf", size_bytes=len(data), sha256=digest).upload.upload_id
        (self.by_stream if number % 2 else self.by_chunks)(upload, data)
        self.check(upload, data, digest)
        most = CHUNK * (self.breaks + self.upsets)
        assert self.again <= most, f"{self.again} bytes sent again for {self.breaks} breaks"
        self.test.counts.add(uploads=1, bytes=len(data), breaks=self.breaks, bytes_again=self.again)

    def check(self, upload, data, digest):
        """Reads it back past the line: the very same bytes."""
        read = message("google.bytestream.ReadRequest")(resource_name=f"documents/doc_{upload[4:]}")
        while True:
            try:
                found = b"".join(reply.data for reply in self.straight().start(f"{STREAM}/Read", read, timeout=60))
                break
            except grpc.RpcError as error:
                self.broken(error)
        assert hashlib.sha256(found).digest() == digest and found == data, "another file than was sent"
        self.alive = time.monotonic()

    def run(self, count):
        draft = self.call(f"{CERTIFICATE}/CreateLifeCertificate", request_id=request_id(), route=1).life_certificate.life_certificate_id
        for number in range(count):
            self.upload(draft, number)
        self.line = self.line and self.line.close()
        self.direct = self.direct and self.direct.close()


class UploadChaos(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}, {UPLOADS} uploads, line {LINE}{', real loss' if REAL_LOSS else ''}", flush=True)
        self.counts = Counts()
        self.server = Server(members=1200 if WHOLE else 200, enrolled=pensioners)
        self.server.start()
        self.addCleanup(self.server.stop)
        self.line = RoughLine(self.server.port, seed=SEED, **LINE)
        self.addCleanup(self.line.close)

    def test_upload_chaos(self):
        names = [f"member{number}" for number in range(math.ceil(UPLOADS / PER_MEMBER))]
        tokens = [Member(self.server, name).sign_in() for name in names]
        self.killer = killer = Killer(self.server, SEED, BETWEEN_KILLS)
        killer.start()
        began = time.monotonic()
        with futures.ThreadPoolExecutor(THREADS) as pool:
            runs = [pool.submit(Uploader(self, token, f"{SEED}-{number}").run, min(PER_MEMBER, UPLOADS - number * PER_MEMBER))
                    for number, token in enumerate(tokens)]
            failed = [str(done.exception()) for done in futures.as_completed(runs) if done.exception() is not None]
        seconds = time.monotonic() - began
        killer.stop()
        line, of = self.line.close(), self.counts.of
        takeovers = sorted(self.counts.takeovers)
        print(f"{of['uploads']} uploads identical, {of['bytes'] / 1e6:.0f} MB in {seconds:.0f} s; {line['cuts']} cuts, {line['stalls']} stalls, "
              f"{killer.kills} kills, {of['breaks']} broken calls; calls doubled {of['twice']}, late {of['late']}, early {of['early']}; "
              f"{of['bytes_again']} bytes sent again, {of['bytes_again'] / max(1, of['breaks']):.0f} for each break; "
              f"{line['up_bytes'] / max(1, of['bytes']):.2f} bytes on the line for each of a file", flush=True)
        if takeovers:
            print(f"take-overs: {len(takeovers)}, median {takeovers[len(takeovers) // 2]:.3f} s, longest {takeovers[-1]:.3f} s, "
                  f"{sum(seconds >= 1 for seconds in takeovers)} of a second or more; "
                  f"{of['takeovers_broken_by_kills']} met a kill", flush=True)
            self.assertLess(takeovers[len(takeovers) // 2], 1)
        self.assertEqual(failed, [])
        self.assertEqual(of["uploads"], UPLOADS)
        run(program("hayatctl"), "health", "--server", self.server.address, "--ca", self.server.ca, check=False)
        code, _ = self.server.terminate()
        self.assertEqual(code, 0)
        run(program("hayatctl"), "db", "check", "--config", self.server.path("hayatd.conf"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
