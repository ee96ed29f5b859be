#!/usr/bin/python3
"""Promise: within seconds of its last byte a member sees what the check found in a document, by the program that hayatd really spawns; what
was refused keeps the draft from being submitted and says what to do; what replaces it lets it go (SEC-E6).
"""
import hashlib
import time
import unittest

import grpc
from hayat_wire import SLACK, WireTest, details, enum, jpeg, message, pdf, reason, request_id

CERTIFICATE, UPLOAD, HEALTH = "hayat.v1.LifeCertificateService", "hayat.v1.UploadService", "grpc.health.v1.Health"
FORM = enum("hayat.v1.DocumentItem.DOCUMENT_ITEM_FORM")
AUTHORITY_FORM = enum("hayat.v1.ProofRoute.PROOF_ROUTE_AUTHORITY_FORM")
STATE, REASON = "hayat.v1.DocumentCheckState.DOCUMENT_CHECK_STATE_", "hayat.v1.DocumentCheckReason.DOCUMENT_CHECK_REASON_"
STEP = 200_000


class Checks(WireTest):
    def draft(self):
        return self.client.call(f"{CERTIFICATE}/CreateLifeCertificate", request_id=request_id(),
                                route=AUTHORITY_FORM).life_certificate.life_certificate_id

    def upload(self, draft, media_type, data):
        upload = self.client.call(f"{UPLOAD}/CreateUpload", request_id=request_id(), life_certificate_id=draft, item=FORM,
                                  media_type=media_type, size_bytes=len(data), sha256=hashlib.sha256(data).digest()).upload
        for at in range(0, len(data), STEP):
            self.client.call(f"{UPLOAD}/AppendChunk", upload_id=upload.upload_id, offset=at, data=data[at:at + STEP],
                             finish=at + STEP >= len(data))
        return upload.upload_id

    def check(self, draft, language="en"):
        """The verdict, once it is there."""
        end = time.monotonic() + 60 * SLACK
        while time.monotonic() < end:
            certificate = self.client.call(f"{CERTIFICATE}/GetLifeCertificate", life_certificate_id=draft,
                                           metadata=[("accept-language", language)]).life_certificate
            check = certificate.documents[0].check
            if check.state != enum(STATE + "PENDING"):
                return check
            time.sleep(0.05)
        self.fail("no verdict in a minute")

    def test_scans_pass(self):
        for media_type, data in (("application/pdf", pdf(300_000)), ("image/jpeg", jpeg(200_000))):
            draft = self.draft()
            self.upload(draft, media_type, data)
            check = self.check(draft)
            self.assertEqual((check.state, check.page_count, check.text), (enum(STATE + "PASSED"), 1, ""))

    def test_refused_told_and_replaced(self):
        draft = self.draft()
        cut = self.upload(draft, "application/pdf", pdf(300_000)[:-20_000])
        check = self.check(draft)
        self.assertEqual((check.state, check.reason), (enum(STATE + "REFUSED"), enum(REASON + "TRUNCATED")))
        self.assertIn("Scan the paper again", check.text)
        self.assertIn("Numérisez à nouveau", self.check(draft, "fr").text)
        error = self.refused(grpc.StatusCode.FAILED_PRECONDITION, self.client.call, f"{CERTIFICATE}/SubmitLifeCertificate",
                             request_id=request_id(), life_certificate_id=draft)
        self.assertEqual(reason(error), "CERTIFICATE_INCOMPLETE")
        violations = details(error)["PreconditionFailure"].violations
        self.assertEqual([(row.type, row.subject) for row in violations], [("DOCUMENT_REFUSED", "FORM/TRUNCATED")])
        self.client.call(f"{UPLOAD}/CancelUpload", request_id=request_id(), upload_id=cut)
        self.upload(draft, "application/pdf", pdf(300_000))
        self.assertEqual(self.check(draft).state, enum(STATE + "PASSED"))
        receipt = self.client.call(f"{CERTIFICATE}/SubmitLifeCertificate", request_id=request_id(), life_certificate_id=draft).receipt
        payload = message("hayat.v1.ReceiptPayload").FromString(receipt.payload)
        self.assertFalse(payload.documents[0].HasField("check"))

    def test_the_checker_runs(self):
        serving = message("grpc.health.v1.HealthCheckResponse")(status=1)
        self.assertEqual(self.anonymous.call(f"{HEALTH}/Check", service="hayat.backoffice.v1.ReviewService"), serving)


if __name__ == "__main__":
    unittest.main()
