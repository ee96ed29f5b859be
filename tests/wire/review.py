#!/usr/bin/python3
"""Promise: many reviewers at once decide each task once and lose none, those due first coming first, while members upload and file over the
same server; what was accepted is told to the member with a receipt.

HAYAT_REVIEW=AGENTS,MEMBERS,PAPERS sets the size (100,50,300 is the whole); in the check it is small.
"""
import hashlib
import os
import statistics
import threading
import time
import unittest

import grpc
import hayat_wire
from hayat_wire import Member, Server, enum, pdf, program, reason, request_id, run

REVIEW, AGENCY = "hayat.backoffice.v1.ReviewService", "hayat.backoffice.v1.AgencyService"
CERTIFICATE, UPLOAD = "hayat.v1.LifeCertificateService", "hayat.v1.UploadService"
AUTHORITY_FORM = enum("hayat.v1.ProofRoute.PROOF_ROUTE_AUTHORITY_FORM")
FORM = enum("hayat.v1.DocumentItem.DOCUMENT_ITEM_FORM")
APPROVE = enum("hayat.backoffice.v1.TaskDecision.TASK_DECISION_APPROVE")
CERTIFICATES = enum("hayat.backoffice.v1.TaskKind.TASK_KIND_LIFE_CERTIFICATE")
ACCEPTED = enum("hayat.v1.LifeCertificateState.LIFE_CERTIFICATE_STATE_ACCEPTED")
DECISION = enum("hayat.v1.ReceiptKind.RECEIPT_KIND_DECISION")
FILING = enum("hayat.backoffice.v1.AccessPurpose.ACCESS_PURPOSE_FILING")
AGENTS, MEMBERS, PAPERS = (int(part) for part in os.environ.get("HAYAT_REVIEW", "12,5,30").split(","))
PER_CLERK = 20  # members an agent reads in an hour (40 is the budget), and filings at once
BYTES, STEP, PATIENCE = 120_000, 65_520, 240


def patient(client, path, **fields):
    """A call by somebody who waits when told that there were too many."""
    while True:
        try:
            return client.call(path, **fields)
        except grpc.RpcError as error:
            if reason(error) != "RATE_LIMITED":
                raise
            time.sleep(0.5)


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


class Review(unittest.TestCase):
    @classmethod
    def pensioners(cls, server):
        return sorted({row["registration_number"] for row in server.table("pensions")})

    @classmethod
    def setUpClass(cls):
        def enrolled(server):
            return {f"member{i}": number for i, number in enumerate(cls.pensioners(server)[:MEMBERS])}

        cls.server = Server(members=(MEMBERS + PAPERS) * 25 + 200, enrolled=enrolled)
        try:
            cls.papers = cls.pensioners(cls.server)[MEMBERS:MEMBERS + PAPERS]
            for i in range((PAPERS + PER_CLERK - 1) // PER_CLERK):
                cls.server.agent(f"clerk{i}", "agency")
            for i in range(AGENTS):
                cls.server.agent(f"agent{i}", "reviewer")
            cls.server.start()
            cls.tokens = [Member(cls.server, f"member{i}").sign_in() for i in range(MEMBERS)]
        except BaseException:
            print(cls.server.log_tail())
            cls.server.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.lock = threading.Lock()
        self.filed, self.decided, self.claims, self.failures = set(), {}, [], []
        self.claim_ms, self.decide_ms, self.file_ms = [], [], []
        self.filing_over = threading.Event()

    # --- who files ---

    def file_papers(self):
        for i in range(0, len(self.papers), PER_CLERK):
            with self.server.client_as(f"clerk{i // PER_CLERK}") as clerk:
                for number in self.papers[i:i + PER_CLERK]:
                    filed = patient(clerk, f"{AGENCY}/RegisterPaperFiling", request_id=request_id(), member={"registration_number": number},
                                    access={"purpose": FILING, "case_number": "R-1"}, route=AUTHORITY_FORM, sheet_count=2, reference="TEST")
                    self.filed.add(filed.life_certificate_id)

    def upload(self, client, draft, data):
        made = client.call(f"{UPLOAD}/CreateUpload", request_id=request_id(), life_certificate_id=draft, item=FORM,
                           media_type="application/pdf", size_bytes=len(data), sha256=hashlib.sha256(data).digest()).upload
        for at in range(0, len(data), STEP):
            client.call(f"{UPLOAD}/AppendChunk", upload_id=made.upload_id, offset=at, data=data[at:at + STEP],
                        finish=at + STEP >= len(data))

    def file_one(self, token):
        with self.server.client(token) as client:
            began = time.monotonic()
            draft = client.call(f"{CERTIFICATE}/CreateLifeCertificate", request_id=request_id(),
                                route=AUTHORITY_FORM).life_certificate.life_certificate_id
            self.upload(client, draft, pdf(BYTES))
            client.call(f"{CERTIFICATE}/SubmitLifeCertificate", request_id=request_id(), life_certificate_id=draft)
            with self.lock:
                self.filed.add(draft)
                self.file_ms.append(1000 * (time.monotonic() - began))
        return draft

    # --- who decides ---

    def claim(self, agent):
        """The next task, or None while none is free."""
        began = time.time()
        try:
            task = agent.call(f"{REVIEW}/ClaimTask", kind=CERTIFICATES).task
        except grpc.RpcError as error:
            if reason(error) == "TASK_NONE_FREE":
                return None
            raise
        with self.lock:
            self.claim_ms.append(1000 * (time.time() - began))
            self.claims.append((task.task_id, task.due_time.ToMicroseconds(), task.open_time.ToMicroseconds(), began * 1e6, time.time() * 1e6))
        return task

    def decide(self, agent, task):
        subject = agent.call(f"{REVIEW}/GetTask", task_id=task.task_id).life_certificate
        began = time.monotonic()
        agent.call(f"{REVIEW}/DecideTask", request_id=request_id(), task_id=task.task_id, etag=task.etag, decision=APPROVE,
                   reason="Complete, of this test's")
        with self.lock:
            self.decide_ms.append(1000 * (time.monotonic() - began))
            self.decided.setdefault(subject.certificate.life_certificate_id, []).append(task.task_id)

    def all_decided(self):
        with self.lock:
            return self.filing_over.is_set() and set(self.decided) >= self.filed

    def work(self, name):
        until = time.monotonic() + PATIENCE
        with self.server.client_as(name) as agent:
            while not self.all_decided() and time.monotonic() < until:
                task = self.claim(agent)
                if task is None:
                    time.sleep(0.5)
                else:
                    self.decide(agent, task)

    def guarded(self, function, *words):
        def run_it():
            try:
                function(*words)
            except BaseException as error:  # pylint: disable=broad-except
                with self.lock:
                    self.failures.append(f"{function.__name__}{words}: {error}")
        return threading.Thread(target=run_it)

    # --- what holds ---

    def check_order(self):
        """Nobody was given a task while one that was due earlier lay there, free and known, from before they asked until after."""
        for task, due, _, asked, given in self.claims:
            for other, other_due, opened, other_asked, _ in self.claims:
                self.assertFalse(other_due < due and opened < asked and other_asked > given,
                                 f"{other} was due before {task} and was passed over")

    def test_each_task_is_decided_once(self):
        self.file_papers()
        agents = [self.guarded(self.work, f"agent{i}") for i in range(AGENTS)]
        members = [self.guarded(self.file_one, token) for token in self.tokens]
        began = time.monotonic()
        for thread in agents + members:
            thread.start()
        for thread in members:
            thread.join()
        self.filing_over.set()
        for thread in agents:
            thread.join()
        seconds = time.monotonic() - began
        self.assertEqual(self.failures, [])
        self.assertEqual(set(self.decided), self.filed, "none is lost, none is somebody else's")
        self.assertEqual({len(tasks) for tasks in self.decided.values()}, {1}, "none is decided twice")
        self.check_order()
        self.check_told()
        print(f"review: {AGENTS} agents, {MEMBERS} uploading members, {len(self.filed)} certificates in {seconds:.1f} s, "
              f"{len(self.filed) / seconds:.0f}/s; claim p50 {statistics.median(self.claim_ms):.0f} p99 {quantile(self.claim_ms, 0.99):.0f} ms; "
              f"decide p50 {statistics.median(self.decide_ms):.0f} p99 {quantile(self.decide_ms, 0.99):.0f} ms; "
              f"file {BYTES} bytes p50 {statistics.median(self.file_ms or [0]):.0f} ms; server {self.server.rss_bytes() >> 20} MiB", flush=True)

    def check_told(self):
        for token in self.tokens:
            with self.server.client(token) as client:
                listed = client.call(f"{CERTIFICATE}/ListLifeCertificates").life_certificates
                self.assertEqual([certificate.state for certificate in listed], [ACCEPTED])
                receipt = client.call(f"{CERTIFICATE}/GetReceipt", life_certificate_id=listed[0].life_certificate_id, kind=DECISION).receipt
                self.assertIn(b"hayat.life-certificate.decision.v1", receipt.payload)
        with self.server.client_as("agent0") as agent:
            self.assertEqual(len(agent.call(f"{REVIEW}/ListTasks").tasks), 0)


class Command(unittest.TestCase):
    """hayatctl review, as a reviewer and as the member whose filing it is."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(members=50)
        try:
            cls.server.agent("amal", "reviewer")
            cls.server.agent("brahim", "reviewer")
            cls.server.start()
            cls.member = Member(cls.server)
            cls.member.sign_in()
        except BaseException:
            print(cls.server.log_tail())
            cls.server.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def ctl(self, who, *words, check=True):
        done = run(program("hayatctl"), "review", *words, "--server", self.server.agents_address, "--ca", self.server.ca, "--cert",
                   self.server.path(f"{who}.crt"), "--key", self.server.path(f"{who}.key"), check=check)
        return done.stdout.decode() if check else done

    def await_task(self):
        until = time.monotonic() + 30
        while time.monotonic() < until:
            listed = self.ctl("amal", "list", "--free").split()
            if listed:
                return listed[0]
            time.sleep(0.2)
        raise AssertionError("no task was opened")

    def test_the_walk(self):
        form = self.server.path("form.pdf")
        with open(form, "wb") as out:
            out.write(pdf(90_000))
        self.member.hayat("certificate", "file", "--form", form)
        task = self.await_task()
        self.assertEqual(self.ctl("amal", "claim").split()[0], task)
        self.assertEqual(self.ctl("brahim", "list", "--free"), "")
        self.assertEqual(self.ctl("brahim", "show", task, check=False).returncode, 3)
        shown = hayat_wire.json.loads(self.ctl("amal", "show", task))
        document = shown["life_certificate"]["certificate"]["documents"][0]["document_id"]
        copy = self.server.path("copy.pdf")
        self.ctl("amal", "evidence", task, document, "--out", copy)
        with open(copy, "rb") as data:
            self.assertTrue(data.read(5).startswith(b"%PDF-"))
        refused = self.ctl("amal", "decide", task, "more-needed", "--reason", "A page", check=False)
        self.assertIn(b"DOCUMENT_UNANSWERED", refused.stderr)
        refused = self.ctl("amal", "decide", task, "more-needed", "--reason", "A page", "--finding", f"{document}:2:illegible:Page 2", check=False)
        self.assertIn(b"findings.page", refused.stderr, "it has one page")
        self.ctl("amal", "decide", task, "more-needed", "--reason", "A page", "--finding", f"{document}:2:page-missing:Page 2")
        self.member.hayat("certificate", "file", "--form", form)
        again = self.await_task()
        self.assertNotEqual(again, task)
        self.ctl("brahim", "claim", again)
        self.ctl("brahim", "release", again)
        self.ctl("brahim", "claim", again)
        self.assertIn("votes 1 of 1", self.ctl("brahim", "decide", again, "approve", "--reason", "Complete"))
        receipt = hayat_wire.json.loads(self.member.hayat("receipt", "--decision", "--pdf", self.server.path("decision.pdf")).stdout)
        self.assertTrue(receipt["text"].startswith("HAYAT1:"))


if __name__ == "__main__":
    unittest.main()
