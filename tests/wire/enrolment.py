#!/usr/bin/python3
"""Promise: a person enrols end to end over real connections with `hayat enrol`: asks, gets the letter that the outbox hands to whoever
delivers it, types its code, signs in.  And StartEnrolment does not tell who is a member (SEC-B3): answers of one size, no difference
but their id, and times that do not tell the known from the unknown.

HAYAT_ENROL_SAMPLES pairs are timed (default 60; the promise is made with 10000, about half an hour).  Bytes are compared for all of
them; |t| < 4.5 is asked from 60 pairs on.
"""
import datetime
import json
import math
import os
import re
import shutil
import statistics
import time
import unittest

import grpc
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from hayat_wire import enum, message, reason, run, program
from courier import Courier, wait_for
from edge import Edge, EdgeServer

SERVICE = "hayat.v1.EnrolmentService"
OUTBOX = "hayat.backoffice.v1.OutboxService"
POST = enum("hayat.v1.EnrolmentChannel.ENROLMENT_CHANNEL_POST")
AGENCY = enum("hayat.v1.EnrolmentChannel.ENROLMENT_CHANNEL_AGENCY")
ED25519 = enum("hayat.v1.DeviceKeyAlgorithm.DEVICE_KEY_ALGORITHM_ED25519")
QUEUES = [enum(f"hayat.backoffice.v1.OutboxQueue.OUTBOX_QUEUE_{name}") for name in ("POST", "SMS")]
SAMPLES = int(os.environ.get("HAYAT_ENROL_SAMPLES", "60"))
CONTEXT = b"hayat enrolment v1\0"


class Applicant:
    """An Ed25519 key of our own, and what it signs."""

    def __init__(self, person):
        self.person = person
        self.key = ed25519.Ed25519PrivateKey.generate()
        self.public = self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def start(self, channel):
        born = datetime.date.fromisoformat(self.person["birth_date"])
        registration = self.person["registration_number"]
        return message(f"hayat.v1.StartEnrolmentRequest")(
            registration_number=registration, cine_number=self.person["cine_number"],
            birth_date={"year": born.year, "month": born.month, "day": born.day}, key_algorithm=ED25519, public_key=self.public,
            channel=channel, signature=self.key.sign(CONTEXT + b"start\0" + registration.encode() + b"\0" + self.public))

    def confirm(self, enrolment_id, code):
        return message("hayat.v1.ConfirmEnrolmentRequest")(
            enrolment_id=enrolment_id, code=code,
            signature=self.key.sign(CONTEXT + b"confirm\0" + enrolment_id.encode() + b"\0" + code.encode()))


def network(number):
    """An address of the number-th /24 of those set aside for tests of networks (RFC 2544)."""
    return (("x-real-ip", f"198.{18 + number // 256 % 2}.{number % 256}.1"),) if number < 512 else \
        (("x-real-ip", f"2001:db8:{number >> 8:x}:{(number & 255) << 8:x}::1"),)


class EnrolmentServer(EdgeServer):
    """Nobody is enrolled; the edge's socket, so that each call may come from a network of its own; somebody who delivers."""

    def __init__(self):
        # Letters are really sent to the known: three a member.
        super().__init__(members=60 + SAMPLES * 2 // 5, enrolled=lambda server: {"live": server.hero()})
        self.system("post", "outbox")

    def people(self):
        """Holders, as the members' table and the holders' rows know them."""
        members = {row["registration_number"]: row for row in self.table("members")}
        return [dict(members[row["registration_number"]], **{k: row[k] for k in ("cine_number", "birth_date")})
                for row in self.table("beneficiaries") if row["relationship"] == "HOLDER"]

    def letters(self, wanted):
        """Watches the outbox until WANTED(item) says so of one; acknowledges all of them."""
        with self.client_as("post") as client:
            watch = client.start(f"{OUTBOX}/WatchOutbox", message("hayat.backoffice.v1.WatchOutboxRequest")(queues=QUEUES))
            for response in watch:
                for item in response.items:
                    done = enum("hayat.backoffice.v1.OutboxOutcome.OUTBOX_OUTCOME_DELIVERED")
                    client.call(f"{OUTBOX}/AckOutbox", results=[{"outbox_id": item.outbox_id, "outcome": done, "channel": "test"}])
                    if wanted(item):
                        watch.cancel()
                        return item


class Enrolment(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = EnrolmentServer()
        try:
            cls.server.start()
            cls.edge = Edge(cls.server.path("edge.sock"))
        except BaseException:
            print(cls.server.log_tail())
            cls.server.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.edge.close()
        cls.server.stop()

    def hayat(self, *words, data=None, check=True):
        env = dict(os.environ, XDG_CONFIG_HOME=self.server.path("config-enrol"), LC_ALL="C.UTF-8", LANGUAGE="en")
        return run(program("hayat"), *words, env=env, data=data, check=check)

    def start_by_hand(self, person, device, channel="post", algorithm="p256"):
        return self.hayat("enrol", "start", "--device", device, "--registration", person["registration_number"], "--cine",
                          person["cine_number"], "--birth", person["birth_date"], "--channel", channel, "--algorithm", algorithm,
                          "--server", self.server.address, "--ca", self.server.ca)

    def enrols_by_letter(self, person, algorithm):
        device = self.server.path(f"new-{algorithm}.json")
        said = self.start_by_hand(person, device, algorithm=algorithm)
        self.assertIn("lettre", said.stdout.decode())
        letter = self.server.letters(lambda item: item.HasField("code"))
        self.assertEqual(letter.recipient.address, person["address"])
        self.assertEqual(os.stat(device).st_mode & 0o777, 0o600)
        early = self.hayat("sign-in", "--device", device, check=False)
        self.assertEqual(early.returncode, 2)
        self.assertIn("DEVICE_WAITS", early.stderr.decode())
        wrong = self.hayat("enrol", "confirm", "0000-0000-0000", "--device", device, "--lang", "en", check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("ENROLMENT_CODE_INVALID", wrong.stderr.decode())
        self.assertIn("Tries left: 4", wrong.stderr.decode())
        self.hayat("enrol", "confirm", "--device", device, data=letter.code.code.lower().replace("-", " ") + "\n")
        self.hayat("sign-in", "--device", device)
        self.assertIn(person["registration_number"], self.hayat("card", "--lang", "en").stdout.decode())
        notice = self.server.letters(lambda item: item.HasField("notice"))
        self.assertEqual(notice.notice.kind, enum("hayat.backoffice.v1.NoticeKind.NOTICE_KIND_DEVICE_ADDED"))
        twice = self.hayat("enrol", "confirm", "0000-0000-0000", "--device", device, check=False)
        self.assertEqual(twice.returncode, 2)
        self.assertIn("DEVICE_ENROLLED", twice.stderr.decode())
        again = self.hayat("enrol", "start", "--device", device, "--registration", "1", "--cine", "AB1", "--birth", "1970-01-01",
                           "--channel", "post", "--server", self.server.address, "--ca", self.server.ca, check=False)
        self.assertIn("DEVICE_ENROLLED", again.stderr.decode())

    def test_a_person_enrols_by_letter(self):
        at_home = [person for person in self.server.people() if person["address"]]
        self.enrols_by_letter(at_home[3], "p256")
        self.enrols_by_letter(at_home[4], "ed25519")

    def test_what_is_missing_is_named(self):
        """An option that is missing or wrong is named, with the form it must have, in the person's language."""
        person = self.server.people()[0]
        options = {"--device": self.server.path("unused.json"), "--registration": "1", "--cine": "AB1", "--birth": person["birth_date"],
                   "--channel": "post", "--server": self.server.address, "--ca": self.server.ca}
        for option, value, lang, told in (("--birth", "10/08/1963", "en", "--birth: a date like 1963-08-10"),
                                          ("--channel", "pigeon", "fr", "--channel: post, sms ou agency"),
                                          ("--cine", None, "ar", "--cine: رقم البطاقة الوطنية"), ("--server", None, "en", "--server: HOST:PORT")):
            with self.subTest(option):
                given = dict(options, **{option: value})
                words = [word for pair in given.items() if pair[1] is not None for word in pair]
                wrong = self.hayat("enrol", "start", *words, "--lang", lang, check=False)
                self.assertEqual(wrong.returncode, 2)
                self.assertIn(told, wrong.stderr.decode())
                self.assertIn("(USAGE)", wrong.stderr.decode())
        self.assertFalse(os.path.exists(options["--device"]))

    def test_another_letter_voids_the_first(self):
        person = [person for person in self.server.people() if person["address"]][5]
        device = self.server.path("resent.json")
        self.start_by_hand(person, device)
        first = self.server.letters(lambda item: item.HasField("code")).code.code
        self.hayat("enrol", "resend", "--device", device)
        second = self.server.letters(lambda item: item.HasField("code")).code.code
        self.assertNotEqual(first, second)
        self.assertEqual(self.hayat("enrol", "confirm", first, "--device", device, check=False).returncode, 1)
        before = self.server.path("resent-before.json")
        shutil.copy(device, before)
        self.hayat("enrol", "confirm", second, "--device", device)
        self.hayat("enrol", "confirm", second, "--device", before)  # as after a lost answer
        with open(device, encoding="utf-8") as one, open(before, encoding="utf-8") as other:
            self.assertEqual(json.load(one), json.load(other))

    # -------------------------------------------------------- the known and the unknown

    def timed(self, applicant, number):
        """One start from a network of its own; (seconds, the answer's bytes without the id, details of the metadata)."""
        request = applicant.start(POST).SerializeToString()
        call = self.edge.channel.unary_unary(f"/{SERVICE}/StartEnrolment", request_serializer=bytes, response_deserializer=bytes)
        while True:
            began = time.perf_counter()
            try:
                answer, outcome = call.with_call(request, timeout=20, metadata=network(number))
                took = time.perf_counter() - began
                break
            except grpc.RpcError as error:
                self.assertEqual(reason(error), "OVERLOADED")
        response = message("hayat.v1.StartEnrolmentResponse").FromString(answer)
        self.assertRegex(response.enrolment_id, r"^enr_[0-9a-z]{26}$")
        trailers = sorted((key, value) for key, value in outcome.trailing_metadata() if key != "x-request-id")
        headers = sorted((key, value) for key, value in outcome.initial_metadata() if key != "x-request-id")
        return took, answer.replace(response.enrolment_id.encode(), b""), (headers, trailers)

    def strangers(self, people):
        """As many people who do not exist, or say one thing wrong."""
        for number, person in enumerate(people):
            kind = number % 3
            yield dict(person, **({"registration_number": str(980000000 + number)} if kind == 0 else
                                  {"cine_number": f"YY{100000 + number}"} if kind == 1 else {"birth_date": "1901-02-03"}))

    def test_nobody_learns_who_is_a_member(self):
        people = [person for person in self.server.people() if person["address"]]
        strangers = list(self.strangers(people))
        pairs, shapes = [], set()
        for number in range(SAMPLES + 4):
            known, unknown = (Applicant(whom[number % len(people)]) for whom in (people, strangers))
            order = (known, unknown) if number % 2 == 0 else (unknown, known)
            results = {id(whom): self.timed(whom, 2 * number + place) for place, whom in enumerate(order)}
            shapes |= {(answer, str(metadata)) for _, answer, metadata in results.values()}
            if number >= 4:  # the first ones warm up
                pairs.append((results[id(known)][0], results[id(unknown)][0]))
        self.assertEqual(len(shapes), 1, "answers differ in more than their ids")
        known, unknown = zip(*pairs)
        spread = statistics.variance(known) / len(known) + statistics.variance(unknown) / len(unknown)
        t = (statistics.fmean(known) - statistics.fmean(unknown)) / math.sqrt(spread)
        print(f"StartEnrolment, {len(pairs)} pairs: known {statistics.fmean(known) * 1e3:.3f} ms (median "
              f"{statistics.median(known) * 1e3:.3f}), unknown {statistics.fmean(unknown) * 1e3:.3f} ms (median "
              f"{statistics.median(unknown) * 1e3:.3f}), Welch t = {t:.2f}")
        self.assertLess(abs(t), 4.5)


class Couriered(Courier):
    def fill(self, count):
        """Nothing: what the courier carries comes of enrolments."""


class ByCourier(unittest.TestCase):
    """With the real courier: what a person reads is what hayat takes."""

    def setUp(self):
        self.courier = Couriered(0)
        self.addCleanup(self.courier.stop)
        self.courier.start()
        self.server = self.courier.server

    def hayat(self, *words, data=None):
        env = dict(os.environ, XDG_CONFIG_HOME=self.server.path("config-enrol"), LC_ALL="C.UTF-8", LANGUAGE="en")
        return run(program("hayat"), *words, env=env, data=data).stdout.decode()

    def enrols(self, channel, read_code):
        device = self.server.path(f"{channel}.json")
        holder = next(row for row in self.server.table("beneficiaries")
                      if row["relationship"] == "HOLDER" and row["registration_number"] == self.server.hero())
        self.hayat("enrol", "start", "--device", device, "--registration", self.server.hero(), "--cine", holder["cine_number"],
                   "--birth", holder["birth_date"], "--channel", channel, "--server", self.server.address, "--ca", self.server.ca)
        self.hayat("enrol", "confirm", "--device", device, data=read_code() + "\n")
        self.hayat("sign-in", "--device", device)
        self.assertIn(self.server.hero(), self.hayat("card"))

    def code_of_text(self):
        wait_for(self.courier.texts)
        return re.search(r"\b\d{8}\b", self.courier.texts()[0]["text"]).group()

    def code_of_letter(self):
        """From the QR code of the printed letter."""
        wait_for(lambda: self.courier.spooled("letters", ".pdf"))
        letter = os.path.join(self.server.path("letters"), self.courier.spooled("letters", ".pdf")[0])
        run("pdftoppm", "-r", "150", "-png", "-singlefile", letter, self.server.path("letter"))
        read = run("zbarimg", "--quiet", "--raw", self.server.path("letter.png")).stdout.decode()
        return re.search(r"hayat:enrol\?id=enr_[0-9a-z]{26}&code=(\S+)", read).group(1)

    def test_by_text_message(self):
        self.enrols("sms", self.code_of_text)

    @unittest.skipUnless(shutil.which("pdftoppm") and shutil.which("zbarimg"), "no pdftoppm or zbarimg (tools/setup check)")
    def test_by_the_letters_qr_code(self):
        self.enrols("post", self.code_of_letter)


if __name__ == "__main__":
    unittest.main(verbosity=2)
