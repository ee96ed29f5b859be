#!/usr/bin/python3
"""Promise (SEC-F1, F2, D3): signed heads leave the machine; hayatctl and hayat-auditverify, which share no code, find the chain whole
after kill -9 and find what was changed; a member checks offline that no access was left out; a new data key is taken up by the
running server, everything moves to it while calls go on without a failure, and the old key can be destroyed."""
import os
import random
import signal
import threading
import time
import unittest

import grpc

from hayat_wire import SLACK, Member, Server, program, reason, request_id, run

CARD = "hayat.v1.CardService/GetCard"
DRAFT = "hayat.v1.LifeCertificateService/CreateLifeCertificate"
SIGN_OUT = "hayat.v1.SessionService/EndSession"
WHOLE, CHANGED = 0, 1


class Audit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(members=60)
        with open(cls.server.path("hayatd.conf"), "a", encoding="utf-8") as out:
            out.write(f"[audit]\nfile = {cls.server.path('heads')}\ninterval_seconds = 1\n")
        try:
            cls.auditor = cls.server.agent("auditor", "auditor")
            cls.server.start()
            cls.member = Member(cls.server)
            cls.token = cls.member.sign_in()
        except BaseException:
            print(cls.server.log_tail())
            cls.server.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def ctl(self, *words, check=True):
        return run(program("hayatctl"), *words, "--config", self.server.path("hayatd.conf"), check=check)

    def public_key(self):
        return self.ctl("audit", "export-key").stdout.decode().split()[-1]

    def act(self, times=1):
        """Audited writes: drafts, and what comes of them."""
        with self.server.client(self.token) as client:
            for _ in range(times):
                try:
                    client.call(DRAFT, request_id=request_id(), route=1)
                except grpc.RpcError as error:
                    if reason(error) != "CERTIFICATE_LIMIT":
                        raise

    def wait(self, what, ready, seconds=20):
        until = time.monotonic() + seconds * SLACK
        while not ready():
            self.assertLess(time.monotonic(), until, f"{what}\n{self.server.log_tail()}")
            time.sleep(0.1)

    def counts(self):
        """(entries, exported)"""
        words = self.ctl("audit", "head").stdout.decode().split()
        return int(words[1]), int(words[3])

    def all_exported(self):
        self.act()
        self.wait("heads are not exported", lambda: self.counts()[0] == self.counts()[1] > 0)

    def verify_both(self, export, heads, key=None):
        return run(program("hayat-auditverify"), key or self.public_key(), export, heads, check=False).returncode

    def fresh(self, name):
        path = self.server.path(name)
        if os.path.exists(path):
            os.unlink(path)
        return path

    def test_1_the_chain_is_whole_and_leaves_the_machine(self):
        self.act(3)
        self.all_exported()
        heads, export = self.server.path("heads"), self.fresh("export")
        self.assertEqual(self.ctl("audit", "verify", "--heads", heads).returncode, 0)
        self.ctl("audit", "export", export)
        self.assertEqual(self.verify_both(export, heads), WHOLE)
        self.assertEqual(self.verify_both(export, heads, "00" * 32), CHANGED)
        with self.server.client_as("auditor") as auditor:
            head = auditor.call("hayat.backoffice.v1.AuditService/GetHead")
            self.assertEqual(head.public_key.hex(), self.public_key())
            checked = auditor.call("hayat.backoffice.v1.AuditService/VerifyRange", first_sequence=1,
                                   last_sequence=min(head.entry_count, 256))
            self.assertEqual((checked.fault, checked.entry_count), (0, min(head.entry_count, 256)))

    def test_2_what_was_changed_is_found(self):
        self.all_exported()
        heads, export = self.server.path("heads"), self.fresh("export")
        self.ctl("audit", "export", export)
        with open(export, encoding="ascii") as file:
            lines = file.readlines()
        last, rng = len(lines) - 1, random.Random(7)  # the first line and the last are no entries

        def flip(i):
            line = lines[i]
            at = rng.randrange(6, len(line) - 1)
            digit = "0123456789abcdef".replace(line[at], "")[rng.randrange(15)]
            return lines[:i] + [line[:at] + digit + line[at + 1:]] + lines[i + 1:]

        kinds = {"flip": flip, "delete": lambda i: lines[:i] + lines[i + 1:], "repeat": lambda i: lines[:i + 1] + lines[i:],
                 "swap": lambda i: lines[:i] + [lines[i + 1], lines[i]] + lines[i + 2:] if i + 1 < last else lines[:i] + lines[last:],
                 "truncate": lambda i: lines[:i], "truncate before the last head": lambda i: lines[:i] + lines[last:]}
        for i in sorted(rng.sample(range(1, last), min(6, last - 1))):
            for kind, change in kinds.items():
                with open(self.server.path("changed"), "w", encoding="ascii") as out:
                    out.writelines(change(i))
                self.assertEqual(self.verify_both(self.server.path("changed"), heads), CHANGED, f"{kind} at {i}")

    def test_3_members_check_for_themselves(self):
        self.all_exported()
        key = self.public_key()
        listed = self.member.hayat("accesses", "--lang", "fr").stdout.decode()
        self.assertIn("CreateLifeCertificate", listed)
        self.assertIn("vous", listed)
        proven = self.member.hayat("accesses", "--verify", "--key-hex", key, "--lang", "en").stdout.decode()
        self.assertRegex(proven, r"Proven complete and unchanged: [1-9]")
        wrong = self.member.hayat("accesses", "--verify", "--key-hex", "00" * 32, check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn(b"ACCESS_PROOF_INVALID", wrong.stderr)
        self.assertEqual(self.member.hayat("accesses", "--verify", check=False).returncode, 2)

    def test_4_after_a_kill_the_chain_is_whole(self):
        for _ in range(3):
            writers = [threading.Thread(target=self.write_until_it_breaks) for _ in range(4)]
            for writer in writers:
                writer.start()
            time.sleep(0.3)
            self.server.kill()
            for writer in writers:
                writer.join()
            self.ctl("audit", "verify", "--heads", self.server.path("heads"))
            self.server.start()

    def write_until_it_breaks(self):
        """Sign-ins are audited, and there is no end to them."""
        while self.member.hayat("sign-in", "--device", self.member.device, "--server", self.server.address, "--ca", self.server.ca,
                                "--give-up-after", "1", check=False).returncode == 0:
            pass

    def test_5_a_new_key_under_load(self):
        self.token = self.member.sign_in()
        failed, done, stop = [], [], threading.Event()

        def read():
            with self.server.client(self.token) as client:
                while not stop.is_set():
                    try:
                        client.call(CARD)
                        done.append(1)
                        time.sleep(0.02)
                    except grpc.RpcError as error:
                        failed.append(error)

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        try:
            for domain in ("identity", "system", "session"):
                self.ctl("keys", "rotate", "--domain", domain)
                early = self.ctl("keys", "retire", "--domain", domain, "--epoch", "1", check=False)
                self.assertEqual(early.returncode, 1, early.stderr)
                self.server.process.send_signal(signal.SIGHUP)
                self.wait(f"{domain} is not sealed anew", lambda name=domain: any(
                    line.startswith(name) and "all of them" in line
                    for line in self.ctl("keys", "status").stdout.decode().splitlines()), 60)
                self.ctl("keys", "retire", "--domain", domain, "--epoch", "1")
        finally:
            stop.set()
            for reader in readers:
                reader.join()
        self.assertEqual(failed, [])
        self.assertGreater(len(done), 10)
        self.ctl("db", "check")
        self.assertEqual(self.server.terminate()[0], 0)
        self.server.start()
        with self.server.client(self.token) as client:
            client.call(CARD)
        self.ctl("audit", "verify", "--heads", self.server.path("heads"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
