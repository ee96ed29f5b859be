#!/usr/bin/python3
"""Promise (SEC-B4): whoever tries codes against a member, from as many networks and devices as they like, neither disturbs the member's
live session nor keeps them from being enrolled at the agency.  And what is counted stays counted over restarts and when the clock jumps
by 400 days, either way, running or over a restart: no jump ends a lockout, none prolongs it.

HAYAT_ENROL_ATTEMPTS wrong codes are tried (default 60; the promise is made with 10000, ten minutes).
"""
import concurrent.futures
import os
import re
import subprocess
import time
import unittest

import grpc

from hayat_wire import SANITIZED, Member, details, enum, message, program, reason
from edge import Edge
from enrolment import AGENCY, POST, SERVICE, Applicant, EnrolmentServer, network

ATTEMPTS = int(os.environ.get("HAYAT_ENROL_ATTEMPTS", "60"))
AT_ONCE = 4
TRIES = 5
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
WRONG = "ABCD-EFGH-JKMN"


def call(edge, name, request, number):
    """The answer, or the reason of the refusal; when the pool of slow secrets is full, again."""
    unary = edge.channel.unary_unary(f"/{SERVICE}/{name}", request_serializer=lambda m: m.SerializeToString(),
                                     response_deserializer=message(f"hayat.v1.{name}Response").FromString)
    while True:
        try:
            return unary(request, timeout=20, metadata=network(number))
        except grpc.RpcError as error:
            if reason(error) != "OVERLOADED":
                return reason(error)
            time.sleep(0.05)


class Clocked(EnrolmentServer):
    """A server whose wall clock a file moves; its monotonic clock is the machine's."""

    def start(self, timeout=30):
        self.shift(0)
        return super().start(timeout)

    def shift(self, days):
        with open(self.path("faketime.part"), "w", encoding="ascii") as out:
            out.write(f"{days:+d}d\n")
        os.rename(self.path("faketime.part"), self.path("faketime"))

    def start_process(self):
        clock = {} if SANITIZED or not os.path.exists(FAKETIME) else {
            "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": self.path("faketime"), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0"}
        return subprocess.Popen([program("hayatd"), "--config", self.path("hayatd.conf")], stdout=self.log, stderr=self.log,
                                stdin=subprocess.DEVNULL, env=dict(os.environ, **clock))


class Lockout(unittest.TestCase):
    def setUp(self):
        self.server = Clocked()
        self.addCleanup(self.server.stop)
        self.server.agent("clerk", "agency")
        self.server.start()
        self.edge = Edge(self.server.path("edge.sock"))
        self.addCleanup(lambda: self.edge.close())
        self.person = next(person for person in self.server.people() if person["registration_number"] == self.server.hero())

    def restart(self):
        self.edge.close()
        self.assertEqual(self.server.terminate()[0], 0)
        super(Clocked, self.server).start()
        self.edge = Edge(self.server.path("edge.sock"))

    def attack(self, number):
        """One enrolment of the victim, from a network of its own, and five wrong codes, each from another."""
        attacker = Applicant(self.person)
        started = call(self.edge, "StartEnrolment", attacker.start(AGENCY), number)
        told = [call(self.edge, "ConfirmEnrolment", attacker.confirm(started.enrolment_id, WRONG), number + 1 + at)
                for at in range(TRIES + 1)]
        self.assertEqual(told, ["ENROLMENT_CODE_INVALID"] * TRIES + ["ENROLMENT_ENDED"])

    def test_wrong_codes_disturb_nobody(self):
        victim = Member(self.server, "live")
        victim.sign_in()
        with self.server.client(victim.token()) as session, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            attacks = [pool.submit(self.attack, 7 * number) for number in range(ATTEMPTS // TRIES)]
            reads = 0
            while not all(attack.done() for attack in attacks):
                session.call("hayat.v1.CardService/GetCard")
                reads += 1
                time.sleep(0.05)
            for attack in attacks:
                attack.result()
            session.call("hayat.v1.CardService/GetCard")
        print(f"{ATTEMPTS // TRIES * TRIES} wrong codes, {reads} reads of the live session meanwhile")
        self.assertEqual(self.enrol_at_the_agency(), self.person["registration_number"])

    def enrol_at_the_agency(self):
        """Whose card the device then reads."""
        phone = Applicant(self.person)
        started = call(self.edge, "StartEnrolment", phone.start(AGENCY), 60000)
        with self.server.client_as("clerk") as clerk:
            issued = clerk.call("hayat.backoffice.v1.AgencyService/IssueEnrolmentCode",
                                member={"registration_number": self.person["registration_number"]},
                                access={"purpose": enum("hayat.backoffice.v1.AccessPurpose.ACCESS_PURPOSE_ENROLMENT")},
                                document=enum("hayat.backoffice.v1.IdentityDocument.IDENTITY_DOCUMENT_NATIONAL_CARD"),
                                document_number=self.person["cine_number"])
        device = call(self.edge, "ConfirmEnrolment", phone.confirm(started.enrolment_id, issued.code), 60000).device_id
        challenge = self.edge.call("hayat.v1.SessionService/CreateChallenge", device_id=device)
        signature = phone.key.sign(b"hayat sign-in v1\0" + challenge.nonce + device.encode())
        session = self.edge.call("hayat.v1.SessionService/CreateSession", challenge_id=challenge.challenge_id, signature=signature)
        with self.server.client(session.access_token) as client:
            return client.call("hayat.v1.CardService/GetCard").card.registration_number

    @unittest.skipIf(SANITIZED or not os.path.exists(FAKETIME), "no libfaketime here")
    def test_counts_survive_restarts_and_the_clock(self):
        applicant = Applicant(self.person)
        start = lambda: call(self.edge, "StartEnrolment", applicant.start(AGENCY), 1)
        answers = [start() for _ in range(11)]
        self.assertTrue(all(answer != "RATE_LIMITED" for answer in answers[:10]))
        self.assertEqual(answers[10], "RATE_LIMITED")
        waits = [self.wait_told(applicant)]
        for days in (400, -400, 0):
            self.server.shift(days)
            time.sleep(0.01)
            waits.append(self.wait_told(applicant))
            self.restart()
            waits.append(self.wait_told(applicant))
        with open(self.server.path("hayatd.log"), encoding="utf-8") as log:
            told = [int(stamp) for stamp in re.findall(r"^ts=(\d+)", log.read(), re.M)]
        self.assertGreater((max(told) - min(told)) / 86400e3, 790, "the server's clock did not jump")
        self.assertLessEqual(waits, sorted(waits, reverse=True), "a lockout was prolonged")
        self.assertLess(waits[0] - waits[-1], 120, "a lockout was shortened")
        self.assertGreater(waits[-1], 3600)

    def wait_told(self, applicant):
        """The seconds RetryInfo tells to wait."""
        unary = self.edge.channel.unary_unary(f"/{SERVICE}/StartEnrolment", request_serializer=lambda m: m.SerializeToString(),
                                              response_deserializer=bytes)
        with self.assertRaises(grpc.RpcError) as caught:
            unary(applicant.start(AGENCY), timeout=20, metadata=network(2))
        self.assertEqual(reason(caught.exception), "RATE_LIMITED")
        delay = details(caught.exception)["RetryInfo"].retry_delay
        return delay.seconds + delay.nanos / 1e9


if __name__ == "__main__":
    unittest.main(verbosity=2)
