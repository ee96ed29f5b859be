#!/usr/bin/python3
"""Promise: no caller holds all of the server, by streams that last, requests that never end or replies that are not
taken; meanwhile others sign in and read, and the memory that is held is bounded.
"""
import hashlib
import socket
import ssl
import struct
import time
import unittest

import grpc
from hayat_wire import SANITIZED, Member, WireTest, enum, message, pdf, reason, request_id

CARD, UPLOAD, STREAM = "hayat.v1.CardService", "hayat.v1.UploadService", "google.bytestream.ByteStream"
WATCH = message("grpc.health.v1.HealthCheckRequest")
PER_CONNECTION = 30
LIMIT_STREAMS = 16


class Hold(WireTest):
    enrolled = staticmethod(lambda server: {
        "demo": server.hero(),
        **{f"one{count}": row["registration_number"] for count, row in enumerate(server.table("pensions")[:4])},
        "other": server.table("members")[-1]["registration_number"]})

    def honest(self):
        """Somebody else signs in and reads, at once."""
        began = time.monotonic()
        with self.server.client(Member(self.server, "other").sign_in()) as client:
            self.assertTrue(client.call(f"{CARD}/GetCard").card.card_id)
        self.assertLess(time.monotonic() - began, 5)

    def start_many(self, count, token, start):
        """COUNT calls over as many connections as they need."""
        calls = []
        for at in range(count):
            if at % PER_CONNECTION == 0:
                client = self.server.client(token)
                self.addCleanup(client.close)
            calls.append(start(client))
        return calls

    def test_watchers(self):
        """Anonymous, an hour each: one network has a few, and still signs in."""
        calls = self.start_many(300, None, lambda client: client.start("grpc.health.v1.Health/Watch", WATCH(), timeout=60))
        began = 0
        for call in calls:
            try:
                self.assertEqual(next(call).status, 1)
                began += 1
            except grpc.RpcError as error:
                self.assertEqual(reason(error), "RATE_LIMITED")
        self.assertEqual(began, LIMIT_STREAMS)
        self.assertEqual(self.anonymous.call("grpc.health.v1.Health/Check").status, 1)
        self.honest()
        for call in calls:
            call.cancel()
        deadline = time.monotonic() + 10
        while True:  # what was given back is there again
            watch = self.anonymous.start("grpc.health.v1.Health/Watch", WATCH(), timeout=10)
            try:
                self.assertEqual(next(watch).status, 1)
                break
            except grpc.RpcError:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
        watch.cancel()

    def upload_of(self, client, data):
        certificate = client.call("hayat.v1.LifeCertificateService/CreateLifeCertificate", request_id=request_id(),
                                  route=enum("hayat.v1.ProofRoute.PROOF_ROUTE_AUTHORITY_FORM")).life_certificate
        return client.call(f"{UPLOAD}/CreateUpload", request_id=request_id(), life_certificate_id=certificate.life_certificate_id,
                           item=enum("hayat.v1.DocumentItem.DOCUMENT_ITEM_FORM"), media_type="application/pdf",
                           size_bytes=len(data), sha256=hashlib.sha256(data).digest()).upload.upload_id

    def test_uploads_that_pause(self):
        """A member opens upload streams, sends a message on each and stops there."""
        token = Member(self.server, "one0").sign_in()
        data = pdf(1 << 20)
        write = message("google.bytestream.WriteRequest")
        with self.server.client(token) as client:
            upload = self.upload_of(client, data)
        self.honest()
        before = self.server.rss_bytes()

        def pause():
            yield write(resource_name=f"uploads/{upload}", data=data[:60_000])  # less than is committed
            time.sleep(8)

        calls = self.start_many(100, token, lambda client: client._callable(f"{STREAM}/Write").future(
            pause(), timeout=30, metadata=client.metadata()))
        time.sleep(2)
        growth = self.server.rss_bytes() - before
        refused = [call for call in calls if call.done() and reason(call.exception()) == "RATE_LIMITED"]
        self.assertGreaterEqual(len(refused), 100 - LIMIT_STREAMS)
        if not SANITIZED:
            self.assertLess(growth, 24 << 20, "a member pins much")
        self.honest()
        for call in calls:
            call.cancel()

    def raw_connection(self):
        context = ssl.create_default_context(cafile=self.server.ca)
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", self.server.port), timeout=5)
        raw = context.wrap_socket(plain, server_hostname="127.0.0.1")
        # The peer takes nothing: windows of no bytes.
        settings = struct.pack(">HI", 4, 0)
        raw.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\x06\x04\0\0\0\0\0" + settings)
        self.addCleanup(raw.close)
        return raw

    @staticmethod
    def headers(stream, path, token):
        fields = [(b":method", b"POST"), (b":scheme", b"https"), (b":path", path.encode()), (b":authority", b"x"),
                  (b"te", b"trailers"), (b"content-type", b"application/grpc"), (b"authorization", b"Bearer " + token.encode())]
        block = b"".join(b"\0" + bytes([len(key)]) + key + bytes([len(value)]) + value for key, value in fields)
        return struct.pack(">I", len(block))[1:] + b"\x01\x04" + struct.pack(">I", stream) + block

    @staticmethod
    def empty_message(stream):
        return b"\0\0\x05\0\x01" + struct.pack(">I", stream) + bytes(5)

    def test_replies_not_taken(self):
        """Calls whose replies are never taken end at their deadline and are counted until then."""
        token = Member(self.server, "one1").sign_in()
        before = self.server.rss_bytes()
        for _ in range(10):
            raw = self.raw_connection()
            for number in range(PER_CONNECTION):
                stream = 2 * number + 1
                raw.sendall(self.headers(stream, f"/{CARD}/ListCards", token) + self.empty_message(stream))
        time.sleep(1)
        with self.server.client(token) as client:
            error = self.refused(grpc.StatusCode.RESOURCE_EXHAUSTED, client.call, f"{CARD}/GetCard")
            self.assertEqual(reason(error), "RATE_LIMITED")
        self.honest()
        if not SANITIZED:
            self.assertLess(self.server.rss_bytes() - before, 16 << 20)
        time.sleep(15)  # the deadline
        with self.server.client(token) as client:
            self.assertTrue(client.call(f"{CARD}/GetCard").card.card_id)

    def test_requests_that_never_end(self):
        """Headers without a message: answered at the deadline, counted until then."""
        token = Member(self.server, "one2").sign_in()
        raws = [self.raw_connection() for _ in range(8)]
        for raw in raws:
            for number in range(PER_CONNECTION):
                raw.sendall(self.headers(2 * number + 1, f"/{CARD}/GetCard", token))
        time.sleep(0.5)
        with self.server.client(token) as client:
            error = self.refused(grpc.StatusCode.RESOURCE_EXHAUSTED, client.call, f"{CARD}/GetCard")
            self.assertEqual(reason(error), "RATE_LIMITED")
        self.honest()


if __name__ == "__main__":
    unittest.main(verbosity=2)
