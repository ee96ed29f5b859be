#!/usr/bin/python3
"""Promise: a member changes the account they are paid on from the command line: told what is wrong with a number, shown the sentence, asked
before it is confirmed, able to take it back; a refusal needs no sign-in and a wrong code tells nothing."""
import json
import unittest

from hayat_wire import WireTest


def rib(number):
    """A valid RIB of bank 007 (domain notes, section 3)."""
    head = f"007780{number:016d}"
    return head + f"{97 - int(head) * 100 % 97:02d}"


class Bank(WireTest):
    def setUp(self):
        self.name = self.client.call("hayat.v1.CardService/GetCard").card.beneficiary.name
        self.holder = f"{self.name.family_name} {self.name.given_name}"

    def bank(self, *words, check=True):
        return self.member.hayat("bank", *words, check=check)

    def change(self, number):
        return json.loads(self.bank("change", rib(number), "--holder", self.holder, "--yes", "--json").stdout)["change"]

    def test_change_and_take_back(self):
        change = self.change(1)
        self.assertEqual(change["state"], "BANK_ACCOUNT_CHANGE_STATE_COOLING")
        self.assertEqual(change["account"]["masked_rib"], "007 … 0001")
        shown = self.bank("show", "--json").stdout.decode()
        self.assertIn(change["change_id"], shown)
        self.assertNotIn(rib(1), shown)
        again = self.bank("change", rib(2), "--holder", self.holder, "--yes", check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn(b"BANK_CHANGE_OPEN", again.stderr)
        gone = json.loads(self.bank("cancel", change["change_id"], "--json").stdout)["change"]
        self.assertEqual(gone["state"], "BANK_ACCOUNT_CHANGE_STATE_CANCELLED")

    def test_what_is_wrong_is_said(self):
        wrong = self.bank("change", rib(3)[:-1], "--holder", self.holder, "--yes", check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn(b"account_number: must have 24 digits", wrong.stderr)
        other = self.bank("change", rib(3), "--holder", "Quelqu Un Autre", "--yes", check=False)
        self.assertIn(b"BANK_HOLDER_DIFFERS", other.stderr)
        self.assertEqual(self.bank("change", rib(3), check=False).returncode, 2)

    def test_refusing_needs_no_session(self):
        refused = self.bank("refuse", "K7QM-2XRD-9HTV-0000", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"NOT_FOUND", refused.stderr)


if __name__ == "__main__":
    unittest.main()
