#!/usr/bin/python3
"""Promise: whatever the line and the power do, a filed life certificate arrives whole, once, with a receipt (SEC-G1, G2).

A 5 MB PDF and a 3 MB JPEG go through a proxy that cuts the connection at random bytes, while hayatd is killed with
kill -9 at random moments.  Some certificates are filed by hayat, some by a client here that counts every byte it sends
again.  HAYAT_CHAOS_CUTS cuts in all (20), HAYAT_CHAOS_SEED repeats a run.
"""
import hashlib
import json
import os
import random
import time
import unittest

import grpc
from hayat_wire import (Background, Client, Member, Server, details, devices_of, enum, jpeg, message, pdf, pension_numbers, program, reason, request_id, run,
                        streaming)
from proxy import CuttingProxy

CUTS = int(os.environ.get("HAYAT_CHAOS_CUTS", "20"))
SEED = int(os.environ.get("HAYAT_CHAOS_SEED", str(random.SystemRandom().randrange(1 << 32))))
CERTIFICATE, UPLOAD, STREAM = "hayat.v1.LifeCertificateService", "hayat.v1.UploadService", "google.bytestream.ByteStream"
FORM = enum("hayat.v1.DocumentItem.DOCUMENT_ITEM_FORM")
IDENTITY = enum("hayat.v1.DocumentItem.DOCUMENT_ITEM_IDENTITY")
FILED = [enum(f"hayat.v1.LifeCertificateState.LIFE_CERTIFICATE_STATE_{state}") for state in ("SUBMITTED", "IN_REVIEW")]
PDF_BYTES, JPEG_BYTES, CHUNK = 5_000_000, 3_000_000, 262_144
# A certificate of 8 MB meets about so many cuts; a member may declare 60 MiB a day.
CUTS_PER_CERTIFICATE, CERTIFICATES_PER_MEMBER = 5, 6
MEMBERS = 2 + CUTS // (CUTS_PER_CERTIFICATE * CERTIFICATES_PER_MEMBER)
GIVE_UP_SECONDS = 60


def pensioners(server):
    """Devices of pensioners who may file now."""
    return devices_of(pension_numbers(server)[:MEMBERS])


class Killer(Background):
    """Kills and restarts the server at random moments, PAUSES seconds apart, until told to stop."""

    def __init__(self, server, seed, pauses=(0.1, 0.8)):
        super().__init__()
        self.server, self.random, self.pauses, self.kills = server, random.Random(seed), pauses, 0

    def work(self):
        while not self.stopping.wait(self.random.uniform(*self.pauses)):
            self.server.kill()
            self.kills += 1
            self.server.start()


class Filer:
    """Files one certificate through the proxy, by AppendChunk or by ByteStream.Write, and counts."""

    def __init__(self, server, proxy, token):
        self.server, self.proxy, self.token = server, proxy, token
        self.client = None
        self.sent = {}     # upload id: bytes handed to AppendChunk calls, whatever became of them
        self.attempts = 0  # calls that broke

    def connection(self):
        if self.client is None:
            self.client = Client(self.proxy.address, self.server.ca, self.token,
                                 [("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 300)])
        return self.client

    def again(self, error):
        """After a break: a new connection and another try.  Anything but a break is a failure."""
        broken = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED)
        waiting = error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED and "RetryInfo" in details(error)
        # A connection that breaks inside a frame shows as INTERNAL or UNKNOWN without details of ours.
        torn = error.code() in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN) and reason(error) is None
        if not (waiting or torn or error.code() in broken):
            raise error
        self.attempts += 1
        self.client.close()
        self.client = None
        time.sleep(0.5 if waiting else 0.05)

    def call(self, path, timeout=5, **fields):
        end = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                return self.connection().call(path, timeout=timeout, **fields)
            except grpc.RpcError as error:
                if time.monotonic() > end:
                    raise
                self.again(error)

    def declare(self, draft, item, media_type, data):
        return self.call(f"{UPLOAD}/CreateUpload", request_id=request_id(), life_certificate_id=draft, item=item,
                         media_type=media_type, size_bytes=len(data), sha256=hashlib.sha256(data).digest()).upload.upload_id

    def by_chunks(self, upload, data):
        """One chunk at a time; after a break, the same chunk again."""
        self.sent[upload], offset = 0, 0
        end = time.monotonic() + GIVE_UP_SECONDS
        while offset < len(data):
            chunk = data[offset:offset + CHUNK]
            self.sent[upload] += len(chunk)
            try:
                reply = self.connection().call(f"{UPLOAD}/AppendChunk", timeout=5, upload_id=upload, offset=offset, data=chunk,
                                               finish=offset + len(chunk) == len(data))
                assert reply.upload.committed_size >= offset + len(chunk), "acknowledged, but not committed"
                offset += len(chunk)
            except grpc.RpcError as error:
                if time.monotonic() > end:
                    raise
                self.again(error)
                # What was acknowledged is never asked for again.
                committed = self.call(f"{UPLOAD}/GetUpload", upload_id=upload).upload.committed_size
                assert committed >= offset, f"acknowledged {offset}, but {committed} are on disk"
                offset = max(offset, committed) if committed < len(data) else len(data)

    def by_stream(self, upload, data):
        end = time.monotonic() + GIVE_UP_SECONDS
        assert streaming(f"{STREAM}/Write")[0]
        while True:
            status = self.call(f"{STREAM}/QueryWriteStatus", resource_name=f"uploads/{upload}")
            if status.complete:
                return
            try:
                self.connection().start(f"{STREAM}/Write", self.requests(upload, data, status.committed_size), timeout=30)
            except grpc.RpcError as error:
                if time.monotonic() > end:
                    raise
                if reason(error) not in ("UPLOAD_COMPLETE", "UPLOAD_OFFSET_MISMATCH", "UPLOAD_TAKEN_OVER"):
                    self.again(error)

    @staticmethod
    def requests(upload, data, start):
        for at in range(start, len(data), CHUNK) if start < len(data) else [start]:
            yield message("google.bytestream.WriteRequest")(resource_name=f"uploads/{upload}", write_offset=at,
                                                            data=data[at:at + CHUNK], finish_write=at + CHUNK >= len(data))

    def file(self, form, photo):
        """The certificate's id."""
        draft = self.call(f"{CERTIFICATE}/CreateLifeCertificate", request_id=request_id(), route=1).life_certificate
        lc = draft.life_certificate_id
        self.by_chunks(self.declare(lc, FORM, "application/pdf", form), form)
        self.by_stream(self.declare(lc, IDENTITY, "image/jpeg", photo), photo)
        self.call(f"{CERTIFICATE}/SubmitLifeCertificate", request_id=request_id(), life_certificate_id=lc)
        return lc


class Chaos(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}, {CUTS} cuts", flush=True)
        self.server = Server(enrolled=pensioners)
        self.server.start()
        self.addCleanup(self.server.stop)
        self.killer = Killer(self.server, SEED)
        self.form, self.photo = pdf(PDF_BYTES), jpeg(JPEG_BYTES)
        for name, data in (("form.pdf", self.form), ("photo.jpg", self.photo)):
            with open(self.server.path(name), "wb") as out:
                out.write(data)
        self.key = self.server.receipt_key()

    def test_chaos(self):
        filed, mean = [], (PDF_BYTES + JPEG_BYTES) // CUTS_PER_CERTIFICATE
        proxy = CuttingProxy(self.server.port, CUTS, mean, SEED)
        self.addCleanup(proxy.close)
        resent, breaks = 0, 0
        # Signing in goes straight to the server, before anybody kills it.
        members = [Member(self.server, f"member{number}") for number in range(MEMBERS)]
        ready = [(member, member.sign_in()) for member in members]
        self.killer.start()
        self.addCleanup(self.tell)
        began = time.monotonic()
        while proxy.cuts_left > 0 or len(filed) < 2:
            member, token = ready[(len(filed) // 2) % len(ready)]
            if len(filed) % 2 == 0:
                filer, before = Filer(self.server, proxy, token), proxy.cuts_made
                filed.append((member, token, filer.file(self.form, self.photo)))
                again = sum(filer.sent.values()) - len(self.form)
                resent, breaks = resent + again, breaks + filer.attempts
                self.assertLessEqual(again, CHUNK * filer.attempts, "more than one chunk sent again per break")
                print(f"python: {proxy.cuts_made - before} cuts, {filer.attempts} broken calls, {again} bytes again", flush=True)
            else:
                filed.append((member, token, self.by_hayat(member, proxy)))
            self.assertLess(len(filed), 6 + 2 * CUTS, "the proxy does not cut")
        self.killer.stop()
        for member, token, certificate in filed:
            self.check(member, token, certificate)
        print(f"{len(filed)} certificates, {proxy.cuts_made} cuts, {self.killer.kills} kills, {breaks} broken calls, "
              f"{resent} bytes sent again by AppendChunk, {time.monotonic() - began:.0f} s", flush=True)
        run(program("hayatctl"), "db", "check", "--config", self.server.path("hayatd.conf"))

    def tell(self):
        """What went on, if it went wrong."""
        if self.killer.is_alive():
            self.killer.stopping.set()
            self.killer.join()
            print(f"{self.killer.kills} kills; {self.killer.failure}; the server's last words:\n{self.server.log_tail()}")

    def by_hayat(self, member, proxy):
        done = member.hayat("certificate", "file", "--form", self.server.path("form.pdf"), "--identity",
                            self.server.path("photo.jpg"), "--again", "--server", proxy.address, "--ca", self.server.ca, "--json",
                            "--give-up-after", str(GIVE_UP_SECONDS), timeout=600)
        shown = json.loads(done.stdout)
        certificate = shown.get("life_certificate", shown)
        print(f"hayat: {proxy.cuts_made} cuts so far", flush=True)
        return certificate["life_certificate_id"]

    def check(self, member, token, certificate):
        with self.server.client(token) as client:
            found = client.call(f"{CERTIFICATE}/GetLifeCertificate", life_certificate_id=certificate).life_certificate
            self.assertIn(found.state, FILED)
            self.assertEqual(len(found.documents), 2)
            for document in found.documents:
                request = message("google.bytestream.ReadRequest")(resource_name=f"documents/{document.document_id}")
                data = b"".join(reply.data for reply in client.start(f"{STREAM}/Read", request, timeout=60))
                self.assertEqual(hashlib.sha256(data).digest(), document.sha256)
                self.assertEqual(data, self.form if document.item == FORM else self.photo)
        receipt = self.server.path("receipt.json")
        with open(receipt, "wb") as out:
            out.write(member.hayat("receipt", "get", certificate, "--server", self.server.address).stdout)
        member.hayat("receipt", "verify", receipt, "--key-hex", self.key)


if __name__ == "__main__":
    unittest.main(verbosity=2)
