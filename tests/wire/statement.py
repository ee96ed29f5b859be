#!/usr/bin/python3
"""Promise: a member has a statement of their claims made in each form, over the wire; the file is the one the fund signed, which
anybody checks offline; the sums are those of the fund's own files; a changed byte or another key does not pass.
"""
import csv
import io
import json
import os
import unittest

from hayat_wire import WireTest, program, run

FROM, TO = "2000-01-01", "2100-12-31"


def centimes(text):
    whole, part = text.split(".")
    return int(whole) * 100 + int(part)


class Statement(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.terminate()  # the key is in the store, which one process has at a time
        key = run(program("hayatctl"), "receipt-key", "--config", cls.server.path("hayatd.conf")).stdout
        with open(cls.server.path("receipt.key"), "wb") as out:
            out.write(key)
        cls.server.start()

    def fetch(self, form, *more):
        path = self.server.path(f"statement.{form}")
        shown = self.member.hayat("statement", "--from", FROM, "--to", TO, "--format", form, "--out", path, "--key",
                                  self.server.path("receipt.key"), "--json", *more).stdout
        with open(path, "rb") as data:
            return path, json.loads(shown), data.read()

    def verify(self, path, key=None, check=True):
        return self.member.hayat("statement", "verify", path, "--key", key or self.server.path("receipt.key"), check=check)

    def test_forms_and_verification(self):
        claim_counts, totals = set(), set()
        for form, begin in (("pdf", b"%PDF-1."), ("csv", b"record,"), ("fhir", b'{"resourceType":"Bundle"')):
            path, shown, data = self.fetch(form)
            self.assertTrue(shown["valid"])
            self.assertTrue(data.startswith(begin))
            self.assertEqual(shown["payload"]["size_bytes"], len(data))
            claim_counts.add(shown["payload"]["claim_count"])
            totals.add(json.dumps(shown["payload"]["totals"], sort_keys=True))
            self.verify(path)
            changed = bytearray(data)
            changed[len(data) // 2] ^= 1
            with open(path, "wb") as out:
                out.write(changed)
            self.assertEqual(self.verify(path, check=False).returncode, 1)
        self.assertEqual((len(claim_counts), len(totals)), (1, 1), "the forms tell the same")

    def test_another_key(self):
        path, _, _ = self.fetch("csv")
        other = self.server.path("other.key")
        with open(other, "w", encoding="ascii") as out:
            out.write("00" * 31 + "01")
        refused = self.verify(path, key=other, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"KEY_OTHER", refused.stderr, "the wrong file of two is no forgery")

    def test_sums_are_the_funds(self):
        _, shown, data = self.fetch("csv")
        rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
        mine = {row["claim_number"] for row in self.server.table("claims")
                if row["registration_number"] == self.server.hero() and row["state"] == "PAID"}
        self.assertTrue(mine, "the main person has paid claims")
        self.assertEqual({row["reference"] for row in rows if row["record"] == "line"}, mine)
        lines = [row for row in self.server.table("claim_lines") if row["claim_number"] in mine]
        for name in ("billed", "reimbursed", "ticket_moderateur", "overrun", "non_covered"):
            self.assertEqual(sum(centimes(row[name]) for row in rows if row["record"] == "line"),
                             sum(int(row[f"{name}_centimes"]) for row in lines))
            self.assertEqual(int(shown["payload"]["totals"][f"{name}_centimes"]),
                             sum(int(row[f"{name}_centimes"]) for row in lines))

    def test_somebody_else(self):
        beneficiary = self.client.call("hayat.v1.CardService/GetCard").card.beneficiary.beneficiary_id
        _, shown, _ = self.fetch("csv", "--beneficiary", beneficiary)
        self.assertEqual(shown["payload"]["beneficiary_id"], beneficiary)
        refused = self.member.hayat("statement", "--from", FROM, "--to", TO, "--out", self.server.path("no"), "--beneficiary",
                                    "ben_" + "0" * 26, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertFalse(os.path.exists(self.server.path("no")))

    def test_wrong_use(self):
        for words in (["--from", FROM, "--to", TO], ["--from", "yesterday", "--to", TO, "--out", "x"],
                      ["--from", FROM, "--to", TO, "--out", "x", "--format", "docx"]):
            self.assertEqual(self.member.hayat("statement", *words, check=False).returncode, 2)


if __name__ == "__main__":
    unittest.main()
