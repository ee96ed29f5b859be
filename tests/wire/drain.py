#!/usr/bin/python3
"""Promise: SIGTERM ends every call well or refuses it cleanly, a restart is ready in under 2 s (SEC-G3), and a renewed
certificate is served without a restart.
"""
import hashlib
import os
import shutil
import signal
import socket
import ssl
import threading
import time
import unittest

import grpc
from hayat_wire import SLACK, WireTest, enum, message, pdf, program, request_id, reason, run

CARD, STREAM = "hayat.v1.CardService", "google.bytestream.ByteStream"


class Callers:
    """Threads that call GetCard over and over and keep what became of each call."""

    def __init__(self, test, count):
        self.test, self.done, self.errors, self.stopping = test, 0, [], threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._call, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def _call(self):
        with self.test.server.client(self.test.token) as client:
            while not self.stopping.is_set():
                try:
                    client.call(f"{CARD}/GetCard", timeout=10)
                    with self.lock:
                        self.done += 1
                    time.sleep(0.02)  # within what a member may call
                except grpc.RpcError as error:
                    with self.lock:
                        self.errors.append((error.code(), reason(error), error.details()))
                    return

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(15)


class Drain(WireTest):
    def upload(self, data):
        draft = self.client.call("hayat.v1.LifeCertificateService/CreateLifeCertificate", request_id=request_id(), route=1)
        return self.client.call("hayat.v1.UploadService/CreateUpload", request_id=request_id(),
                                life_certificate_id=draft.life_certificate.life_certificate_id,
                                item=enum("hayat.v1.DocumentItem.DOCUMENT_ITEM_FORM"), media_type="application/pdf",
                                size_bytes=len(data), sha256=hashlib.sha256(data).digest()).upload.upload_id

    def test_1_drain(self):
        data = pdf(2_000_000)
        upload = self.upload(data)
        watch = self.anonymous.start("grpc.health.v1.Health/Watch", message("grpc.health.v1.HealthCheckRequest")(), timeout=60)
        self.assertEqual(next(watch).status, 1)
        slow = threading.Event()

        def requests():
            write = message("google.bytestream.WriteRequest")
            for at in range(0, len(data), 100_000):
                yield write(resource_name=f"uploads/{upload}", write_offset=at, data=data[at:at + 100_000],
                            finish_write=at + 100_000 >= len(data))
                slow.wait(0.1)
        writing = self.client._callable(f"{STREAM}/Write").future(requests(), metadata=self.client.metadata(), timeout=60)
        callers = Callers(self, 4)
        time.sleep(1)
        code, seconds = self.server.terminate()
        callers.stop()
        self.assertEqual(code, 0, self.server.log_tail())
        self.assertLess(seconds, 30)
        self.assertGreater(callers.done, 20)
        for status, why, text in callers.errors:
            # CANCELLED without a reason is the core's own word for a call that arrives in the instant it closes: nobody ran it.
            self.assertIn((status, why), ((grpc.StatusCode.UNAVAILABLE, "DRAINING"), (grpc.StatusCode.UNAVAILABLE, None),
                                          (grpc.StatusCode.CANCELLED, None)), text)
        try:
            acknowledged = writing.result(timeout=30).committed_size
        except grpc.RpcError as error:
            self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE, error.details())
            acknowledged = 0
        rest = []
        try:
            rest += [reply.status for reply in watch]
        except grpc.RpcError as error:
            self.assertIn(error.code(), (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED))
        self.assertTrue(set(rest) <= {1, 2}, "a watcher hears NOT_SERVING before the end")
        print(f" [{callers.done} calls, drained in {seconds:.2f} s]", end="", flush=True)

        ready = self.server.start()
        self.assertLess(ready, 2 * SLACK, "the restart takes too long")
        print(f" [ready in {ready:.2f} s]", end="", flush=True)
        # The session and what was acknowledged are still there.
        status = self.client.call(f"{STREAM}/QueryWriteStatus", resource_name=f"uploads/{upload}")
        self.assertGreaterEqual(status.committed_size, acknowledged)

    def test_2_kill(self):
        self.server.kill()
        ready = self.server.start()
        self.assertLess(ready, 2 * SLACK, "the restart after kill -9 takes too long")
        self.client.call(f"{CARD}/GetCard")

    def serial(self):
        context = ssl.create_default_context(cafile=self.server.ca)
        context.set_alpn_protocols(["h2"])
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=5) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                return secure.getpeercert()["serialNumber"]

    def test_3_certificate(self):
        """A new certificate by the same CA; connections that are open stay so."""
        old = self.serial()
        self.client.call(f"{CARD}/GetCard")
        fresh = self.server.path("tls-new")
        shutil.copytree(self.server.path("tls"), fresh)
        for name in ("key", "crt"):
            os.remove(os.path.join(fresh, f"server.{name}"))
        # Half of a pair does no harm.
        with open(self.server.path("tls/server.crt"), "rb") as file:
            kept = file.read()
        with open(self.server.path("tls/server.crt"), "wb") as out:
            out.write(kept[:300])
        self.assertEqual(self.serial(), old)
        self.sign(fresh)
        for name in ("key", "crt"):
            os.replace(os.path.join(fresh, f"server.{name}"), self.server.path(f"tls/server.{name}"))
        self.server.process.send_signal(signal.SIGHUP)
        for _ in range(50):
            if self.serial() != old:
                break
            time.sleep(0.1)
        self.assertNotEqual(self.serial(), old)
        self.client.call(f"{CARD}/GetCard")

    @staticmethod
    def sign(folder):
        """A server certificate as an operator makes one, with openssl."""
        at = lambda name: os.path.join(folder, name)  # noqa: E731
        with open(at("ext"), "w", encoding="ascii") as out:
            out.write("subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n")
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("server.key"),
            "-out", at("csr"), "-subj", "/CN=localhost")
        run("openssl", "x509", "-req", "-in", at("csr"), "-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-set_serial",
            "0x" + os.urandom(8).hex(), "-days", "30", "-extfile", at("ext"), "-out", at("server.crt"))
        os.chmod(at("server.key"), 0o600)

    def test_4_two_servers(self):
        """A second hayatd over the same store is refused (SEC-D4)."""
        done = run(program("hayatd"), "--config", self.server.path("hayatd.conf"), check=False, timeout=30)
        self.assertNotEqual(done.returncode, 0)
        self.client.call(f"{CARD}/GetCard")


if __name__ == "__main__":
    unittest.main(verbosity=2)
