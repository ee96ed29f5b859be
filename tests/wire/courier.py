#!/usr/bin/python3
"""Promise: every letter and text message of the outbox is delivered and acknowledged, through kills at any moment, and nothing that must not be
sent is sent: by the spool, by a gateway that is slow, silent, broken or lies, and by a real Kannel.  The courier's log holds no personal data.
HAYAT_COURIER_KILLS=200 makes the long version of the kills."""
import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse

import grpc

import hayat_wire
from hayat_wire import SANITIZED, SLACK, Server, enum, free_port, message, program, run

KILLS = int(os.environ.get("HAYAT_COURIER_KILLS", "4" if SANITIZED else "12"))
WATCH = "hayat.backoffice.v1.OutboxService/WatchOutbox"
QUEUE = "hayat.backoffice.v1.OutboxQueue.OUTBOX_QUEUE_"
KINDS = 6  # of outbox_fill: SMS code, letter code, notice, two decoys, an expired code


def wait_for(what, seconds=20):
    """Polls until WHAT() is true."""
    end = time.monotonic() + seconds * SLACK
    while not what():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds * SLACK} s")
        time.sleep(0.02)


class Courier:
    """A server over a filled outbox, and hayat-courier beside it."""

    def __init__(self, count, sms="spool"):
        self.server = Server(members=40, enrolled=lambda server: {})
        self.server.system("courier", "outbox")
        self.server.system("looker", "outbox")
        self.count = count
        self.process = None
        self.log_path = self.server.path("courier.log")
        self.fill(count)
        self.config(sms)
        self.server.start()

    def fill(self, what):
        # The first ten members have a telephone number and an address, as everybody in the demonstration.
        numbers = [row["registration_number"] for row in self.server.table("members")
                   if row["phone_number"] and row["address"]][:10]
        return run(os.path.join(hayat_wire.BUILD, "tests", "outbox_fill"), self.server.path("hayatd.conf"), str(what), data="\n".join(numbers))

    def config(self, sms, **kannel):
        lines = ["[server]", f"address = {self.server.agents_address}", f"ca = {self.server.ca}",
                 f"cert = {self.server.path('courier.crt')}", f"key = {self.server.path('courier.key')}",
                 "[courier]", f"state = {self.server.path('carried')}", "lease_seconds = 60", "retry_seconds = 1",
                 "[post]", "carrier = spool", f"spool = {self.server.path('letters')}",
                 "[fund]", "name_fr = Caisse inventée", "name_ar = صندوق مخترع", "address = 1, place Inventée",
                 "phone = +212 5 00 00 00 00", "site = www.example.invalid",
                 "[log]", "level = debug",
                 "[sms]", f"carrier = {sms}", f"spool = {self.server.path('sms')}", "timeout_seconds = 2"]
        lines += [f"{name} = {value}" for name, value in kannel.items()]
        with open(self.server.path("courier.conf"), "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([program("hayat-courier"), "--config", self.server.path("courier.conf")], stdout=log, stderr=log)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(30)

    def stop(self):
        try:
            if self.process is not None and self.process.poll() is None:
                self.end(signal.SIGKILL)
        finally:
            self.server.stop()

    def log(self):
        with open(self.log_path, encoding="utf-8") as text:
            return text.read()

    def until(self, what, seconds=20):
        """wait_for; what the courier said last is in the failure's text."""
        try:
            wait_for(what, seconds)
        except AssertionError as late:
            said = "\n".join(self.log().splitlines()[-20:])
            raise AssertionError(f"{late}; the courier's exit code: {self.process.poll()}; it said last:\n{said}") from late

    def spooled(self, directory, ending):
        path = self.server.path(directory)
        return sorted(name for name in os.listdir(path) if name.endswith(ending)) if os.path.isdir(path) else []

    def texts(self):
        found = []
        for name in self.spooled("sms", ".json"):
            with open(os.path.join(self.server.path("sms"), name), encoding="utf-8") as text:
                found.append(json.load(text))
        return found

    def index(self):
        with open(os.path.join(self.server.path("letters"), "index.csv"), encoding="utf-8") as text:
            return text.read().splitlines()

    def quiet(self):
        """Waits until the courier has had nothing to say for a while."""
        size, since = -1, time.monotonic()
        while time.monotonic() - since < (2 if SANITIZED else 1):
            time.sleep(0.05)
            if os.path.getsize(self.log_path) != size:
                size, since = os.path.getsize(self.log_path), time.monotonic()


def rows_of(kind, count):
    return [i for i in range(count) if i % KINDS == kind]


class Spool(unittest.TestCase):
    def check_everything(self, courier):
        """Every code and notice once, no decoy, nothing expired; the outbox is empty."""
        texts = [text["text"] for text in courier.texts()]
        codes = sorted(re.search(r"C\d{7}", text).group() for text in texts if re.search(r"C\d{7}", text))
        self.assertEqual(codes, [f"C{i:07d}" for i in rows_of(0, courier.count)])
        letters = courier.spooled("letters", ".pdf")
        notices = len(rows_of(2, courier.count))
        self.assertEqual(len(texts) + len(letters), len(rows_of(0, courier.count)) + len(rows_of(1, courier.count)) + notices)
        lines = courier.index()
        self.assertEqual(lines[0], "id,file,kind,language,date")
        self.assertEqual(sorted(line.split(",")[1] for line in lines[1:] if line.count(",") == 4), letters)

    def check_log(self, courier):
        log = courier.log()
        numbers = {row["phone_number"] for row in courier.server.table("members") if row["phone_number"]}
        for canary in [r"C\d{7}", r"P\d{11}", "obx_"] + [re.escape(number) for number in numbers]:
            self.assertIsNone(re.search(canary, log), canary)

    def settled(self, courier):
        """Whether the log's counts say that every row was settled; what was told twice is counted by the server alone."""
        counts = [sum(map(int, re.findall(rf" {word}=(\d+)", courier.log()))) for word in ("delivered", "failed", "discarded")]
        return sum(counts) >= courier.count

    def test_everything_is_spooled_and_nothing_else(self):
        courier = Courier(count=120)
        try:
            courier.start()
            wait_for(lambda: self.settled(courier))
            wait_for(lambda: os.listdir(courier.server.path("carried")) == [])
            self.assertEqual(courier.end(), 0)
            self.check_everything(courier)
            self.check_log(courier)
            for text in courier.texts():
                self.assertEqual(text["coding"], "ucs2" if text["language"] == "ar" else "gsm7")
            self.nothing_left(courier)
        finally:
            courier.stop()

    def nothing_left(self, courier):
        """A second courier is handed nothing, not even after the first one's leases."""
        with courier.server.client_as("courier") as same:
            request = message("hayat.backoffice.v1.WatchOutboxRequest")(queues=[enum(QUEUE + "POST"), enum(QUEUE + "SMS")])
            stream = same.start(WATCH, request, timeout=1.5 * SLACK)
            with self.assertRaises(grpc.RpcError) as caught:
                self.fail(f"still there: {next(stream)}")
            self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)

    def test_killed_at_any_moment(self):
        courier = Courier(count=360)
        try:
            for _ in range(KILLS):
                courier.start()
                time.sleep(random.uniform(0.02, 0.4) * SLACK)
                courier.end(signal.SIGKILL)
            courier.start()
            wait_for(lambda: len(courier.spooled("letters", ".pdf")) + len(courier.spooled("sms", ".json")) >= 180, 60)
            courier.quiet()
            self.assertEqual(courier.end(), 0)
            self.check_everything(courier)
            self.check_log(courier)
            self.nothing_left(courier)
        finally:
            courier.stop()


class Gateway(http.server.ThreadingHTTPServer):
    """Pretends to be Kannel's sendsms; MOODS says how it answers, one after the other, the last one for ever."""

    daemon_threads = True

    def __init__(self, moods):
        super().__init__(("127.0.0.1", 0), GatewayRequest)
        self.moods, self.asked, self.taken, self.links = list(moods), [], [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server_port}/cgi-bin/sendsms"

    def mood(self):
        return self.moods.pop(0) if len(self.moods) > 1 else self.moods[0]


class GatewayRequest(http.server.BaseHTTPRequestHandler):
    def answer(self, code, body):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")
        mood = self.server.mood()
        self.server.asked.append((mood, text))
        if mood == "silent":
            time.sleep(4)
            return
        if mood == "broken":
            return self.answer(500, b"Internal error")
        if mood == "lying":  # a captive portal: all is well, says somebody else
            return self.answer(200, b"<html>0: Accepted for delivery</html>")
        if mood == "stranger":
            return self.answer(403, b"Authorization failed for sendsms")
        if mood == "never":
            return self.answer(400, b"Receiver number not allowed, rejected")
        if mood == "slow":
            time.sleep(1)
        self.server.taken.append((self.headers["X-Kannel-To"], self.headers["X-Kannel-Coding"], text))
        self.server.links.append((self.headers["X-Kannel-DLR-Url"], self.headers["X-Kannel-DLR-Mask"]))
        return self.answer(202, b"0: Accepted for delivery")

    def log_message(self, *_):
        pass


class Kannel:
    """bearerbox, smsbox and fakesmsc, which plays a telephone network, on free ports of the loopback.  OTHERS are numbers that another network, MORE of the
    configuration, is for."""

    def __init__(self, server, fakesmsc, others=(), more=""):
        self.server, self.processes = server, []
        with open(server.path("password"), "w", encoding="ascii") as out:
            out.write("invented-password\n")
        for last in (False, False, True):
            try:
                return self.try_ports(fakesmsc, others, more)
            except ChildProcessError:  # somebody else took a port meanwhile
                self.stop()
                if last:
                    raise
            except BaseException:
                self.stop()
                raise

    def try_ports(self, fakesmsc, others, more):
        admin, boxes, network, self.port = (free_port() for _ in range(4))
        path = self.server.path("kannel.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(f"group = core\nadmin-port = {admin}\nadmin-password = invented\nsmsbox-port = {boxes}\n"
                      "box-deny-ip = \"*.*.*.*\"\nbox-allow-ip = 127.0.0.1\nadmin-deny-ip = \"*.*.*.*\"\nadmin-allow-ip = 127.0.0.1\n\n"
                      f"group = smsc\nsmsc = fake\nsmsc-id = FAKE\nport = {network}\nconnect-allow-ip = 127.0.0.1\n"
                      + (f"denied-prefix = {';'.join(others)}\n" if others else "") + "\n" + more +
                      f"group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = {self.port}\n"
                      "http-request-retry = 200\nhttp-queue-delay = 1\n\n"
                      "group = sendsms-user\nusername = hayat\npassword = invented-password\nconcatenation = true\nmax-messages = 3\n")
        self.begin("bearerbox", "/usr/sbin/bearerbox", path)
        self.listens(boxes)
        self.begin("smsbox", "/usr/sbin/smsbox", path)
        self.begin("network", fakesmsc, "-H", "127.0.0.1", "-r", str(network), "-m", "0", "1 2 text none")
        self.listens(self.port)

    def begin(self, name, *words):
        with open(self.server.path(name + ".log"), "wb") as log:
            self.processes.append(subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.server.state))

    def listens(self, port):
        def tried():
            if any(process.poll() is not None for process in self.processes):
                raise ChildProcessError("a part of Kannel ended")
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        wait_for(tried)

    def url(self):
        return f"http://127.0.0.1:{self.port}/cgi-bin/sendsms"

    def received(self):
        """The text messages as telephones would show them: fakesmsc prints UCS-2 as if it was a part of an address."""
        with open(self.server.path("network.log"), "rb") as log:
            lines = re.findall(rb"Got message \d+: <\S+ (\S+) (\S+) (.*)>\n", log.read())
        return [(number.decode(), urllib.parse.unquote_to_bytes(text.replace(b"+", b" ")).decode("utf-16-be") if coding == b"ucs-2"
                 else text.decode("utf-8")) for number, coding, text in lines]

    def stop(self):
        while self.processes:
            process = self.processes.pop()
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Gateways(unittest.TestCase):
    def test_a_gateway_that_is_down_slow_and_lies(self):
        """Nothing is lost, nothing that was not taken counts as delivered; what it refuses for good is given up alone."""
        courier = Courier(count=48)
        gateway = Gateway(["broken", "silent", "lying", "stranger", "slow", "never", "good"])
        try:
            with open(courier.server.path("password"), "w", encoding="ascii") as password:
                password.write("invented-password\n")
            courier.config("kannel", kannel_url=gateway.url(), kannel_user="hayat", kannel_from="HAYAT",
                           kannel_password_file=courier.server.path("password"))
            courier.start()
            codes = {f"C{i:07d}" for i in rows_of(0, 48)}
            wait_for(lambda: len({text for _, text in gateway.asked}) >= len(codes) + 4, 60)
            courier.quiet()
            self.assertEqual(courier.end(), 0)
            taken = [re.search(r"C\d{7}", text).group() for _, _, text in gateway.taken if re.search(r"C\d{7}", text)]
            refused = {text for mood, text in gateway.asked if mood == "never"}
            self.assertEqual(len(refused), 1)
            self.assertEqual(set(taken) | {code for code in codes if any(code in text for text in refused)}, codes)
            self.assertEqual(len(taken), len(set(taken)))
            self.assertEqual(set(gateway.links), {(None, None)})  # nobody listens, so nobody is asked to report
            for number, coding, text in gateway.taken:
                self.assertRegex(number, r"^\+\d+$")
                self.assertEqual(coding, "2" if re.search("[\u0600-\u06ff]", text) else "0")
            self.assertIn("carrier_left_alone", courier.log())
            self.assertNotIn("invented-password", courier.log())
            Spool.check_log(self, courier)
            Spool.nothing_left(self, courier)
        finally:
            courier.stop()
            gateway.shutdown()
            gateway.server_close()

    def test_kannel(self):
        """The real gateway: bearerbox and smsbox from Debian's kannel, fakesmsc from kannel-extras."""
        fake = "/usr/lib/kannel/test/fakesmsc"
        if shutil.which("bearerbox", path="/usr/sbin") is None or not os.path.exists(fake):
            self.skipTest("kannel and kannel-extras are not installed (tools/setup check)")
        courier = Courier(count=24)
        kannel = Kannel(courier.server, fake)
        try:
            courier.config("kannel", kannel_url=kannel.url(), kannel_user="hayat", kannel_from="212500000000",
                           kannel_password_file=courier.server.path("password"))
            courier.start()
            expected = {f"C{i:07d}" for i in rows_of(0, 24)}
            wait_for(lambda: expected <= set(re.findall(r"C\d{7}", str(kannel.received()))), 40)
            courier.quiet()
            self.assertEqual(courier.end(), 0)
            received = kannel.received()
            self.assertTrue(any("à la caisse" in text for _, text in received), received)
            self.assertTrue(any("لا تعطوه لأي أحد" in text for _, text in received), received)
            self.assertTrue(all(re.fullmatch(r"\+\d+", number) for number, _ in received), received)
            self.assertEqual(len(re.findall(r"C\d{7}", str(received))), len(expected))
            Spool.nothing_left(self, courier)
        finally:
            kannel.stop()
            courier.stop()


if __name__ == "__main__":
    hayat_wire.unittest.main()
