#!/usr/bin/python3
"""Promise: a member reads rights and claims from a shell, in three languages and as JSON, and a watch over a broken line goes
on where it was.
"""
import json
import unittest

import grpc
from hayat_wire import Member, WireTest, message

CLAIM = "hayat.v1.ClaimService"
WATCH = message("hayat.v1.WatchClaimsRequest")


class Claims(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = Member(cls.server)
        cls.person.sign_in()

    def hayat(self, *words, **options):
        return self.person.hayat(*words, **options).stdout.decode()

    def claims(self, *words):
        return json.loads(self.hayat("claims", "--json", *words)).get("claims", [])

    def test_list(self):
        claims = self.claims()
        self.assertTrue(claims)
        dates = [claim["receipt_date"] for claim in claims]
        self.assertEqual(dates, sorted(dates, reverse=True))
        for claim in claims:
            totals = claim["totals"]
            parts = ("reimbursed", "ticket_moderateur", "overrun", "non_covered")
            self.assertEqual(int(totals["billed_centimes"]), sum(int(totals[f"{part}_centimes"]) for part in parts))
        self.assertEqual(len(self.claims("--limit", "1")), 1)
        newest = claims[0]
        self.assertEqual(self.claims("--care-from", newest["last_care_date"], "--limit", "1")[0]["claim_id"], newest["claim_id"])
        states = {claim["state"] for claim in self.claims("--status", "paid,rejected")}
        self.assertLessEqual(states, {"CLAIM_STATE_PAID", "CLAIM_STATE_REJECTED"})

    def test_table_is_aligned(self):
        for language in ("en", "fr", "ar"):
            lines = self.hayat("claims", "--lang", language).splitlines()
            self.assertEqual(len(lines), len(self.claims()) + 1)
            ids = {line.index("clm_") for line in lines[1:] if "\u2068" not in line}
            self.assertLessEqual(len(ids), 1)

    def test_one_claim(self):
        claim = self.claims()[0]
        for language, words in (("en", "The fund pays"), ("fr", "La caisse rembourse"), ("ar", "يعوض الصندوق")):
            shown = self.hayat("claim", claim["claim_id"], "--lang", language)
            self.assertIn(claim["file_number"], shown)
            self.assertIn(words, shown)
        whole = json.loads(self.hayat("claim", claim["claim_id"], "--json"))
        self.assertTrue(all(line["explanation"] for line in whole["lines"]))

    def test_authorizations(self):
        shown = json.loads(self.hayat("authorizations", "--json")).get("prior_authorizations", [])
        self.assertTrue(shown)
        for language, word in (("en", "Valid until"), ("fr", "Valable jusqu'au"), ("ar", "صالح إلى غاية")):
            lines = self.hayat("authorizations", "--lang", language).splitlines()
            self.assertEqual(len(lines), len(shown) + 1)
            self.assertIn(word, lines[0])
            one = self.hayat("authorization", shown[0]["prior_authorization_id"], "--lang", language)
            self.assertIn(shown[0]["authorization_number"], one)
        whole = json.loads(self.hayat("authorization", shown[0]["prior_authorization_id"], "--json"))
        self.assertTrue(whole["lines"])
        states = {one["state"] for one in json.loads(self.hayat("authorizations", "--json", "--status", "granted,expired"))
                  .get("prior_authorizations", [])}
        self.assertLessEqual(states, {"PRIOR_AUTHORIZATION_STATE_GRANTED", "PRIOR_AUTHORIZATION_STATE_EXPIRED"})

    def test_coverage(self):
        shown = json.loads(self.hayat("coverage", "--json"))
        self.assertTrue(shown["coverages"])
        for coverage in shown["coverages"]:
            self.assertTrue(coverage["reason"])
        one = shown["coverages"][0]["beneficiary"]["beneficiary_id"]
        self.assertEqual(len(json.loads(self.hayat("coverage", one, "--json"))["coverages"]), 1)
        self.assertIn("Droits", self.hayat("coverage", "--lang", "fr"))

    def test_wrong_use(self):
        for words in (("claims", "--status", "nonsense"), ("claims", "--care-from", "yesterday"), ("claim",), ("authorization",),
                      ("authorizations", "--status", "paid"), ("authorizations", "--care-from", "2026-01-01")):
            self.assertEqual(self.person.hayat(*words, check=False).returncode, 2, words)
        refused = self.person.hayat("claim", "clm_" + "0" * 26, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"NOT_FOUND", refused.stderr)

    def test_watch(self):
        with self.server.client(self.person.token()) as client:
            watch = client.start(f"{CLAIM}/WatchClaims", WATCH(), timeout=20)
            told, last = [], None
            for last in watch:
                told += [claim.claim_id for claim in last.claims]
                if last.caught_up:
                    break
            watch.cancel()
            self.assertEqual(sorted(told), sorted(claim["claim_id"] for claim in self.claims("--limit", "1000")))
            again = client.start(f"{CLAIM}/WatchClaims", WATCH(resume_token=last.resume_token), timeout=20)
            first = next(again)
            self.assertEqual(len(first.claims), 0)
            self.assertTrue(first.caught_up)
            again.cancel()
            with self.assertRaises(grpc.RpcError):
                next(again)


if __name__ == "__main__":
    unittest.main(verbosity=2)
