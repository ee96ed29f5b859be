#!/usr/bin/python3
"""Promise: `buf curl` reads our reflection and makes the README's calls.  Skipped where there is no buf."""
import base64
import glob
import json
import os
import shutil
import unittest

import hayat_wire
from hayat_wire import ROOT, WireTest

BUF = shutil.which("buf") or next(iter(glob.glob(os.path.join(ROOT, ".cache/buf-*/node_modules/.bin/buf"))), None)
if BUF is None:
    hayat_wire.skip("no buf (tools/lint/buf-get)")


class BufCurl(WireTest):
    def curl(self, *words, token=None, data=None, check=True):
        options = ["--cacert", self.server.ca]
        if token:
            options += ["--header", f"authorization: Bearer {token}"]
        if data is not None:
            options += ["--data", data]
        *flags, path = words
        return hayat_wire.run(BUF, "curl", "--protocol", "grpc", *options, *flags, f"https://{self.server.address}{path}", check=check)

    def test_list(self):
        methods = self.curl("--list-methods", "").stdout.decode()
        self.assertIn("hayat.v1.CardService/GetCard", methods)
        self.assertIn("google.bytestream.ByteStream/Write", methods)

    def test_card_and_home(self):
        card = json.loads(self.curl("/hayat.v1.CardService/GetCard", token=self.token).stdout)["card"]
        self.assertEqual(card["registrationNumber"], self.server.hero())
        home = json.loads(self.curl("/hayat.v1.HomeService/GetHome", token=self.token).stdout)
        self.assertEqual(home["card"], card)

    def test_refusals(self):
        for token, data, code, word in (("hyt_wrong", "{}", "unauthenticated", "TOKEN_INVALID"),
                                        (self.token, '{"card_id": "nonsense"}', "invalid_argument", "card_id")):
            done = self.curl("/hayat.v1.CardService/GetCard", token=token, data=data, check=False)
            self.assertNotEqual(done.returncode, 0)
            told = json.loads(done.stderr)
            self.assertEqual(told["code"], code)
            values = [base64.b64decode(detail["value"] + "==") for detail in told["details"]]
            self.assertTrue(any(word.encode() in value for value in values), values)


if __name__ == "__main__":
    unittest.main(verbosity=2)
