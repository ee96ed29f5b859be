#!/usr/bin/python3
"""Promise: `hayat certificate file` is the one command a pensioner needs.  On a terminal and into a pipe it shows how far it is; it goes on by
itself over a line that is cut, and from where it was after Ctrl-C or a dead network; it says what it waits for, in the member's language;
a cut costs at most one chunk again; the receipt is kept; and its exit code tells how it ended.  `hayat document get` brings a file back to
its owner alone.
"""
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
import unittest

from hayat_wire import Member, WireTest, devices_of, enum, jpeg, message, pdf, pension_numbers, program, request_id, run
from rough_line import RoughLine

CHUNK = 65475
FORM_BYTES, PHOTO_BYTES = 1_500_000, 300_000
# What a broken connection costs beside the chunk that is sent again: handshakes, the question where to go on, signing in.
CONNECTION_BYTES = 12_000
BAR = re.compile(rb"\r\x1b\[Kform\.pdf \[#*\.*\] \d+ %")


def pensioners(server):
    server.agent("reviewer", "reviewer")
    numbers = pension_numbers(server)
    other = next(row["registration_number"] for row in server.table("members") if row["registration_number"] not in numbers)
    return devices_of(numbers[:12]) | {"demo": server.hero(), "young": other}


class Filing(WireTest):
    enrolled = pensioners
    count = 1

    def setUp(self):
        self.member = Member(self.server, f"member{Filing.count}")
        Filing.count += 1
        self.member.sign_in()
        self.files = [self.server.path("form.pdf"), self.server.path("photo.jpg")]
        for path, data in zip(self.files, (pdf(FORM_BYTES), jpeg(PHOTO_BYTES))):
            with open(path, "wb") as out:
                out.write(data)

    def line(self, **how):
        line = RoughLine(self.server.port, **how)
        self.addCleanup(line.close)
        return line

    def words(self, line, *more):
        return [program("hayat"), "certificate", "file", "--form", self.files[0], "--identity", self.files[1], "--server", line.address,
                "--ca", self.server.ca] + (list(more) if "--lang" in more else ["--lang", "en", *more])

    def file(self, line, *more, check=True):
        return run(*self.words(line, *more), env=self.member.env, check=check)

    def is_filed(self, shown):
        """The certificate is there, with both files, and the receipt that was kept is good."""
        certificate = json.loads(shown)["life_certificate"]
        self.assertEqual(len(certificate["documents"]), 2)
        kept = os.path.join(self.member.env["XDG_CONFIG_HOME"], "hayat", "receipts", certificate["life_certificate_id"] + ".json")
        self.assertEqual(os.stat(kept).st_mode & 0o777, 0o600)
        self.member.hayat("receipt", "verify", kept, "--key-hex", self.server.receipt_key_of_test)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.receipt_key_of_test = cls.server.receipt_key()

    def test_pipe_and_cuts(self):
        """Plain lines, no control characters; at most one chunk again for each cut."""
        even = self.line()
        self.is_filed(self.file(even, "--json").stdout)
        least = even.close()["up_bytes"]
        self.member = Member(self.server, f"member{Filing.count}")
        Filing.count += 1
        self.member.sign_in()
        rough = self.line(delay_ms=4, mean_bytes=150_000, seed=5)
        done = self.file(rough, "--json")
        self.is_filed(done.stdout)
        told = rough.close()
        self.assertGreater(told["cuts"], 4)
        again = told["up_bytes"] - least
        print(f" [{told['cuts']} cuts, {again / told['cuts']:.0f} bytes for each] ", end="", flush=True)
        self.assertLess(again, told["cuts"] * (CHUNK + CONNECTION_BYTES))
        shown = done.stderr.decode()
        self.assertNotIn("\r", shown)
        self.assertNotIn("\x1b", shown)
        for what in ("form.pdf: sending (0 / 1500000)", "form.pdf: going on (", "form.pdf: received by the fund", "photo.jpg: received by the fund",
                     "connection lost, trying again…", "Receipt saved: "):
            self.assertIn(what, shown)

    def in_terminal(self, words, until=None, send=None):
        """Runs on a terminal of its own; (exit code, what it showed).  Sends a signal once UNTIL was shown."""
        here, there = pty.openpty()
        process = subprocess.Popen(words, stdin=there, stdout=there, stderr=there, env=self.member.env, start_new_session=True)
        os.close(there)
        shown, end = b"", time.monotonic() + 60
        while time.monotonic() < end:
            if select.select([here], [], [], 0.1)[0]:
                try:
                    shown += os.read(here, 65536)
                except OSError:
                    break  # it has ended
            if until is not None and until.search(shown):
                process.send_signal(send)
                until = None
        os.close(here)
        return process.wait(10), shown

    def test_terminal_in_french(self):
        line = self.line(delay_ms=4, mean_bytes=400_000, seed=6)
        code, shown = self.in_terminal(self.words(line, "--lang", "fr"))
        self.assertEqual(code, 0, shown.decode())
        self.assertGreater(len(BAR.findall(shown)), 5)
        self.assertIn(b"[##############################] 100 %", shown)
        text = shown.decode()
        self.assertIn("reçu par la caisse", text)
        self.assertIn("Le certificat de vie est déposé.", text)
        # The bar's line is rewritten: no more lines than there is to say.
        self.assertLess(text.count("\n"), 25)

    def test_stopped_and_taken_up(self):
        """Ctrl-C ends it as Ctrl-C does; the next run goes on where it was."""
        slow = self.line(delay_ms=30)
        code, shown = self.in_terminal(self.words(slow), re.compile(rb"form\.pdf \[#+\.*\] (3[0-9]|[4-9][0-9]) %"), signal.SIGINT)
        first = slow.close()["up_bytes"]
        self.assertEqual(code, -signal.SIGINT, shown.decode())
        self.assertIn("Stopped. The same command goes on from here.", shown.decode())
        again = self.line()
        done = self.file(again, "--json")
        self.is_filed(done.stdout)
        self.assertIn("Going on with the filing begun earlier.", done.stderr.decode())
        self.assertIn("form.pdf: going on (", done.stderr.decode())
        both = first + again.close()["up_bytes"]
        self.assertGreater(first, 0.3 * FORM_BYTES)
        self.assertLess(both, FORM_BYTES + PHOTO_BYTES + CHUNK + 4 * CONNECTION_BYTES + (FORM_BYTES + PHOTO_BYTES) // 50)

    def test_dead_network(self):
        """It says that it waits, in Arabic here, and goes on when the line is back."""
        slow = self.line(delay_ms=20)
        process = subprocess.Popen(self.words(slow, "--lang", "ar"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.member.env)
        time.sleep(0.5)
        slow.close()
        first = b""
        while "انقطع الاتصال، محاولة جديدة…".encode() not in first:
            self.assertIsNone(process.poll())
            first += process.stderr.readline()
        time.sleep(1)
        self.line(port=slow.port)
        shown, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        self.assertIn("تم إيداع شهادة الحياة.", shown.decode())

    def test_document_into_nobodys_hands(self):
        """`hayat document get` writes into no link, pipe or file of another: in a shared directory one could be laid out for it."""
        document = json.loads(self.file(self.line(), "--json").stdout)["life_certificate"]["documents"][0]["document_id"]
        out = self.server.path("copy.pdf")
        part, elsewhere = f"{out}.{document}.part", self.server.path("elsewhere")

        def get():
            return self.member.hayat("document", "get", document, "--out", out, check=False, timeout=20).returncode

        def another():
            with open(part, "wb"):
                os.chown(part, 65534, 65534)
        traps = {"symbolic link": lambda: os.symlink(elsewhere, part), "hard link": lambda: os.link(self.files[1], part),
                 "pipe": lambda: os.mkfifo(part), "directory": lambda: os.mkdir(part)}
        if os.geteuid() == 0:
            traps["another's file"] = another
        before = os.stat(self.files[1]).st_size
        for name, lay in traps.items():
            with self.subTest(name):
                lay()
                self.assertEqual(get(), 2)
                self.assertFalse(os.path.exists(out))
                (os.rmdir if os.path.isdir(part) and not os.path.islink(part) else os.remove)(part)
        self.assertFalse(os.path.exists(elsewhere))
        self.assertEqual(os.stat(self.files[1]).st_size, before)
        self.assertEqual(get(), 0)
        self.assertEqual(os.stat(out).st_mode & 0o777, 0o600)

    def give_back(self, certificate):
        """A reviewer finds the form wanting and nothing else."""
        service, form = "hayat.backoffice.v1.ReviewService", certificate["documents"][0]
        with self.server.client_as("reviewer") as reviewer:
            end, task = time.monotonic() + 20, None
            while task is None:  # others wait too
                self.assertLess(time.monotonic(), end, "no task for the certificate")
                time.sleep(0.5)
                for found in reviewer.call(f"{service}/ListTasks", claim=enum("hayat.backoffice.v1.TaskClaim.TASK_CLAIM_NONE")).tasks:
                    reviewer.call(f"{service}/ClaimTask", task_id=found.task_id)
                    shown = reviewer.call(f"{service}/GetTask", task_id=found.task_id)
                    if form["document_id"] in str(shown.life_certificate):
                        task = shown.task
            finding = message("hayat.v1.Finding")(document_id=form["document_id"], item=enum("hayat.v1.DocumentItem.DOCUMENT_ITEM_FORM"),
                                                  page=1, reason=enum("hayat.v1.FindingReason.FINDING_REASON_OTHER"), note="invented")
            reviewer.call(f"{service}/DecideTask", request_id=request_id(), task_id=task.task_id, etag=task.etag,
                          decision=enum("hayat.backoffice.v1.TaskDecision.TASK_DECISION_MORE_NEEDED"), reason="invented",
                          findings=[finding], accepted_document_ids=[document["document_id"] for document in certificate["documents"][1:]])

    def test_more_is_needed(self):
        """What the fund gave back is filed again by the same command, with what is new alone: the same certificate, another receipt."""
        if not os.path.exists(program("hayat-check")):
            self.skipTest("without hayat-check no document gets a verdict, and no certificate a reviewer")
        line = self.line()
        first = json.loads(self.file(line, "--json").stdout)
        self.give_back(first["life_certificate"])
        with open(self.files[0], "wb") as out:
            out.write(pdf(200_000))
        words = self.words(line, "--json")
        del words[words.index("--identity"):words.index("--identity") + 2]
        again = json.loads(run(*words, env=self.member.env).stdout)
        self.assertEqual(again["life_certificate_id"], first["life_certificate_id"])
        self.assertNotEqual(again["receipt"], first["receipt"])
        self.assertEqual({document["item"] for document in again["life_certificate"]["documents"]},
                         {document["item"] for document in first["life_certificate"]["documents"]})
        self.is_filed(json.dumps(again))

    def test_once_is_enough(self):
        """Filed already: it says so and sends nothing; --again files another."""
        line = self.line()
        first = json.loads(self.file(line, "--json").stdout)
        with open(self.files[0], "wb") as out:
            out.write(pdf(200_000))
        told = self.file(line)
        self.assertIn("--again", told.stdout.decode())
        self.assertEqual(told.stderr, b"")
        self.assertIn("obligation", json.loads(self.file(line, "--json").stdout))
        directory = os.path.join(self.member.env["XDG_CONFIG_HOME"], "hayat")
        self.assertEqual([name for name in os.listdir(directory) if name.endswith(".json") and name.startswith("filing-")], [])
        again = json.loads(self.file(line, "--json", "--again").stdout)
        self.assertNotEqual(again["life_certificate_id"], first["life_certificate_id"])

    def test_refused_by_the_check(self):
        """What the check refuses is told before anything is submitted, and the file that replaces it is filed."""
        if not os.path.exists(program("hayat-check")):
            self.skipTest("without hayat-check no document gets a verdict")
        line = self.line()
        with open(self.files[0], "wb") as out:
            out.write(pdf(200_000)[:150_000])  # its end is missing
        for _ in range(2):  # the same command finds the same
            refused = self.file(line, check=False)
            told = refused.stderr.decode()
            self.assertEqual(refused.returncode, 1, told)
            self.assertIn("form.pdf: The end of this file is missing", told)
            self.assertIn("(DOCUMENT_UNUSABLE)", told)
            self.assertEqual(refused.stdout, b"")
        with open(self.files[0], "wb") as out:
            out.write(pdf(200_000))
        self.is_filed(self.file(line, "--json").stdout)

    def test_giving_up_and_refusals(self):
        """3: the network gave up; 1: the server refused; 2: what cannot be sent; 0 in the end, with the receipt where it was asked for."""
        line = self.line()
        line.close()
        began = time.monotonic()
        done = self.file(line, "--give-up-after", "2", check=False)
        self.assertEqual(done.returncode, 3, done.stderr.decode())
        self.assertLess(time.monotonic() - began, 15)
        self.assertIn("GAVE_UP", done.stderr.decode())
        line = self.line(port=line.port)
        self.assertEqual(self.file(line, "--route", "nonsense", check=False).returncode, 2)
        kept = self.server.path("receipt.json")
        self.file(line, "--out", kept)
        self.member.hayat("receipt", "verify", kept, "--key-hex", self.server.receipt_key_of_test)
        self.member = Member(self.server, "young")
        self.member.sign_in()
        done = self.file(line, check=False)
        self.assertEqual(done.returncode, 1, done.stderr.decode())


if __name__ == "__main__":
    unittest.main(verbosity=2)
