#!/usr/bin/python3
"""Promise: a whole campaign of invented pensioners, over lines that break, ends as it must: who filed is decided on, nobody is suspended
wrongly, who was suspended and filed is reinstated, every receipt verifies without the server.

HAYAT_CAMPAIGN_PENSIONERS lives through it with more of them: 8000 are all who live abroad.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

from hayat_wire import program

PENSIONERS = int(os.environ.get("HAYAT_CAMPAIGN_PENSIONERS", "40"))
AGENTS = max(8, min(40, PENSIONERS // 50))
FATES = ("filed early", "filed in the last three days", "filed within grace", "left a page out", "sent a broken file",
         "filed by video", "handed papers in", "began, never submitted", "did nothing ", "did nothing, filed when suspended")


class Campaign(unittest.TestCase):
    def test_ends_as_it_must(self):
        with tempfile.TemporaryDirectory(prefix="hayat-campaign.") as directory:
            done = subprocess.run([program("hayatctl"), "demo", "campaign", "--out", os.path.join(directory, "site"), "--quiet",
                                   "--pensioners", str(PENSIONERS), "--agents", str(AGENTS), "--seed", "146"],
                                  capture_output=True, text=True, check=False)
        print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(done.stdout.endswith("all as it must be\n"))
        people = {fate: int(re.search(rf"^{fate}.*?(\d+) +\d+ +\d+$", done.stdout, re.M).group(1)) for fate in FATES}
        self.assertEqual(sum(people.values()), PENSIONERS)
        for fate in FATES:
            self.assertGreater(people[fate], 0, f"this seed has nobody who {fate}")
        votes = int(re.search(r"votes to suspend (\d+)", done.stdout).group(1))
        # two for each pension, and some have two
        self.assertGreaterEqual(votes, 2 * (people["did nothing "] + people["did nothing, filed when suspended"]))


if __name__ == "__main__":
    if os.environ.get("HAYAT_SANITIZE"):
        print("SKIP: it lives at a pace that instrumented programs do not keep; its parts have tests of their own")
        sys.exit(77)
    unittest.main()
