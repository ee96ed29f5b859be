#!/usr/bin/python3
"""Promise: a session lives on through refreshes, lost answers and several programs at once; devices are listed and revoked with a
confirmation; a passphrase and a code open a session where there is no device; and a storm of passphrases is refused with RetryInfo while
cards are read (SEC-B2 to B8).  The step-up is answered here by Python's own cryptography, from docs/clients.md alone.
"""
import base64
import hashlib
import hmac
import json
import os
import shutil
import struct
import subprocess
import time
import unittest

import grpc
from hayat_wire import (Member, Server, WireTest, details, enum, message, method, program, reason, request_id, run, skip)

try:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives import hashes, serialization
except ImportError:
    skip("python3-cryptography is not installed (tools/setup check)")

SESSION, CARD = "hayat.v1.SessionService", "hayat.v1.CardService"
PASSPHRASE = "sept oranges sous la pluie"


class ShortLived(Server):
    """Access tokens too short for hayat to use twice: every command renews them."""

    def _write_config(self):
        super()._write_config()
        with open(self.path("hayatd.conf"), encoding="utf-8") as conf:
            text = conf.read()
        with open(self.path("hayatd.conf"), "w", encoding="utf-8") as conf:
            conf.write(text.replace("access_token_seconds = 86400", "access_token_seconds = 10"))


def one_time_code(key, offset=0):
    """RFC 6238, by hashlib."""
    mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + offset), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


class Device:
    """The key in a device file, and what docs/clients.md says it signs."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as text:
            file = json.load(text)
        self.id = file["device_id"]
        self.key = serialization.load_pem_private_key(file["private_key"].encode(), None)

    def sign(self, data):
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(data)
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def sign_in(self, client):
        challenge = client.call(f"{SESSION}/CreateChallenge", device_id=self.id)
        signature = self.sign(b"hayat sign-in v1\0" + challenge.nonce + self.id.encode())
        return client.call(f"{SESSION}/CreateSession", challenge_id=challenge.challenge_id, signature=signature)

    def signed_call(self, nonce, token, path, body):
        sha256 = lambda data: hashlib.sha256(data).digest()
        return self.sign(b"hayat signed call v1\0" + nonce + sha256(token.encode()) + path.encode() + sha256(body))

    def refresh(self, client, session, rotation_id):
        signature = self.signed_call(session.refresh_nonce, session.refresh_token, f"/{SESSION}/RefreshSession", rotation_id.encode())
        return client.call(f"{SESSION}/RefreshSession", refresh_token=session.refresh_token, rotation_id=rotation_id,
                           signature=signature)


class Sessions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = ShortLived()
        try:
            cls.server.start()
        except BaseException:
            cls.server.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def member(self, device):
        member = Member(self.server, device)
        shutil.rmtree(member.env["XDG_CONFIG_HOME"], ignore_errors=True)
        member.sign_in()
        member.file = os.path.join(member.env["XDG_CONFIG_HOME"], "hayat", "session.json")
        return member

    def sessions(self, member):
        listed = json.loads(member.hayat("devices", "--json").stdout)["devices"]
        return next(device["session_count"] for device in listed if device["is_caller"])

    def end_all(self, member):
        member.hayat("sign-out", "--all")

    def test_refresh(self):
        member = self.member("demo")
        before = self.sessions(member)
        tokens = {member.token() for _ in range(4)}
        self.assertEqual(len(tokens), 4)
        self.assertEqual(self.sessions(member), before, "refreshed, not signed in anew")
        self.end_all(member)

    def test_lost_answer_and_stolen_token(self):
        member = self.member("demo")
        with open(member.file, encoding="utf-8") as text:
            old = json.load(text)
        asked = dict(old, rotation_id=request_id())

        def put_back(session):
            with open(member.file, "w", encoding="utf-8") as out:
                json.dump(session, out)

        put_back(asked)
        first = member.token()
        put_back(asked)  # killed before the answer was on disk
        self.assertEqual(member.token(), first)
        put_back(old)  # a copy of the session, used elsewhere: another wish for a token that was used
        again = member.hayat("token")
        self.assertIn("Votre session a été utilisée ailleurs", again.stderr.decode())
        with self.server.client(first) as client:
            with self.assertRaises(grpc.RpcError) as caught:
                client.call(f"{CARD}/GetCard")
        self.assertEqual(reason(caught.exception), "TOKEN_INVALID")
        self.end_all(member)

    def test_several_programs_at_once(self):
        member = self.member("demo")
        before = self.sessions(member)
        running = [subprocess.Popen([program("hayat"), "token"], env=member.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                   for _ in range(8)]
        for process in running:
            _, errors = process.communicate(timeout=60)
            self.assertEqual((process.returncode, errors), (0, b""))
        self.assertEqual(self.sessions(member), before)
        self.end_all(member)

    def test_revoke_with_a_confirmation(self):
        member, leaving = self.member("demo"), self.member("leaving")
        victim = Device(leaving.device).id
        refused = member.hayat("devices", "revoke", victim, check=False)
        self.assertEqual(refused.returncode, 2, "nobody is there to say yes")
        self.assertIn(victim, refused.stderr.decode())
        member.hayat("devices", "revoke", victim, "--yes")
        self.assertEqual(leaving.hayat("token", check=False).returncode, 4)
        listed = json.loads(member.hayat("devices", "--json").stdout)["devices"]
        self.assertTrue(next(device["revoked"] for device in listed if device["device_id"] == victim))
        self.end_all(member)

    def test_step_up_by_the_book(self):
        other = Device(self.server.path("other.json"))
        with self.server.client() as client:
            session = other.sign_in(client)
            client.token = session.access_token
            path = f"{SESSION}/ChangePassphrase"
            request = message(method(path).input_type.full_name)(request_id=request_id(), new_passphrase="une phrase assez longue")
            with self.assertRaises(grpc.RpcError) as caught:
                client.start(path, request, metadata=[("accept-language", "ar")])
            info = details(caught.exception)["ErrorInfo"]
            self.assertEqual(info.reason, "STEP_UP_REQUIRED")
            text = info.metadata["step_up_text"]
            self.assertTrue(any("\u0600" <= letter <= "\u06ff" for letter in text))
            signature = other.signed_call(bytes.fromhex(info.metadata["step_up_nonce"]), client.token, "/" + path,
                                          text.encode() + b"\0" + request.SerializeToString())
            reply = client.start(path, request, metadata=[("step-up", f"{info.metadata['step_up_id']} {signature.hex()}")])
            self.assertEqual(len(base64.b32decode(reply.code_key)), 20)
            rotated = other.refresh(client, session, request_id())
            self.assertNotEqual(rotated.access_token, session.access_token)

    def test_passphrase(self):
        member = self.member("demo")
        done = member.hayat("passphrase", "set", "--json", "--yes", data=PASSPHRASE + "\n")
        shown = json.loads(done.stdout)
        self.assertIn(shown["code_key"], shown["code_key_uri"])
        key = base64.b32decode(shown["code_key"])
        home = dict(member.env, XDG_CONFIG_HOME=self.server.path("config-library"))

        def hayat(*words, data="", check=True):
            return run(program("hayat"), *words, env=home, data=data, check=check)

        def sign_in(passphrase, code):
            return hayat("sign-in", "--passphrase", "--server", self.server.address, "--ca", self.server.ca,
                         data=f"{self.server.hero()}\n{passphrase}\n{code}\n", check=False)

        self.assertEqual(sign_in("sept oranges sous la neige", one_time_code(key)).returncode, 4)
        self.assertEqual(sign_in(PASSPHRASE, one_time_code(key)).returncode, 0)
        self.assertEqual(json.loads(hayat("card", "--json").stdout)["registration_number"], self.server.hero())
        hayat("card")  # refreshed with the session's own key
        with open(os.path.join(home["XDG_CONFIG_HOME"], "hayat", "session.json"), encoding="utf-8") as text:
            self.assertNotIn(PASSPHRASE, text.read())
        hayat("sign-out")
        self.assertEqual(hayat("card", check=False).returncode, 4)
        self.end_all(member)


class Storm(WireTest):
    def test_a_storm_of_passphrases(self):
        """Two hundred at once: a few are looked at, the others are told when to come again, and cards are read meanwhile."""
        proof = {"passphrase": PASSPHRASE, "code": "123456",
                 "session_key": {"algorithm": enum("hayat.v1.KeyAlgorithm.KEY_ALGORITHM_ED25519"),
                                 "key": ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(
                                     serialization.Encoding.Raw, serialization.PublicFormat.Raw)}}
        clients = [self.server.client() for _ in range(8)]
        futures = []
        for i in range(200):  # of different people: one alone would soon have had their attempts
            request = message("hayat.v1.CreateSessionRequest")(passphrase=dict(proof, registration_number=f"TEST-NOBODY-{i}"))
            futures.append(clients[i % 8]._callable(f"{SESSION}/CreateSession").future(request, timeout=20))
        cards = 0
        while not all(future.done() for future in futures):
            self.client.call(f"{CARD}/GetCard", timeout=5)
            cards += 1
            time.sleep(0.01)  # within what a member may call
        reasons = {}
        for future in futures:
            error = future.exception()
            reasons[reason(error)] = reasons.get(reason(error), 0) + 1
            if reason(error) in ("OVERLOADED", "RATE_LIMITED"):
                self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
                self.assertIn("RetryInfo", details(error))
        for client in clients:
            client.close()
        # A quick machine hears of the network's attempts, too; on a busy one the pool, which has idle time alone, may not come round to all.
        self.assertLessEqual(set(reasons), {"SIGN_IN_REFUSED", "OVERLOADED", "RATE_LIMITED", "DEADLINE_EXCEEDED"}, reasons)
        self.assertGreaterEqual(reasons["SIGN_IN_REFUSED"], 1)
        self.assertGreaterEqual(reasons["OVERLOADED"], 50)
        self.assertGreater(cards, 0)
        print(f"storm: {reasons}, {cards} cards read meanwhile")


if __name__ == "__main__":
    unittest.main(verbosity=2)
