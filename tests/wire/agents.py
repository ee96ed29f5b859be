#!/usr/bin/python3
"""Promise (SEC-A5, A7): over real connections an agent is who holds the key of a registered certificate, and nobody becomes one by
metadata; a revocation counts for the next call on a connection that stays open; hayatctl does it on a live server, with a key made
here or a certificate request from elsewhere."""
import os
import subprocess
import unittest

import grpc

import hayat_wire
from hayat_wire import Member, Server, program, reason, run

LIST = "hayat.backoffice.v1.CallerService/ListCallers"
CARD = "hayat.v1.CardService/GetCard"
FIND = "hayat.backoffice.v1.AgencyService/FindMember"
COUNTER = "hayat.backoffice.v1.AgencyService/FindMemberAtCounter"


class Agents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(members=20)
        try:
            cls.boss = cls.server.agent("boss", "operator")
            cls.clerk = cls.server.agent("clerk", "agency")
            cls.watcher = cls.server.agent("watcher", "auditor")
            cls.voice = cls.server.agent("voice", "call_centre")
            cls.feed = cls.server.system("feed", "feed")
            cls.server.start()
            cls.token = Member(cls.server).sign_in()
        except BaseException:
            print(cls.server.log_tail())
            cls.server.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def refused(self, why, client, path, **named):
        with self.assertRaises(grpc.RpcError) as caught:
            client.call(path, **named)
        self.assertEqual(reason(caught.exception), why, caught.exception)

    def ctl(self, *words, check=True):
        return run(program("hayatctl"), *words, "--server", self.server.agents_address, "--ca", self.server.ca, "--cert",
                   self.server.path("boss.crt"), "--key", self.server.path("boss.key"), check=check)

    def add(self, name, role, *words):
        return self.ctl("agent", "add", "--ca-dir", self.server.path("tls"), "--name", f"Invented {name}", "--staff-number", "TEST-9",
                        "--email", "new@example.invalid", "--role", role, "--out", self.server.path(name), *words).stdout.decode().split()[0]

    def test_who_is_let_in(self):
        with self.server.client_as("boss") as boss, self.server.client_as("watcher") as clerk, self.server.client_as("feed") as feed:
            ids = {caller.caller_id for caller in boss.call(LIST, page_size=100).callers}
            self.assertLessEqual({self.boss, self.clerk, self.watcher, self.feed}, ids)
            clerk.call(LIST)
            self.refused("PERMISSION_DENIED", feed, LIST)
            self.refused("PERMISSION_DENIED", boss, CARD)
            clerk.call("grpc.health.v1.Health/Check")

    def test_no_metadata_makes_an_agent(self):
        with open(self.server.path("boss.crt"), encoding="ascii") as pem:
            one_line = pem.read().replace("\n", "%0A")
        forged = (("x-client-cert", one_line), ("x-forwarded-client-cert", one_line), ("x-ssl-client-cert", one_line))
        with self.server.client() as anybody, self.server.client(self.token) as member:
            self.refused("TOKEN_MISSING", anybody, LIST, metadata=forged)
            self.refused("PERMISSION_DENIED", member, LIST, metadata=forged)

    def test_a_certificate_is_no_member(self):
        with self.server.client_as("clerk", self.token) as both:
            self.refused("CREDENTIALS_MIXED", both, CARD)
            self.refused("CREDENTIALS_MIXED", both, LIST)

    def test_the_agents_listener_takes_no_strangers(self):
        """Neither without a certificate, nor with the server's own, nor with one of nobody's CA."""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=nobody",
                        "-keyout", self.server.path("nobody.key"), "-out", self.server.path("nobody.crt")], check=True, capture_output=True)
        strangers = [self.server.client(address=self.server.agents_address), self.server.client_as("nobody"),
                     self.server.client_as("tls/server")]
        for stranger in strangers:
            with stranger, self.assertRaises(grpc.RpcError) as caught:
                stranger.call("grpc.health.v1.Health/Check", timeout=3)
            self.assertIn(caught.exception.code(), (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED))

    def test_the_members_listener_asks_for_none(self):
        with self.server.client_as("boss", address=self.server.address) as boss:
            self.refused("TOKEN_MISSING", boss, LIST)

    def test_revoked_on_a_live_connection(self):
        name = self.add("fresh", "auditor")
        with self.server.client_as("fresh") as fresh:
            fresh.call(LIST)
            self.assertIn(b"revoked", self.ctl("agent", "revoke", name).stdout)
            self.refused("CERTIFICATE_UNKNOWN", fresh, LIST)
        shown = self.ctl("agent", "list").stdout.decode()
        self.assertRegex(shown, rf"{name}  auditor  until \d{{4}}-\d\d-\d\d  revoked \d{{4}}-\d\d-\d\d  Invented fresh  TEST-9")

    def test_a_key_that_stays_with_its_owner(self):
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=ignored",
                        "-keyout", self.server.path("own.key"), "-out", self.server.path("own.csr")], check=True, capture_output=True)
        name = self.add("own", "auditor", "--csr", self.server.path("own.csr"))
        with self.server.client_as("own") as own:
            own.call(LIST)
            out = self.server.path("renewed")
            self.ctl("agent", "renew", name, "--ca-dir", self.server.path("tls"), "--out", out)
            self.assertEqual(os.stat(out + ".key").st_mode & 0o777, 0o600)
            self.refused("CERTIFICATE_UNKNOWN", own, LIST)
        with self.server.client_as("renewed") as renewed:
            renewed.call(LIST)
        with open(self.server.path("own.csr"), "r+b") as request:
            text = bytearray(request.read())
            text[60] = text[60] ^ 1 if text[60] not in b"\n" else text[60]
            request.seek(0)
            request.write(text)
        self.assertNotEqual(self.ctl("agent", "add", "--ca-dir", self.server.path("tls"), "--name", "X", "--staff-number", "1", "--email",
                                     "x@example.invalid", "--role", "auditor", "--out", self.server.path("bad"), "--csr",
                                     self.server.path("own.csr"), check=False).returncode, 0)
        self.assertFalse(os.path.exists(self.server.path("bad.crt")))

    def test_find_member(self):
        """The call centre sees who it is, the counter what papers say; the member sees that somebody looked (SEC-A6, A7, F2)."""
        key = {"registration_number": self.server.hero()}
        why = {"purpose": "ACCESS_PURPOSE_COMPLAINT", "case_number": "R-17"}
        with self.server.client_as("voice") as voice, self.server.client_as("clerk") as clerk, self.server.client(self.token) as member:
            seen = voice.call(FIND, member=key, access=why).member
            self.assertEqual(seen.registration_number, self.server.hero())
            self.refused("PERMISSION_DENIED", voice, COUNTER, member=key, access=why)
            details = clerk.call(COUNTER, member=key, access=why).details
            holder = next(row for row in self.server.table("beneficiaries")
                          if row["registration_number"] == self.server.hero() and row["seq"] == "0")
            self.assertEqual(details.cine_number, holder["cine_number"])
            by_card = clerk.call(COUNTER, member={"cine_number": holder["cine_number"].lower()}, access=why)
            self.assertEqual(by_card.member.registration_number, self.server.hero())
            self.refused("NOT_FOUND", voice, FIND, member={"registration_number": "999999999"}, access=why)
            self.refused("INVALID_FIELD", voice, FIND, member=key)
            accesses = member.call("hayat.v1.PrivacyService/ListAccesses", page_size=100, others_only=True).accesses
            self.assertIn("complaint R-17", {access.purpose for access in accesses})

    def test_canary(self):
        """An auditor sets it on the live server; reading it looks like anything else and is a line of the log."""
        number = self.server.table("members")[-1]["registration_number"]
        auditor = ("--server", self.server.agents_address, "--ca", self.server.ca, "--cert", self.server.path("watcher.crt"), "--key",
                   self.server.path("watcher.key"))
        run(program("hayatctl"), "canary", "add", number, *auditor)
        with self.server.client_as("voice") as voice:
            voice.call(FIND, member={"registration_number": number}, access={"purpose": "ACCESS_PURPOSE_COMPLAINT"})
        self.assertIn(f"{number}  read 1 times, last by {self.voice}", run(program("hayatctl"), "canary", "list", *auditor).stdout.decode())
        self.assertIn("event=alarm alarm=canary_read", self.server.log_tail(20000))
        self.assertNotIn(number, self.server.log_tail(1000000))
        run(program("hayatctl"), "canary", "remove", number, *auditor)
        self.assertEqual(run(program("hayatctl"), "canary", "list", *auditor).stdout, b"")

    def test_only_operators_register(self):
        done = run(program("hayatctl"), "agent", "revoke", self.boss, "--server", self.server.agents_address, "--ca", self.server.ca,
                   "--cert", self.server.path("clerk.crt"), "--key", self.server.path("clerk.key"), check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"PERMISSION_DENIED", done.stderr)
        with self.server.client_as("boss") as boss:
            boss.call(LIST)


if __name__ == "__main__":
    hayat_wire.unittest.main()
