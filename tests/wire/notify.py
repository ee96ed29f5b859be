#!/usr/bin/python3
"""Promise: what a member is told is seen by a watch as it happens and arrives once at the least as e-mail, text message and wake-up, at real servers on
the loopback that are slow, refuse and drop connections, through 20 kills of the courier; e-mails are right in French and Arabic, wake-ups say
nothing, and the courier's log holds no personal data."""
import email
import email.policy
import http.server
import json
import logging
import os
import random
import re
import signal
import ssl
import subprocess
import threading
import time
import unittest
import warnings

import grpc

import hayat_wire
from courier import Courier, Gateway, wait_for
from hayat_wire import SLACK, Member, enum, message, run

try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult, LoginPassword
except ImportError:
    hayat_wire.skip("python3-aiosmtpd is not installed (tools/setup check)")

logging.disable(logging.CRITICAL)  # the mail server's own: its strangers are what is tested
warnings.simplefilter("ignore")
SERVICE = "hayat.v1.NotificationService/"
KILLS = int(os.environ.get("HAYAT_NOTIFY_KILLS", "20"))
TOLD = 48


class MailServer:
    """A mail server with STARTTLS and a sign-in.  MOODS says how it takes a message, one after the other, the last one for ever."""

    def __init__(self, server, moods):
        self.moods, self.taken, self.tried = list(moods), [], 0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server.path("tls/server.crt"), server.path("tls/server.key"))
        self.port = hayat_wire.free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, tls_context=context, require_starttls=True,
                                     auth_required=True, authenticator=self.check)
        self.controller.start()

    @staticmethod
    def check(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"hayat", b"invented-password")
        return AuthResult(success=good)

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tried += 1
        mood = self.moods.pop(0) if len(self.moods) > 1 else self.moods[0]
        if mood == "later":
            return "451 4.7.1 greylisted"
        if mood == "drop":
            server.transport.abort()
            return "421 gone"
        if mood == "slow":
            time.sleep(0.3)
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        for line in envelope.content.split(b"\r\n"):
            assert len(line) <= 78 and all(byte < 128 for byte in line), line
        self.taken.append((envelope.rcpt_tos[0], parsed))
        return "250 2.0.0 taken"

    def ids(self):
        return {mail["Message-ID"] for _, mail in self.taken}

    def stop(self):
        self.controller.stop()


class PushService(http.server.ThreadingHTTPServer):
    """Stands in for a push service behind the interface of docs/push.md; MOODS as above: a number is a status, "silent" answers nothing."""

    daemon_threads = True

    def __init__(self, moods):
        super().__init__(("127.0.0.1", 0), PushRequest)
        self.moods, self.asked = list(moods), []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class PushRequest(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mood = self.server.moods.pop(0) if len(self.server.moods) > 1 else self.server.moods[0]
        self.server.asked.append((mood, self.headers["Authorization"], self.headers["Idempotency-Key"], body))
        if mood == "silent":
            time.sleep(3)
            return
        self.send_response(mood)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class House(Courier):
    """A server, a member who is signed in, a mail server, a text-message gateway, a push service, and a courier for all of them."""

    def __init__(self, mail=("good",), push=(202,), sms=("good",)):
        self.gateway, self.push_service = Gateway(sms), PushService(push)
        self.mail = None
        super().__init__(count=0)
        self.mail = MailServer(self.server, mail)
        self.everything()
        self.member = Member(self.server)
        self.token = self.member.sign_in()
        self.client = self.server.client(self.token)

    def fill(self, count):
        self.server.enrol(self.server.hero(), "demo")

    def everything(self):
        with open(self.server.path("password"), "w", encoding="ascii") as password:
            password.write("invented-password\n")
        self.config("kannel", kannel_url=self.gateway.url(), kannel_user="hayat", kannel_from="HAYAT",
                    kannel_password_file=self.server.path("password"))
        with open(self.server.path("courier.conf"), "a", encoding="utf-8") as out:
            out.write(f"[email]\ncarrier = smtp\nsmtp_url = smtp://127.0.0.1:{self.mail.port}\nsmtp_user = hayat\n"
                      f"smtp_password_file = {self.server.path('password')}\nsmtp_ca = {self.server.ca}\n"
                      "from = hayat@fonds.example\ntimeout_seconds = 3\n"
                      f"[push]\ncarrier = http\nurl = http://127.0.0.1:{self.push_service.server_port}/wake\n"
                      f"secret_file = {self.server.path('password')}\ntimeout_seconds = 1\n"
                      f"[core]\ncarrier = spool\nspool = {self.server.path('core')}\n")

    def stop(self):
        try:
            super().stop()
        finally:
            self.gateway.shutdown()
            self.gateway.server_close()
            self.push_service.shutdown()
            self.push_service.server_close()
            if self.mail is not None:
                self.mail.stop()

    def preferences(self):
        return self.client.call(SERVICE + "GetPreferences").preferences

    def update(self, *paths, email_code="", **wish):
        request = message("hayat.v1.UpdatePreferencesRequest")(
            request_id=hayat_wire.request_id(), etag=self.preferences().etag, email_code=email_code,
            preferences=message("hayat.v1.Preferences")(**wish))
        request.update_mask.paths.extend(paths)
        return self.client.start(SERVICE + "UpdatePreferences", request)

    def confirm_email(self, address):
        """Reads the code where the member would: in the mailbox."""
        before = len(self.mail.taken)
        self.update("email_address", email_address=address)
        wait_for(lambda: len(self.mail.taken) > before, 30)
        code = re.search(r"\b\d{8}\b", self.mail.taken[-1][1].get_content()).group()
        self.update(email_code=code)

    def watch(self, seen, resume_token=""):
        request = message("hayat.v1.WatchNotificationsRequest")(resume_token=resume_token)
        stream = self.client.start(SERVICE + "WatchNotifications", request, timeout=600)

        def follow():
            try:
                for answer in stream:
                    seen.extend(answer.notifications)
            except grpc.RpcError:
                pass
        threading.Thread(target=follow, daemon=True).start()
        return stream

    def restart_filled(self, count):
        """Tells the member COUNT things while the server is down."""
        self.client.close()
        self.server.terminate()
        run(os.path.join(hayat_wire.BUILD, "tests", "inbox_fill"), self.server.path("hayatd.conf"), str(count), data=self.server.hero())
        self.server.start()
        self.client = self.server.client(self.token)


class Notify(unittest.TestCase):
    def check_log(self, house):
        for word in (r"example\.", "token-of-a-device", r"\b\d{8}\b", "obx_", "invented-password"):
            self.assertIsNone(re.search(word, house.log()), word)

    def test_everything_arrives_through_kills(self):
        house = House()
        try:
            house.start()
            house.confirm_email("inventee@example.invalid")
            house.update("push_token", push_token="token-of-a-device")
            house.end(signal.SIGKILL)
            house.restart_filled(TOLD)
            told = house.client.call(SERVICE + "ListNotifications", page_size=100)
            seen = []
            stream = house.watch(seen)
            wait_for(lambda: len(seen) >= len(told.notifications))
            for _ in range(KILLS):
                house.start()
                time.sleep(random.uniform(0.05, 0.3) * SLACK)
                house.end(signal.SIGKILL)
            house.start()
            notices = (TOLD + 3) // 4
            news = TOLD - notices
            wait_for(lambda: len(house.mail.ids()) >= 1 + news, 60)
            wait_for(lambda: sum("compte" in text or "حساب" in text or "account" in text
                                 for _, _, text in house.gateway.taken) >= notices, 60)
            house.update("email_address", email_address="")  # seen live, and told by text message
            wait_for(lambda: any(one.kind == 8 for one in seen[len(told.notifications):]))
            house.quiet()
            self.assertEqual(house.end(), 0)
            stream.cancel()
            self.check_mails(house, news)
            self.check_pushes(house)
            self.check_log(house)
        finally:
            house.stop()

    def check_mails(self, house, news):
        by_id = {mail["Message-ID"]: (to, mail) for to, mail in house.mail.taken}
        self.assertEqual(sum("@fonds.example" in str(name) for name in by_id), len(by_id))
        self.assertGreaterEqual(len(by_id), 1 + news)
        for to, mail in by_id.values():
            self.assertEqual(to, "inventee@example.invalid")
            self.assertEqual(mail.get_content_type(), "text/plain")
            self.assertRegex(str(mail["From"]), r"<hayat@fonds\.example>")
            self.assertIn("صندوق مخترع" if mail["Content-Language"] == "ar" else "Caisse inventée", str(mail["From"]))
            self.assertGreater(len(mail.get_content()), 40)
            self.assertNotIn("?", str(mail["Subject"]).replace(" ?", ""))

    def check_pushes(self, house):
        self.assertGreaterEqual(len(house.push_service.asked), 1)
        for _, secret, key, body in house.push_service.asked:
            self.assertEqual(secret, "Bearer invented-password")
            self.assertRegex(key, r"^obx_")
            self.assertEqual(json.loads(body), {"version": 1, "token": "token-of-a-device", "wake": True})

    def test_servers_that_are_slow_refuse_and_drop(self):
        house = House(mail=("drop", "later", "slow", "good"), push=(500, "silent", 202))
        try:
            house.start()
            house.confirm_email("a@example.invalid")
            self.assertGreaterEqual(house.mail.tried, 3)
            self.assertEqual(len({mail["Message-ID"] for _, mail in house.mail.taken}), 1)
            house.update("push_token", push_token="token-of-a-device")
            house.update("language_code", language_code="ar")
            house.update("email_address", email_address="")
            wait_for(lambda: house.push_service.asked[-1:] and house.push_service.asked[-1][0] == 202, 30)
            house.push_service.moods[:] = [410]
            house.confirm_email("b@example.invalid")
            self.assertEqual(str(house.mail.taken[-1][1]["Content-Language"]), "ar")
            self.assertIn("أكدوا بريدكم", str(house.mail.taken[-1][1]["Subject"]))
            wait_for(lambda: not house.preferences().push_devices, 30)  # the push service knows it no more
            house.update("email_address", email_address="nobody@example.invalid")
            wait_for(lambda: re.search(r"route=email.* failed=1", house.log()), 30)
            self.assertEqual(house.end(), 0)
            self.check_log(house)
        finally:
            house.stop()

    def test_a_mail_server_that_is_a_stranger_gets_nothing(self):
        """Its certificate is nobody's: no password and no mail go there."""
        house = House()
        try:
            house.mail.stop()
            run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", house.server.path("tls/server.key2"), "-out",
                house.server.path("tls/server.crt2"))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(house.server.path("tls/server.crt2"), house.server.path("tls/server.key2"))
            house.mail.controller = Controller(house.mail, hostname="127.0.0.1", port=house.mail.port, tls_context=context,
                                               require_starttls=True, auth_required=True, authenticator=house.mail.check)
            house.mail.controller.start()
            house.start()
            house.update("email_address", email_address="a@example.invalid")
            wait_for(lambda: re.search(r"route=email.* postponed=1", house.log()), 30)
            self.assertEqual((house.mail.tried, house.mail.taken), (0, []))
        finally:
            house.stop()


class Client(unittest.TestCase):
    def test_hayat(self):
        """inbox, inbox read, inbox --watch through a restart of the server, preferences."""
        house = House()
        try:
            house.start()
            hayat = house.member.hayat
            hayat("preferences", "set", "email=a@example.invalid")
            wait_for(lambda: house.mail.taken, 30)
            code = re.search(r"\b\d{8}\b", house.mail.taken[-1][1].get_content()).group()
            hayat("preferences", "set", "code=" + code)
            hayat("preferences", "set", "certificate=post,email")
            shown = hayat("preferences").stdout.decode()
            self.assertIn("email=a@example.invalid\n", shown)
            self.assertIn("certificate=email,post\n", shown)
            refused = hayat("preferences", "set", "security=email", check=False)
            self.assertEqual(refused.returncode, 1)
            self.assertEqual(hayat("preferences", "set", "nonsense", check=False).returncode, 2)
            told = json.loads(hayat("inbox", "--json").stdout)
            self.assertEqual(told["kind"], "NOTIFICATION_KIND_EMAIL_CHANGED")
            watching = subprocess.Popen([hayat_wire.program("hayat"), "inbox", "--watch"], env=house.member.env, stdout=subprocess.PIPE)
            os.set_blocking(watching.stdout.fileno(), False)
            seen = [b""]

            def count():
                seen[0] += watching.stdout.read() or b""
                return seen[0].count(b"ntf_")
            wait_for(lambda: count() == 1, 30)
            house.restart_filled(8)
            wait_for(lambda: count() == 1 + 6, 60)  # of 8, two are notices
            hayat("inbox", "read", told["notification_id"])
            wait_for(lambda: count() == 1 + 6 + 1, 30)  # told again, as read
            self.assertEqual(len({*re.findall(rb"ntf_\w+", seen[0])}), 7)
            watching.send_signal(signal.SIGINT)
            watching.wait(20)
            watching.stdout.close()
            hayat("inbox", "read", "--all")
            self.assertNotIn("* ", hayat("inbox").stdout.decode())
        finally:
            house.stop()


class Core(unittest.TestCase):
    def test_a_filing_reaches_the_core_system_once(self):
        house = House()
        try:
            files = {name: house.server.path(name) for name in ("form.pdf", "photo.jpg")}
            for path, data in ((files["form.pdf"], hayat_wire.pdf(30000)), (files["photo.jpg"], hayat_wire.jpeg(20000))):
                with open(path, "wb") as out:
                    out.write(data)
            house.member.hayat("certificate", "file", "--form", files["form.pdf"], "--identity", files["photo.jpg"])
            for _ in range(3):
                house.start()
                time.sleep(random.uniform(0.1, 0.4) * SLACK)
                house.end(signal.SIGKILL)
            house.start()
            wait_for(lambda: house.spooled("core", ".json"), 30)
            house.quiet()
            self.assertEqual(house.end(), 0)
            with open(os.path.join(house.server.path("core"), "index.csv"), encoding="utf-8") as text:
                lines = text.read().splitlines()
            self.assertEqual(lines[0], "id,file,kind")
            names = house.spooled("core", ".json")
            self.assertEqual(sorted(line.split(",")[1] for line in lines[1:]), names)
            self.assertEqual(len(names), len(set(names)))
            with open(os.path.join(house.server.path("core"), names[0]), encoding="utf-8") as text:
                event = json.load(text)
            self.assertEqual(event["id"] + ".json", names[0])
            self.assertTrue(event["kind"].startswith("life_certificate."))
            self.assertGreater(len(event["payload"]), 100)
        finally:
            house.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
