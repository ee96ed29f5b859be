#!/usr/bin/python3
"""Promise (SEC-F3, SEC-D3): `hayat export` writes everything on file about its member and about nobody else, through the real server;
`hayatctl retention` shows and lists beside it, and changes nothing; a document's key hangs on a file that others may not read.
"""
import json
import os
import unittest

from hayat_wire import Member, WireTest, program, run


class Export(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = Member(cls.server)
        cls.person.sign_in()

    def test_export(self):
        path = self.server.path("export.json")
        self.person.hayat("export", "--out", path)
        self.assertEqual(os.stat(path).st_mode & 0o077, 0)
        with open(path, encoding="utf-8") as file:
            export = json.load(file)
        self.assertEqual(export["format"], "hayat export v1")
        tables = export["tables"]
        card = json.loads(self.person.hayat("card", "--json").stdout)
        numbers = {row["registration_number"] for row in tables["member"]}
        self.assertEqual(numbers, {card["registration_number"]})
        self.assertIn(card["cine_number"], {row["cine_number"] for row in tables["beneficiary"]})
        claims = json.loads(self.person.hayat("claims", "--json", "--limit", "1000").stdout).get("claims", [])
        self.assertEqual({row["file_number"] for row in tables["claim"]}, {claim["file_number"] for claim in claims})
        self.assertNotIn("session", tables)

    def test_wrong_use(self):
        self.assertEqual(self.person.hayat("export", check=False).returncode, 2)

    def hayatctl(self, *words):
        return run(program("hayatctl"), "retention", *words, "--config", self.server.path("hayatd.conf"))

    def test_retention_beside_the_server(self):
        store = self.server.path("db/data.mdb")
        shown = self.hayatctl("show").stdout.decode()
        self.assertIn("periods by RETENTION-1", shown)
        before = os.stat(store).st_mtime_ns
        self.assertIn("nothing was changed", self.hayatctl("run", "--dry-run").stdout.decode())
        self.assertEqual(os.stat(store).st_mtime_ns, before)
        self.assertEqual(os.stat(self.server.path("keyring.erasure")).st_mode & 0o077, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
