#!/usr/bin/python3
"""Promise: a core system's feed survives kill -9 at any moment: what was taken is whole batches, each once, and in the end the store says
what the source says.  HAYAT_FEED_KILLS=200 makes the long version."""
import csv
import io
import os
import random
import threading
import time
import unittest

import grpc

from hayat_wire import Server, enum, message, program, run

KILLS = int(os.environ.get("HAYAT_FEED_KILLS", "10"))
IMPORT = "hayat.backoffice.v1.FeedService/ImportRecords"
GET = "hayat.backoffice.v1.FeedService/GetFeedBatch"
KINDS = {"members": "MEMBER", "beneficiaries": "BENEFICIARY", "cards": "CARD", "pensions": "PENSION", "rights": "RIGHTS",
         "exemptions": "EXEMPTION", "bank_accounts": "BANK_ACCOUNT", "claims": "CLAIM", "claim_lines": "CLAIM_LINE", "payments": "PAYMENT",
         "prior_authorizations": "PRIOR_AUTHORIZATION", "prior_authorization_lines": "PRIOR_AUTHORIZATION_LINE"}


def line(fields):
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(fields)
    return out.getvalue()


class Source:
    """Other people than the server's: the same fund under other registration numbers, in batches of one member each."""

    def __init__(self, server):
        self.directory = server.path("source")
        os.mkdir(self.directory)
        self.rows = {}  # registration number: [(kind, row)]
        for name, kind in KINDS.items():
            with open(server.path(f"fund/{name}.csv"), encoding="utf-8", newline="") as file:
                table = list(csv.reader(file))
            for row in table[1:]:
                row[0] = "995" + row[0][3:]
                if name == "cards":
                    row[4] = ""  # photos come by file only
                self.rows.setdefault(row[0], []).append((kind, line(row)))
            with open(f"{self.directory}/{name}.csv", "w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(table)
        self.batches = list(self.rows.values())

    def request(self, sequence):
        rows = [{"kind": enum(f"hayat.backoffice.v1.FeedKind.FEED_KIND_{kind}"), "row": row} for kind, row in self.batches[sequence - 1]]
        random.Random(sequence).shuffle(rows)  # their order does not matter, but a batch that is sent again is the same
        return message("hayat.backoffice.v1.ImportRecordsRequest")(source="source", sequence=sequence, rows=rows)


class Feed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(members=max(120, 2 * KILLS), enrolled=lambda server: {})
        cls.server.system("core", "feed,feed_bank,feed_registry,feed_rules")
        cls.source = Source(cls.server)
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def state(self, sequence=0):
        with self.server.client_as("core") as client:
            return client.call(GET, source="source", sequence=sequence)

    def send(self, after, kill_at=None):
        """Sends the batches after AFTER, one before it too; kills the server while batch KILL_AT is on its way."""
        on_its_way = threading.Event()

        def requests():
            for sequence in range(max(after, 1), len(self.source.batches) + 1):
                if sequence == kill_at:
                    on_its_way.set()
                yield self.source.request(sequence)

        def killer():
            on_its_way.wait(60)
            time.sleep(random.random() * 0.004)
            self.server.kill()

        thread = threading.Thread(target=killer) if kill_at else None
        if thread:
            thread.start()
        try:
            with self.server.client_as("core") as client:
                return client.start(IMPORT, requests(), timeout=60)
        finally:
            if thread:
                thread.join()

    def check(self):
        """Whole batches: the counters are those of the batches up to the last one; returns its number."""
        state = self.state()
        taken = self.source.batches[:state.last_sequence]
        self.assertEqual(state.accepted_count, sum(len(batch) for batch in taken))
        self.assertEqual((state.unchanged_count, state.refused_count), (0, 0))
        if taken:
            self.assertEqual(state.batch.accepted_count, len(taken[-1]))
        return state.last_sequence

    def test_kills(self):
        last = 0
        step = max(1, len(self.source.batches) // (KILLS + 1))
        for _ in range(KILLS):
            try:
                self.send(last, min(last + random.randint(1, 2 * step), len(self.source.batches)))
            except grpc.RpcError:
                pass  # else the last batch was answered before the kill
            self.server.start()
            before, last = last, self.check()
            self.assertGreaterEqual(last, before)
            if last == len(self.source.batches):
                break
        response = self.send(last)
        self.assertEqual(response.last_sequence, len(self.source.batches))
        self.assertEqual(response.refused_count, 0)
        self.assertEqual(self.check(), len(self.source.batches))
        self.assertEqual(self.server.terminate()[0], 0)
        run(program("hayatctl"), "db", "check", "--config", self.server.path("hayatd.conf"))
        told = run(program("hayatctl"), "import", "--config", self.server.path("hayatd.conf"), "--quiet",
                   self.source.directory).stdout.decode().splitlines()
        totals = [text for text in told if " rows = " in text]
        self.assertEqual(len(totals), len(KINDS))
        for text in totals:  # the files' rows are stored: nothing is missing, nothing is there twice
            self.assertIn(" rows = 0 accepted + ", text)
            self.assertIn(" + 0 refused", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
