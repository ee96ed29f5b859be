#!/usr/bin/python3
"""Promise: a member signs in over TLS, reads their card and home, files a life certificate, and every refusal is told
in the published way.  The whole walk, with a client that shares no code with the server.
"""
import base64
import hashlib
import json
import queue
import time
import unittest

import grpc
from hayat_wire import (Client, Member, WireTest, details, enum, jpeg, message, pdf, program, reason, request_id, run)

CARD, HOME, CERTIFICATE = "hayat.v1.CardService", "hayat.v1.HomeService", "hayat.v1.LifeCertificateService"
UPLOAD, STREAM = "hayat.v1.UploadService", "google.bytestream.ByteStream"
FORM = enum("hayat.v1.DocumentItem.DOCUMENT_ITEM_FORM")
IDENTITY = enum("hayat.v1.DocumentItem.DOCUMENT_ITEM_IDENTITY")
FILED = [enum(f"hayat.v1.LifeCertificateState.LIFE_CERTIFICATE_STATE_{state}") for state in ("SUBMITTED", "IN_REVIEW")]
AUTHORITY_FORM = enum("hayat.v1.ProofRoute.PROOF_ROUTE_AUTHORITY_FORM")
STEP = 200_000


def writes(name, data, offset=0, step=STEP):
    for at in range(offset, len(data), step):
        yield message("google.bytestream.WriteRequest")(
            resource_name=name if at == offset else "", write_offset=at, data=data[at:at + step],
            finish_write=at + step >= len(data))


class Reads(WireTest):
    def test_card(self):
        rows = {row["registration_number"]: row for row in self.server.table("members")}
        family = [row for row in self.server.table("beneficiaries") if row["registration_number"] == self.server.hero()]
        cards = self.client.call(f"{CARD}/ListCards").cards
        self.assertEqual(len(cards), len(family))
        card = self.client.call(f"{CARD}/GetCard").card
        holder = next(row for row in family if row["relationship"] == "HOLDER")
        self.assertEqual(card, cards[0])
        self.assertEqual(card.registration_number, self.server.hero())
        self.assertEqual(card.affiliation_number, rows[self.server.hero()]["affiliation_number"])
        self.assertEqual(card.beneficiary.name.family_name, holder["family_name"])
        self.assertEqual(card.beneficiary.name.given_name_ar, holder["given_name_ar"])
        self.assertEqual(card.cine_number, holder["cine_number"])
        self.assertTrue(card.mutuelle_name and card.mutuelle_name_ar)
        again = self.client.call(f"{CARD}/GetCard", card_id=cards[-1].card_id).card
        self.assertEqual(again, cards[-1])

    def test_photo(self):
        with_photo = [card for card in self.client.call(f"{CARD}/ListCards").cards if card.has_photo]
        self.assertTrue(with_photo, "the demonstration's main person has a photo")
        photo = self.client.call(f"{CARD}/GetCardPhoto", card_id=with_photo[0].card_id)
        self.assertIn(photo.media_type, ("image/png", "image/jpeg"))
        self.assertIn(photo.data[:4], (b"\x89PNG", b"\xff\xd8\xff\xe0"))

    def test_home(self):
        home = self.client.call(f"{HOME}/GetHome", metadata=[("accept-language", "ar, fr;q=0.5")])
        self.assertEqual(home.card.registration_number, self.server.hero())
        self.assertTrue(home.dependants)
        self.assertTrue(home.due_items, "the main person has a life certificate to file")
        self.assertTrue(any("\u0600" <= letter <= "\u06ff" for letter in home.due_items[0].text))

    def test_health(self):
        serving = message("grpc.health.v1.HealthCheckResponse")(status=1)
        self.assertEqual(self.anonymous.call("grpc.health.v1.Health/Check"), serving)
        self.assertEqual(self.anonymous.call("grpc.health.v1.Health/Check", service=CARD), serving)
        error = self.refused(grpc.StatusCode.NOT_FOUND, self.anonymous.call, "grpc.health.v1.Health/Check", service="no.Such")
        self.assertTrue(error.details())
        watch = self.anonymous.start("grpc.health.v1.Health/Watch", message("grpc.health.v1.HealthCheckRequest")())
        self.assertEqual(next(watch), serving)
        watch.cancel()

    def test_help_and_version(self):
        """docs/operations.md: each program that people run takes --help and --version."""
        for name in ("hayatd", "hayatctl", "hayat", "hayat-courier", "hayat-auditverify"):
            self.assertRegex(run(program(name), "--version").stdout.decode(), rf"^{name} \d+\.\d+\.\d+\n$")
            self.assertIn(name, run(program(name), "--help").stdout.decode())

    def test_reflection(self):
        for package in ("grpc.reflection.v1", "grpc.reflection.v1alpha"):
            ask = message(f"{package}.ServerReflectionRequest")
            replies = self.anonymous.start(f"{package}.ServerReflection/ServerReflectionInfo",
                                           iter([ask(list_services="*"), ask(file_containing_symbol=f"{CARD}.GetCard"),
                                                 ask(file_by_filename="no/such.proto")]))
            listed, file, missing = replies
            names = {service.name for service in listed.list_services_response.service}
            self.assertLessEqual({CARD, HOME, CERTIFICATE, UPLOAD, STREAM, "grpc.health.v1.Health"}, names)
            files = file.file_descriptor_response.file_descriptor_proto
            self.assertTrue(any(b"hayat/v1/card.proto" in data for data in files))
            self.assertEqual(missing.error_response.error_code, grpc.StatusCode.NOT_FOUND.value[0])
            self.assertFalse(any("store" in name for name in names), "stored records are nobody's business")


class Refusals(WireTest):
    def test_no_token(self):
        error = self.refused(grpc.StatusCode.UNAUTHENTICATED, self.anonymous.call, f"{CARD}/GetCard")
        self.assertEqual(reason(error), "TOKEN_MISSING")

    def test_wrong_token(self):
        for token in ("hyt_" + "a" * 52, "hyt_", "x", "é", self.token[:-1], self.token + "a"):
            with self.server.client(token if token.isascii() else "hyt_x") as client:
                error = self.refused(grpc.StatusCode.UNAUTHENTICATED, client.call, f"{CARD}/GetCard")
                self.assertEqual(reason(error), "TOKEN_INVALID")
                self.assertEqual(details(error)["ErrorInfo"].domain, "hayat")

    def test_language(self):
        error = self.refused(grpc.StatusCode.UNAUTHENTICATED, self.anonymous.call, f"{CARD}/GetCard",
                             metadata=[("accept-language", "fr-MA, en;q=0.1")])
        text = details(error)["LocalizedMessage"]
        self.assertEqual((text.locale[:2], text.message), ("fr", "Veuillez vous connecter."))

    def test_bad_fields(self):
        cases = [(f"{CARD}/GetCard", {"card_id": "card_short"}, "card_id"),
                 (f"{CARD}/GetCard", {"card_id": "x" * 41}, "card_id"),
                 (f"{CARD}/ListCards", {"page_size": -1}, "page_size"),
                 (f"{CERTIFICATE}/CreateLifeCertificate", {"request_id": "1", "route": 1}, "request_id"),
                 (f"{CERTIFICATE}/CreateLifeCertificate", {"request_id": request_id()}, "route"),
                 (f"{UPLOAD}/CreateUpload", {"request_id": request_id(), "life_certificate_id": "lc_" + "0" * 26, "item": 1,
                                             "media_type": "application/pdf", "size_bytes": 1 << 40, "sha256": b"1" * 32},
                  "size_bytes")]
        for path, fields, field in cases:
            error = self.refused(grpc.StatusCode.INVALID_ARGUMENT, self.client.call, path, **fields)
            named = [violation.field for violation in details(error)["BadRequest"].field_violations]
            self.assertEqual(set(named), {field}, path)
            self.assertEqual(reason(error), "INVALID_FIELD")

    def test_unknown(self):
        for path in ("hayat.v1.CardService/NoSuch", "no.Such/Method", "x"):
            error = self.refused(grpc.StatusCode.UNIMPLEMENTED, self.client.raw, path, b"")
            self.assertEqual(reason(error), "UNKNOWN_METHOD")

    def test_somebody_elses_is_nobodys(self):
        """SEC-A3: another member's card and no card at all answer alike."""
        unknown = "card_" + "0" * 26
        with self.server.client(Member(self.server, "other").sign_in()) as client:
            theirs = client.call(f"{CARD}/GetCard").card.card_id
        answers = []
        for card_id in (theirs, unknown):
            error = self.refused(grpc.StatusCode.NOT_FOUND, self.client.call, f"{CARD}/GetCard", card_id=card_id)
            trailers = sorted((key, value) for key, value in error.trailing_metadata() if key != "x-request-id")
            answers.append((error.details(), trailers))
        self.assertEqual(*answers)

    def test_request_ids_differ(self):
        seen = set()
        for _ in range(3):
            reply, call = self.client._callable(f"{CARD}/GetCard").with_call(
                message("hayat.v1.GetCardRequest")(), metadata=self.client.metadata())
            seen.add(dict(tuple(call.initial_metadata()) + tuple(call.trailing_metadata()))["x-request-id"])
        self.assertEqual(len(seen), 3)

    def test_plaintext_is_not_served(self):
        channel = grpc.insecure_channel(self.server.address)
        with self.assertRaises(grpc.RpcError):
            channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=2)
        channel.close()

    def test_sign_out(self):
        member = Member(self.server, "leaving")
        token = member.sign_in()
        with self.server.client(token) as client:
            client.call(f"{CARD}/GetCard")
            member.hayat("sign-out")
            error = self.refused(grpc.StatusCode.UNAUTHENTICATED, client.call, f"{CARD}/GetCard")
            self.assertEqual(reason(error), "TOKEN_INVALID")


class Filing(WireTest):
    def declare(self, draft, item, media_type, data):
        return self.client.call(f"{UPLOAD}/CreateUpload", request_id=request_id(), life_certificate_id=draft, item=item,
                                media_type=media_type, size_bytes=len(data), sha256=hashlib.sha256(data).digest()).upload

    def read(self, document, offset=0, limit=0):
        request = message("google.bytestream.ReadRequest")(resource_name=f"documents/{document}", read_offset=offset,
                                                           read_limit=limit)
        return b"".join(reply.data for reply in self.client.start(f"{STREAM}/Read", request))

    def test_filing(self):
        obligation = self.client.call(f"{CERTIFICATE}/GetObligation").obligation
        self.assertFalse(obligation.fulfilled)
        self.assertIn(FORM, obligation.missing_items)

        # A draft; the replay of its request is the same draft.
        again = request_id()
        draft = self.client.call(f"{CERTIFICATE}/CreateLifeCertificate", request_id=again, route=AUTHORITY_FORM).life_certificate
        replay = self.client.call(f"{CERTIFICATE}/CreateLifeCertificate", request_id=again, route=AUTHORITY_FORM).life_certificate
        self.assertEqual(draft, replay)
        error = self.refused(grpc.StatusCode.INVALID_ARGUMENT, self.client.call, f"{CERTIFICATE}/CreateLifeCertificate",
                             request_id=again, route=2)
        self.assertEqual(reason(error), "REQUEST_ID_REUSED")
        lc = draft.life_certificate_id
        error = self.refused(grpc.StatusCode.FAILED_PRECONDITION, self.client.call, f"{CERTIFICATE}/SubmitLifeCertificate",
                             request_id=request_id(), life_certificate_id=lc)
        self.assertEqual(reason(error), "CERTIFICATE_INCOMPLETE")
        error = self.refused(grpc.StatusCode.FAILED_PRECONDITION, self.client.call, f"{CERTIFICATE}/GetReceipt",
                             life_certificate_id=lc)
        self.assertEqual(reason(error), "RECEIPT_NOT_ISSUED")

        # The form by a stream, the photo by unary chunks.
        form, photo = pdf(700_001), jpeg(300_007)
        upload = self.declare(lc, FORM, "application/pdf", form)
        name = f"uploads/{upload.upload_id}"
        reply = self.client.start(f"{STREAM}/Write", writes(name, form))
        self.assertEqual(reply.committed_size, len(form))
        status = self.client.call(f"{STREAM}/QueryWriteStatus", resource_name=name)
        self.assertEqual((status.committed_size, status.complete), (len(form), True))

        second = self.declare(lc, IDENTITY, "image/jpeg", photo).upload_id
        sent = self.client.call(f"{UPLOAD}/AppendChunk", upload_id=second, offset=0, data=photo[:STEP]).upload
        self.assertEqual(sent.committed_size, STEP)
        for offset in (0, STEP - 1, STEP + 1, 299_999):
            if offset == 0:  # committed already: acknowledged again
                same = self.client.call(f"{UPLOAD}/AppendChunk", upload_id=second, offset=0, data=photo[:STEP]).upload
                self.assertEqual(same.committed_size, STEP)
                continue
            error = self.refused(grpc.StatusCode.OUT_OF_RANGE, self.client.call, f"{UPLOAD}/AppendChunk", upload_id=second,
                                 offset=offset, data=photo[offset:offset + 1000])
            self.assertEqual(details(error)["ErrorInfo"].metadata["committed_size"], str(STEP))
        done = self.client.call(f"{UPLOAD}/AppendChunk", upload_id=second, offset=STEP, data=photo[STEP:], finish=True).upload
        self.assertEqual(done.state, enum("hayat.v1.UploadState.UPLOAD_STATE_COMPLETE"))

        # Filed, with a receipt that verifies offline.
        filed = self.client.call(f"{CERTIFICATE}/SubmitLifeCertificate", request_id=request_id(), life_certificate_id=lc)
        self.assertIn(filed.life_certificate.state, FILED)
        self.assertEqual(len(filed.life_certificate.documents), 2)
        self.assertEqual(self.client.call(f"{CERTIFICATE}/GetReceipt", life_certificate_id=lc).receipt, filed.receipt)
        payload = message("hayat.v1.ReceiptPayload").FromString(filed.receipt.payload)
        self.assertEqual((payload.life_certificate_id, payload.year), (lc, obligation.year))
        self.assertEqual({document.sha256 for document in payload.documents},
                         {hashlib.sha256(form).digest(), hashlib.sha256(photo).digest()})
        self.verify(lc)

        by_item = {document.item: document.document_id for document in filed.life_certificate.documents}
        self.assertEqual(self.read(by_item[FORM]), form)
        self.assertEqual(self.read(by_item[IDENTITY], 100_000, 65_000), photo[100_000:165_000])
        self.assertTrue(self.client.call(f"{CERTIFICATE}/GetObligation").obligation.fulfilled)
        error = self.refused(grpc.StatusCode.FAILED_PRECONDITION, self.client.call, f"{UPLOAD}/CreateUpload",
                             request_id=request_id(), life_certificate_id=lc, item=FORM, media_type="application/pdf",
                             size_bytes=1, sha256=b"1" * 32)
        self.assertEqual(reason(error), "CERTIFICATE_ALREADY_FILED")
        run(program("hayatctl"), "db", "check", "--config", self.server.path("hayatd.conf"))

    def verify(self, lc):
        """The receipt by hayat, with the key that hayatctl prints; a flipped byte is refused."""
        receipt, key = self.server.path("receipt.json"), self.server.receipt_key()
        text = self.member.hayat("receipt", "get", lc).stdout
        with open(receipt, "wb") as out:
            out.write(text)
        self.member.hayat("receipt", "verify", receipt, "--key-hex", key)
        signed = json.loads(text)
        payload = bytearray(base64.b64decode(signed["payload"]))
        payload[len(payload) // 2] ^= 1
        signed["payload"] = base64.b64encode(payload).decode()
        with open(receipt, "w", encoding="utf-8") as out:
            json.dump(signed, out)
        self.assertNotEqual(self.member.hayat("receipt", "verify", receipt, "--key-hex", key, check=False).returncode, 0)

    def test_health_of_each_service(self):
        """`hayatctl health` tells the server, one service, or each with a state of its own; without a CA it says what is missing."""
        def health(*words):
            done = run(program("hayatctl"), "health", "--server", self.server.address, *words, check=False)
            return done.returncode, done.stdout.decode().splitlines(), done.stderr.decode()
        trusted = ("--ca", self.server.ca)
        self.assertEqual(health(*trusted)[:2], (0, [f"{self.server.address} SERVING"]))
        self.assertEqual(health(*trusted, "--service", "hayat.v1.CardService")[:2], (0, ["hayat.v1.CardService SERVING"]))
        self.assertEqual(health(*trusted, "--service", "hayat.v1.NoSuchService")[0], 3)
        _, lines, _ = health(*trusted, "--all")
        names = ["hayat.backoffice.v1.AuditService", "hayat.v1.BankAccountService", "hayat.backoffice.v1.ReviewService", "hayat.v1.PrivacyService"]
        self.assertEqual([line.split(" ")[0] for line in lines], [self.server.address, *names])
        self.assertEqual(health(*trusted, "--all", "--service", "x")[0], 2)
        code, lines, told = health("--timeout-ms", "500")
        self.assertEqual((code, lines), (3, []))
        self.assertIn("give --ca", told)

    def test_newest_writer_wins(self):
        data = pdf(900_000)
        draft = self.client.call(f"{CERTIFICATE}/CreateLifeCertificate", request_id=request_id(), route=AUTHORITY_FORM)
        upload = self.declare(draft.life_certificate.life_certificate_id, FORM, "application/pdf", data)
        name = f"uploads/{upload.upload_id}"
        waiting = queue.Queue()
        old = self.client._callable(f"{STREAM}/Write").future(iter(waiting.get, None), metadata=self.client.metadata(), timeout=30)
        requests = list(writes(name, data))
        waiting.put(requests[0])
        committed = self.until_some(name)
        with Client(self.server.address, self.server.ca, self.token) as second:
            self.assertEqual(second.start(f"{STREAM}/Write", writes(name, data, committed)).committed_size, len(data))
        waiting.put(requests[1])
        waiting.put(None)
        self.assertIn(old.exception().code(), (grpc.StatusCode.ABORTED, grpc.StatusCode.FAILED_PRECONDITION))

    def until_some(self, name):
        """Waits until some bytes are on disk; how many."""
        for _ in range(200):
            committed = self.client.call(f"{STREAM}/QueryWriteStatus", resource_name=name).committed_size
            if committed > 0:
                return committed
            time.sleep(0.02)
        raise AssertionError("nothing is committed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
