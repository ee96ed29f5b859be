#!/usr/bin/python3
"""Promise: the README's grpcurl calls work with the real grpcurl.  Skipped where there is none."""
import base64
import hashlib
import json
import os
import shutil
import unittest

import hayat_wire
from hayat_wire import WireTest, pdf, request_id

GRPCURL = shutil.which("grpcurl") or os.path.expanduser("~/go/bin/grpcurl")
if not os.access(GRPCURL, os.X_OK):
    hayat_wire.skip("no grpcurl (go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest)")


class Grpcurl(WireTest):
    def grpcurl(self, *words, token=None, data=None, check=True):
        options = ["-cacert", self.server.ca]
        if token:
            options += ["-H", f"authorization: Bearer {token}"]
        if data is not None:
            options += ["-d", "@"]
        return hayat_wire.run(GRPCURL, *options, self.server.address, *words, check=check, data=data)

    def answer(self, path, data=None):
        return json.loads(self.grpcurl(path, token=self.token, data=data).stdout)

    def refusal(self, path, token, data, *codes):
        done = self.grpcurl(path, token=token, data=data, check=False)
        self.assertNotEqual(done.returncode, 0)
        text = done.stderr.decode() + done.stdout.decode()
        self.assertTrue(any(f"Code: {code}" in text for code in codes), text)
        return text

    def test_list(self):
        services = self.grpcurl("list").stdout.decode().split()
        for service in ("hayat.v1.CardService", "hayat.v1.HomeService", "hayat.v1.LifeCertificateService", "hayat.v1.UploadService",
                        "hayat.v1.SessionService", "google.bytestream.ByteStream", "grpc.health.v1.Health"):
            self.assertIn(service, services)

    def test_describe(self):
        self.assertIn("rpc GetCard", self.grpcurl("describe", "hayat.v1.CardService").stdout.decode())
        self.assertIn("registration_number", self.grpcurl("describe", "hayat.v1.Card").stdout.decode())
        self.assertIn("bool has_photo", self.grpcurl("describe", "hayat.v1.Card").stdout.decode())
        self.grpcurl("describe")

    def test_card_and_home(self):
        card = self.answer("hayat.v1.CardService/GetCard")["card"]
        self.assertEqual(card["registrationNumber"], self.server.hero())
        home = self.answer("hayat.v1.HomeService/GetHome")
        self.assertEqual(home["card"], card)
        self.assertTrue(home["dependants"])

    def test_stream(self):
        lc = self.answer("hayat.v1.LifeCertificateService/CreateLifeCertificate",
                         json.dumps({"request_id": request_id(), "route": "PROOF_ROUTE_AUTHORITY_FORM"}))["lifeCertificate"]
        data = pdf(150_000)
        upload = self.answer("hayat.v1.UploadService/CreateUpload", json.dumps({
            "request_id": request_id(), "life_certificate_id": lc["lifeCertificateId"], "item": "DOCUMENT_ITEM_FORM",
            "media_type": "application/pdf", "size_bytes": len(data),
            "sha256": base64.b64encode(hashlib.sha256(data).digest()).decode()}))["upload"]
        writes = [{"resource_name": f"uploads/{upload['uploadId']}", "write_offset": at,
                   "data": base64.b64encode(data[at:at + 60_000]).decode(), "finish_write": at + 60_000 >= len(data)}
                  for at in range(0, len(data), 60_000)]
        written = self.answer("google.bytestream.ByteStream/Write", "\n".join(map(json.dumps, writes)))
        self.assertEqual(written, {"committedSize": str(len(data))})

    def test_refusals(self):
        text = self.refusal("hayat.v1.CardService/GetCard", "hyt_wrong", None, "Unauthenticated")
        self.assertIn("TOKEN_INVALID", text)
        self.assertIn("ErrorInfo", text)
        text = self.refusal("hayat.v1.CardService/GetCard", self.token, '{"card_id": "nonsense"}', "InvalidArgument")
        self.assertIn("BadRequest", text)
        self.assertIn("card_id", text)
        done = self.grpcurl("hayat.v1.CardService/NoSuch", token=self.token, check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_unknown_method(self):
        """grpcurl asks reflection first; with a proto of its own it sends what the server does not know."""
        with open(self.server.path("other.proto"), "w", encoding="ascii") as out:
            out.write('syntax = "proto3"; package hayat.v1; message None {} service CardService { rpc NoSuch(None) returns (None); }')
        done = hayat_wire.run(GRPCURL, "-cacert", self.server.ca, "-import-path", self.server.state, "-proto", "other.proto",
                              "-H", f"authorization: Bearer {self.token}", self.server.address, "hayat.v1.CardService/NoSuch",
                              check=False)
        self.assertIn("Code: Unimplemented", done.stderr.decode())


if __name__ == "__main__":
    unittest.main(verbosity=2)
