#!/usr/bin/python3
"""Promise: `hayat certificate challenge` and `hayat certificate file --video` prove a pensioner's life: what to do is told in their language; the
film goes on after it was killed, with the challenge it was made for; a film that cannot be one is refused with what to do, and another is
asked for; two reviewers see what was asked and the film without the place it was made at; a no gives another challenge.
"""
import json
import os
import signal
import subprocess
import time
import unittest

from hayat_wire import SLACK, Member, WireTest, devices_of, film, pdf, pension_numbers, program, run

PLACE = b"+33.5731-007.5898/"


def pensioners(server):
    for name in ("amal", "brahim"):
        server.agent(name, "reviewer")
    return devices_of(pension_numbers(server)[:5]) | {"demo": server.hero()}


class Liveness(WireTest):
    enrolled = pensioners
    count = 1

    def setUp(self):
        if not os.path.exists(program("hayat-check")):
            self.skipTest("without hayat-check no document gets a verdict, and no certificate a reviewer")
        self.member = Member(self.server, f"member{Liveness.count}")
        Liveness.count += 1
        self.member.sign_in()
        self.video = self.keep("film.mp4", film(900_000))
        self.identity = self.keep("identity.pdf", pdf(50_000))

    def keep(self, name, data):
        path = self.server.path(name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    def challenge(self):
        return json.loads(self.member.hayat("certificate", "challenge", "--json").stdout)["liveness_challenge"]

    def file(self, *more, check=True):
        return self.member.hayat("certificate", "file", "--video", self.video, *more, "--lang", "en", check=check)

    def certificate(self):
        return json.loads(self.member.hayat("certificate", "status", "--json").stdout)["life_certificate"]

    def ctl(self, who, *words, check=True):
        done = run(program("hayatctl"), "review", *words, "--server", self.server.agents_address, "--ca", self.server.ca, "--cert",
                   self.server.path(f"{who}.crt"), "--key", self.server.path(f"{who}.key"), check=check)
        return done.stdout.decode() if check else done

    def await_task(self):
        until = time.monotonic() + 30 * SLACK
        while time.monotonic() < until:
            listed = self.ctl("amal", "list", "--free").split()
            if listed:
                return listed[0]
            time.sleep(0.2)
        raise AssertionError("no task was opened")

    def shown(self, who, task):
        """What a reviewer is shown: the video's document and the other one."""
        self.ctl(who, "claim", task)
        review = json.loads(self.ctl(who, "show", task))["life_certificate"]
        documents = sorted(review["certificate"]["documents"], key=lambda document: document["media_type"] != "video/mp4")
        self.assertIn("REVIEW_CAUTION_LIVENESS_VIDEO", review["cautions"])
        return documents

    def test_the_words(self):
        for language, word in (("en", "Film yourself"), ("fr", "Filmez-vous"), ("ar", "صوروا")):
            shown = self.member.hayat("certificate", "challenge", "--lang", language).stdout.decode()
            self.assertIn(word, shown)
            self.assertIn("  5. ", shown)
            self.assertIn("certificate file --video", shown)

    def test_the_walk(self):
        self.assertIn(b"challenge", self.file(check=False).stderr)  # nobody asked for one
        asked = self.challenge()
        self.file("--identity", self.identity)
        task = self.await_task()
        video, identity = self.shown("amal", task)
        self.assertEqual([(step["act"], step.get("digits", "")) for step in video["liveness_challenge"]["steps"]],
                         [(step["act"], step.get("digits", "")) for step in asked["steps"]])
        self.assertIn("answer_time", video["liveness_challenge"])
        copy = self.server.path("copy.mp4")
        self.ctl("amal", "evidence", task, video["document_id"], "--out", copy)
        with open(copy, "rb") as out:
            seen = out.read()
        with open(self.video, "rb") as sent:
            original = sent.read()
        self.assertEqual(len(seen), len(original))
        self.assertIn(PLACE, original)
        self.assertNotIn(PLACE, seen)
        self.assertEqual(seen[:800_000], original[:800_000])  # the film itself is as it was sent
        self.ctl("amal", "decide", task, "more-needed", "--reason", "Other digits", "--finding",
                 f"{video['document_id']}:0:digits-differ:", "--accept", identity["document_id"])
        told = self.member.hayat("certificate", "status", "--lang", "fr").stdout.decode()
        self.assertIn("Les chiffres ne sont pas ceux demandés", told)
        self.video = self.keep("second.mp4", film(700_000))
        self.assertIn(b"challenge", self.file(check=False).stderr)  # the first was used up
        again = self.challenge()
        self.assertNotEqual(again["liveness_challenge_id"], asked["liveness_challenge_id"])
        self.file()
        task = self.await_task()
        for who in ("amal", "brahim"):  # two accept a video
            self.shown(who, task)
            said = self.ctl(who, "decide", task, "approve", "--reason", "As asked")
        self.assertIn("votes 2 of 2", said)
        self.assertEqual(self.certificate()["state"], "LIFE_CERTIFICATE_STATE_ACCEPTED")
        self.check_export(again)

    def check_export(self, challenge):
        """What is kept of the member names the film and what it was asked for; the film itself is read back as it was sent."""
        out, back = self.server.path("export.json"), self.server.path("back.mp4")
        self.member.hayat("export", "--out", out)
        with open(out, encoding="utf-8") as exported:
            rows = json.load(exported)["tables"]["document"]
        films = [row for row in rows if row["liveness_challenge"]]
        digits = [[step.get("digits", "") for step in row["liveness_challenge"]["steps"]] for row in films]
        self.assertIn([step.get("digits", "") for step in challenge["steps"]], digits)
        video = next(document for document in self.certificate()["documents"] if document["media_type"] == "video/mp4")
        self.member.hayat("document", "get", video["document_id"], "--out", back)
        with open(back, "rb") as read, open(self.video, "rb") as sent:
            self.assertEqual(read.read(), sent.read())

    def test_killed_on_the_way(self):
        """The bytes that arrived stay, and so does the challenge, which is declared once."""
        self.video = self.keep("long.mp4", film(6_000_000))
        asked = self.challenge()
        process = subprocess.Popen([program("hayat"), "certificate", "file", "--video", self.video, "--identity", self.identity],
                                   env=self.member.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.assertIn(b"long.mp4", process.stderr.readline())
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        filed = json.loads(self.file("--identity", self.identity, "--json").stdout)["life_certificate"]
        video = next(document for document in filed["documents"] if document["media_type"] == "video/mp4")
        self.assertEqual(video["liveness_challenge"]["liveness_challenge_id"], asked["liveness_challenge_id"])
        self.settle(filed["life_certificate_id"])

    def settle(self, certificate):
        """Leaves no task behind for the other tests."""
        task = self.await_task()
        video, identity = self.shown("amal", task)
        self.assertIn(certificate, self.ctl("amal", "show", task))
        self.ctl("amal", "decide", task, "more-needed", "--reason", "Invented", "--finding", f"{video['document_id']}:0:video-too-dark:",
                 "--accept", identity["document_id"])

    def test_no_film(self):
        """Refused with what to do, before it is submitted; when the machine's word comes too late for that, a person sees its reason."""
        self.video = self.keep("mute.mp4", film(400_000, sound=False))
        self.challenge()
        mute = self.file(check=False)
        late = mute.returncode == 0
        if late:
            check = self.await_refusal()
            self.assertEqual(check["reason"], "DOCUMENT_CHECK_REASON_NO_SOUND")
            self.assertIn("micro", check["text"])
        else:
            self.assertIn("microphone", mute.stderr.decode())
        refused = self.file(check=False)
        self.assertNotEqual(refused.returncode, 0)
        first = self.certificate()["life_certificate_id"]
        self.challenge()
        self.video = self.keep("heard.mp4", film(400_000))
        filed = json.loads(self.file("--identity", self.identity, "--json").stdout)["life_certificate"]
        self.assertEqual(filed["life_certificate_id"] != first, late)  # what was not submitted goes on
        self.settle(filed["life_certificate_id"])

    def await_refusal(self):
        until = time.monotonic() + 30 * SLACK
        while time.monotonic() < until:
            check = self.certificate()["documents"][0]["check"]
            if check["state"] == "DOCUMENT_CHECK_STATE_REFUSED":
                return check
            time.sleep(0.1)
        raise AssertionError("the checker was silent")


if __name__ == "__main__":
    unittest.main()
