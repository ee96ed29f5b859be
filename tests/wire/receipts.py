#!/usr/bin/python3
"""Promise (SEC-F4): the script that docs/receipts.md publishes, which shares no code with us, verifies the page's vectors and what a server
signs; a receipt drawn by hayat-paper is read back from its QR code by another program and verifies with the public key alone; a changed
letter does not.
"""
import hashlib
import json
import os
import re
import subprocess
import sys
import unittest

from hayat_wire import WireTest, jpeg, pdf, program, run

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
with open(os.path.join(ROOT, "docs", "receipts.md"), encoding="utf-8") as published:
    PAGE = published.read()
SCRIPT = re.search(r"```python\n(.*?)```", PAGE, re.S).group(1)
KEY = re.search(r"^    ([0-9a-f]{64})$", PAGE, re.M).group(1)
VECTORS = re.findall(r"^    (HAYAT1:[0-9A-F]{16}:[0-9A-Z]+:[0-9A-Z]+)$", PAGE, re.M)


def verify(text, key, check=True):
    """The published script, in a Python of its own; field number → values as it prints them."""
    done = subprocess.run([sys.executable, "-I", "-c", SCRIPT, text, key], capture_output=True, check=check, text=True)
    told = {}
    for line in done.stdout.splitlines():
        number, value = line.split(" ", 1)
        told.setdefault(int(number), []).append(value)
    return done.returncode, told


class Vectors(unittest.TestCase):
    def test_filing(self):
        _, told = verify(VECTORS[0], KEY)
        self.assertEqual(told[1], ["b'hayat.life-certificate.receipt.v1'"])
        self.assertEqual((told[4], told[8], len(told[9])), (["2026"], ["1"], 2))

    def test_decision(self):
        _, told = verify(VECTORS[1], KEY)
        self.assertEqual((told[1], told[13]), (["b'hayat.life-certificate.decision.v1'"], ["2"]))
        findings = PAGE[PAGE.index("    finding TAB doc_"):]
        lines = [re.sub(r" ?TAB ?", "\t", line.strip()) for line in findings.splitlines() if line.strip()]
        self.assertEqual(told[16], [hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest()])

    def test_registry(self):
        _, told = verify(VECTORS[2], KEY)
        self.assertEqual((told[1], told[13], told[18]), (["b'hayat.life-certificate.decision.v1'"], ["1"], ["b'REG-999-0001'"]))
        self.assertEqual(told[16], [hashlib.sha256(b"").hexdigest()], "nothing was found wrong")
        self.assertNotIn(6, told, "nothing was filed")
        self.assertNotIn(15, told)

    def test_changed(self):
        for at in (30, len(VECTORS[0]) // 2, len(VECTORS[0]) - 3):
            letter = "7" if VECTORS[0][at] != "7" else "8"
            self.assertNotEqual(verify(VECTORS[0][:at] + letter + VECTORS[0][at + 1:], KEY, check=False)[0], 0)


class Receipts(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.terminate()  # the key is in the store, which one process has at a time
        cls.key = run(program("hayatctl"), "receipt-key", "--config", cls.server.path("hayatd.conf")).stdout.decode().split()[-1]
        cls.server.start()

    def kept(self, name, data):
        with open(self.server.path(name), "wb") as out:
            out.write(data)
        return self.server.path(name)

    def read_qr(self, drawn):
        """What another program sees on the printed pages."""
        run("pdftoppm", "-r", "200", "-png", drawn, drawn)
        pages = [os.path.join(os.path.dirname(drawn), name) for name in sorted(os.listdir(os.path.dirname(drawn)))
                 if name.startswith(os.path.basename(drawn)) and name.endswith(".png")]
        seen = [run("zbarimg", "--quiet", "--raw", page, check=False).stdout.decode().strip() for page in pages]
        return next(text for text in seen if text)

    def test_filed_drawn_read_and_verified(self):
        form, photo = self.kept("form.pdf", pdf(90_000)), self.kept("photo.jpg", jpeg(70_000))
        self.member.hayat("certificate", "file", "--form", form, "--identity", photo)
        drawn = self.server.path("receipt.pdf")
        receipt = self.member.hayat("receipt", "--pdf", drawn).stdout
        kept = self.kept("receipt.json", receipt)
        text = self.read_qr(drawn)
        self.assertEqual(text, json.loads(receipt)["text"])
        _, told = verify(text, self.key)
        self.assertEqual(told[1], ["b'hayat.life-certificate.receipt.v1'"])
        with open(form, "rb") as data:
            self.assertTrue(any(hashlib.sha256(data.read()).hexdigest() in document for document in told[9]))
        self.member.hayat("receipt", "verify", kept, "--key-hex", self.key)
        self.member.hayat("receipt", "verify", self.kept("qr.txt", text.lower().encode()), "--key-hex", self.key)
        changed = self.kept("changed.txt", (text[:-4] + ("7" if text[-4] != "7" else "8") + text[-3:]).encode())
        self.assertEqual(self.member.hayat("receipt", "verify", changed, "--key-hex", self.key, check=False).returncode, 1)
        other = self.member.hayat("receipt", "verify", kept, "--key-hex", "11" * 32, "--lang", "en", check=False)
        self.assertEqual(other.returncode, 1)
        self.assertIn(f"signed by key {json.loads(receipt)['key_id']}, the key given is ", other.stderr.decode())
        offline = self.server.path("offline.pdf")
        self.member.hayat("receipt", "print", kept, "--pdf", offline)
        with open(drawn, "rb") as first, open(offline, "rb") as second:
            self.assertEqual(first.read(), second.read(), "a drawing is a function of the receipt")
        refused = self.member.hayat("receipt", "--decision", check=False)
        self.assertEqual(refused.returncode, 1, "nothing was decided yet")


if __name__ == "__main__":
    unittest.main()
