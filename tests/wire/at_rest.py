#!/usr/bin/python3
"""Promise: whoever copies the store's files learns no name, number, address, token or document of any member (SEC-D1, D2)."""
import hashlib
import os
import unittest

from hayat_wire import WireTest, enum, message, pdf, request_id

# Shorter texts meet by chance in megabytes of random-looking bytes.
LEAST_BYTES = 6
PERSONAL = {"members": ("registration_number", "affiliation_number", "phone_number", "address"),
            "beneficiaries": ("registration_number", "given_name", "family_name", "given_name_ar", "family_name_ar", "cine_number"),
            "cards": ("registration_number",),
            "pensions": ("registration_number", "pension_number")}


def without_zero_pages(data, page=4096):
    """The file grows ahead of its use; what was never written holds nothing."""
    zero = bytes(page)
    return b"".join(data[at:at + page] for at in range(0, len(data), page) if data[at:at + page] != zero)


class AtRest(WireTest):
    def needles(self):
        found = set()
        for table, columns in PERSONAL.items():
            rows = self.server.table(table)
            self.assertTrue(rows, table)
            for row in rows:
                found.update(row[column] for column in columns)
                if table == "beneficiaries":
                    found.add(f"{row['given_name']} {row['family_name']}")
        return {text.encode() for text in found if len(text.encode()) >= LEAST_BYTES}

    def file_something(self):
        """Bytes of an open upload, which are on disk once acknowledged."""
        data = pdf(200_000)
        draft = self.client.call("hayat.v1.LifeCertificateService/CreateLifeCertificate", request_id=request_id(), route=1)
        upload = self.client.call("hayat.v1.UploadService/CreateUpload", request_id=request_id(),
                                  life_certificate_id=draft.life_certificate.life_certificate_id,
                                  item=enum("hayat.v1.DocumentItem.DOCUMENT_ITEM_FORM"), media_type="application/pdf",
                                  size_bytes=len(data), sha256=hashlib.sha256(data).digest()).upload
        self.client.call("hayat.v1.UploadService/AppendChunk", upload_id=upload.upload_id, data=data, finish=True)
        ids = [draft.life_certificate.life_certificate_id, upload.upload_id]
        return [data[:64], data[100_000:100_064], data[-64:], hashlib.sha256(data).digest()] + [text.encode() for text in ids]

    def secrets(self):
        with open(self.server.path("master.key"), "rb") as file:
            key = file.read().strip()
        photos = self.server.path("fund/photos")
        with open(os.path.join(photos, sorted(os.listdir(photos))[0]), "rb") as file:
            photo = file.read()
        return [key, bytes.fromhex(key.decode()), self.token.encode(), self.token[4:].encode(), photo[100:164]]

    def test_strings(self):
        needles = self.needles() | set(self.file_something()) | set(self.secrets())
        self.assertGreater(len(needles), 500)
        searched = 0
        for folder in ("db", "keyring", "keyring.erasure"):
            path = self.server.path(folder)
            names = [os.path.join(path, name) for name in os.listdir(path)] if os.path.isdir(path) else [path]
            for name in names:
                with open(name, "rb") as file:
                    data = without_zero_pages(file.read())
                searched += len(data)
                hits = [needle for needle in needles if needle in data]
                self.assertEqual(hits, [], f"{name} tells")
        self.assertGreater(searched, 500_000)

    def test_logs(self):
        """SEC-E7: nor does the log."""
        self.client.call("hayat.v1.HomeService/GetHome")
        with open(self.server.path("hayatd.log"), "rb") as file:
            log = file.read()
        self.assertIn(b"event=", log)
        self.assertEqual([needle for needle in self.needles() | set(self.secrets()[:4]) if needle in log], [])

    def test_private_files(self):
        for name in ("master.key", "keyring", "keyring.erasure", "db", "db/data.mdb", "tls/ca.key", "tls/server.key", "demo.json"):
            if os.path.exists(self.server.path(name)):
                self.assertEqual(os.stat(self.server.path(name)).st_mode & 0o077, 0, f"{name} is open to others")
        self.assertIsNotNone(message("hayat.v1.Card"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
