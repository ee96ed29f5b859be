#!/usr/bin/python3
"""Promise: what a telephone network reports of a text message reaches the record of deliveries, once and for good: from a real Kannel, through kills of the
courier and times without hayatd; what nobody made up a link for is refused with one constant answer, and no flood makes the courier large or deaf."""
import http.client
import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import threading
import time
import unittest
import urllib.parse
import urllib.request

import courier as base
import hayat_wire
from courier import Courier, Gateway, Kannel, rows_of, wait_for
from hayat_wire import SANITIZED, SLACK, free_port, program, run

FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
SMS, DELIVERED, FAILED, DISCARDED = "3", "1", "2", "3"
KILLS = 3 if SANITIZED else 6


class Reporting(Courier):
    """A courier that is reported to."""

    def begin(self, url):
        self.listen = f"127.0.0.1:{free_port()}"
        with open(self.server.path("password"), "w", encoding="ascii") as password:
            password.write("invented-password\n")
        self.config("kannel", kannel_url=url, kannel_user="hayat", kannel_from="212500000000",
                    kannel_password_file=self.server.path("password"), report_listen=self.listen)
        self.start()

    def kept(self):
        """The reports that the server does not know of yet."""
        path = self.server.path("carried/reports")
        return [name for name in os.listdir(path) if name.startswith("obx_")] if os.path.isdir(path) else []

    def deliveries(self):
        """Of text messages that somebody was to get: (outcome, report expected, report came, what it said); the server is stopped for it."""
        assert self.server.terminate()[0] == 0
        rows = [line.split(" ", 4) for line in self.fill("list").stdout.decode().splitlines()]
        return [tuple(row[1:]) for row in rows if row[0] == SMS and row[1] != DISCARDED]

    def stored(self, table):
        """How many rows the store of the running server has."""
        stat = run(program("hayatctl"), "db", "stat", "--config", self.server.path("hayatd.conf"), "--json").stdout
        return json.loads(stat)["tables"][table]

    def logged(self, word):
        return sum(map(int, re.findall(rf"event=reports .*?{word}=(\d+)", self.log())))

    def get(self, path, method="GET", body=None):
        """(status, every byte of the answer but its date); None when there was no answer."""
        connection = http.client.HTTPConnection(self.listen, timeout=10 * SLACK)
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            return answer.status, [(n, v) for n, v in answer.getheaders() if n != "Date"], answer.read()
        except (ConnectionError, http.client.HTTPException, TimeoutError):
            return None
        finally:
            connection.close()

    def report(self, link, number):
        """Exactly what Kannel's smsbox 1.4.5 sends: its User-Agent, its Connection, the link with its number."""
        parts = urllib.parse.urlsplit(link.replace("%d", str(number)))
        with socket.create_connection((parts.hostname, parts.port), 10 * SLACK) as line:
            line.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nConnection: keep-alive\r\nUser-Agent: Kannel/1.4.5\r\nHost: {parts.netloc}\r\n\r\n".encode())
            return int(line.recv(4096).split()[1])

    def rss(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def messages_of(count):
    """How many of COUNT rows are text messages that somebody gets."""
    return len(rows_of(0, count)) + sum(1 for i in rows_of(2, count) if i // base.KINDS % 2 == 1)


class Network(http.server.ThreadingHTTPServer):
    """Another operator's gateway, which a real bearerbox hands texts to (smsc = http, system-type = kannel): it refuses those for REFUSED, and takes
    the others and reports a moment later that the telephone cannot be reached."""

    daemon_threads = True

    def __init__(self, refused):
        super().__init__(("127.0.0.1", 0), NetworkRequest)
        self.refused = refused
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def group(self, numbers):
        port = free_port()
        return ("group = smsc\nsmsc = http\nsystem-type = kannel\nsmsc-id = OTHER\nsmsc-username = u\nsmsc-password = p\nconnect-allow-ip = 127.0.0.1\n"
                f"port = {port}\nsend-url = http://127.0.0.1:{self.server_port}/sendsms\ndlr-url = http://127.0.0.1:{port}/?username=u&password=p\n"
                f"allowed-prefix = {';'.join(numbers)}\n\n")


class NetworkRequest(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        taken = asked["to"] != [self.server.refused]
        body = b"0: Accepted for delivery" if taken else b"Receiver number not allowed, rejected"
        self.send_response(202)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if taken:
            threading.Thread(target=self.unreachable, args=(asked["dlr-url"][0],), daemon=True).start()

    @staticmethod
    def unreachable(link):
        """bearerbox knows of the message when it has seen the answer: until then it says that there is none."""
        def told():
            with urllib.request.urlopen(link.replace("%d", "2"), timeout=10) as answer:
                return answer.read() == b"Sent."
        wait_for(told)

    def log_message(self, *_):
        pass


class RealKannel(unittest.TestCase):
    def setUp(self):
        if shutil.which("bearerbox", path="/usr/sbin") is None or not os.path.exists(FAKESMSC):
            self.skipTest("kannel and kannel-extras are not installed (tools/setup check)")

    def test_what_arrives_and_what_does_not(self):
        """fakesmsc's link reports 1 of what it took; another network reports 2 of a telephone that is off; what that network refuses, bearerbox itself reports as 16."""
        courier = Reporting(count=120)
        self.addCleanup(courier.stop)
        numbers = [row["phone_number"] for row in courier.server.table("members") if row["phone_number"] and row["address"]][:10]
        network = Network(refused=numbers[0])
        kannel = Kannel(courier.server, FAKESMSC, others=[numbers[0], numbers[2]], more=network.group([numbers[0], numbers[2]]))
        try:
            courier.begin(kannel.url())
            expected = messages_of(120)
            courier.until(lambda: courier.logged("changed") >= expected, 60)
            courier.until(lambda: courier.kept() == [])
            self.assertEqual(courier.end(), 0)
            rows = courier.deliveries()
            arrived = rows.count((DELIVERED, "1", "1", "kannel report 1"))
            unreachable = rows.count((FAILED, "1", "1", "kannel report 2"))
            refused = rows.count((FAILED, "1", "1", "kannel report 16"))
            self.assertEqual(arrived + unreachable + refused, expected, rows)
            self.assertGreater(refused, 0)
            self.assertGreater(unreachable, 0)
            self.assertGreater(arrived, unreachable + refused)
            base.Spool.check_log(self, courier)
        finally:
            kannel.stop()
            network.shutdown()
            network.server_close()

    def test_killed_at_any_moment_and_a_server_that_is_away(self):
        courier = Reporting(count=120)
        self.addCleanup(courier.stop)
        kannel = Kannel(courier.server, FAKESMSC)
        try:
            courier.begin(kannel.url())
            for i in range(KILLS):
                time.sleep(random.uniform(0.05, 0.5) * SLACK)
                courier.end(signal.SIGKILL)
                if i % 2 == 0:
                    self.assertEqual(courier.server.terminate()[0], 0)
                    courier.start()  # alone: what is reported now waits
                    time.sleep(random.uniform(0.05, 0.5) * SLACK)
                    courier.end(signal.SIGKILL)
                    courier.server.start()
                courier.start()
            expected = messages_of(120)
            courier.until(lambda: courier.stored("outbox") == 0, 90)
            courier.until(lambda: courier.stored("delivery_report") == 0, 60)  # nothing is awaited any more
            self.assertEqual(courier.end(), 0)
            rows = courier.deliveries()
            self.assertEqual(rows.count((DELIVERED, "1", "1", "kannel report 1")), expected, rows)
        finally:
            kannel.stop()


class Listener(unittest.TestCase):
    """What a gateway may say is driven by the test: each link is one that the courier gave with a message."""

    def setUp(self):
        self.courier = Reporting(count=36)
        self.gateway = Gateway(["good"])
        self.addCleanup(self.courier.stop)
        self.addCleanup(self.gateway.server_close)
        self.addCleanup(self.gateway.shutdown)
        self.courier.begin(self.gateway.url())
        self.expected = messages_of(36)
        wait_for(lambda: len(self.gateway.links) >= self.expected)
        wait_for(lambda: [name for name in os.listdir(self.courier.server.path("carried")) if name.startswith("obx_")] == [])
        self.links = [link for link, _ in self.gateway.links]

    def test_links_say_nothing(self):
        """A link names its message and nothing of whom it is for, or of what it says."""
        self.assertEqual(len(set(self.links)), self.expected)
        for (link, mask), (number, _, text) in zip(self.gateway.links, self.gateway.taken):
            self.assertEqual(mask, "19")
            self.assertRegex(link, rf"^http://{re.escape(self.courier.listen)}/report/obx_[0-9a-z]+/[0-9a-f]{{32}}\?type=%d$")
            self.assertNotIn(number.lstrip("+"), link)
            for word in re.findall(r"C\d{7}|\w{5,}", text):
                self.assertNotIn(word.lower(), link.lower())

    def test_duplicates_and_every_order(self):
        """1 and 2 and again, in any order: what arrived has arrived; what is only tried or queued says nothing."""
        orders = [(1,), (2,), (2, 1), (1, 2), (2, 2, 1, 2, 1), (16, 8, 4), (8, 4, 12), (1, 1, 1)]
        for link, order in zip(self.links, orders):
            for number in order:
                for _ in range(3):
                    self.assertEqual(self.courier.report(link, number), 200)
        wait_for(lambda: self.courier.kept() == [])
        self.courier.quiet()
        self.assertEqual(self.courier.end(), 0)
        rows = self.courier.deliveries()
        self.assertEqual(len(rows), self.expected)
        self.assertEqual(rows.count((DELIVERED, "1", "1", "kannel report 1")), sum(1 in order for order in orders), rows)
        self.assertEqual(rows.count((FAILED, "1", "1", "kannel report 2")), 1, rows)
        self.assertEqual(rows.count((FAILED, "1", "1", "kannel report 16")), 1, rows)
        self.assertEqual(rows.count((DELIVERED, "1", "0", "")), self.expected - sum(bool({1, 2, 16} & set(order)) for order in orders), rows)

    def test_kept_while_the_server_is_away(self):
        """Answered with 200 and on disk: kill -9 right after loses nothing, and the server hears of it when it is back."""
        self.assertEqual(self.courier.server.terminate()[0], 0)
        for link in self.links[:4]:
            self.assertEqual(self.courier.report(link, 1), 200)
        self.courier.end(signal.SIGKILL)
        self.assertEqual(len(self.courier.kept()), 4)
        self.courier.start()
        wait_for(lambda: self.courier.get("/") is not None)
        self.assertEqual(self.courier.report(self.links[4], 1), 200)
        self.assertEqual(len(self.courier.kept()), 5)
        self.courier.server.start()
        wait_for(lambda: self.courier.kept() == [], 60)
        self.assertEqual(self.courier.end(), 0)
        self.assertEqual(self.courier.deliveries().count((DELIVERED, "1", "1", "kannel report 1")), 5)

    def test_what_is_no_report_is_refused_with_one_answer(self):
        path = urllib.parse.urlsplit(self.links[0]).path
        other = urllib.parse.urlsplit(self.links[1]).path
        wrong = [path, path + "?type=", path + "?type=x", path + "?type=-1", path + "?type=1000", path + "?tipe=1", path[:-1] + "?type=1",
                 path + "0?type=1", path.upper() + "?type=1", path.rsplit("/", 1)[0] + "/" + other.rsplit("/", 1)[1] + "?type=1",
                 path.replace("/report/", "/reports/") + "?type=1", "/?type=1", "/report/?type=1", "/report//?type=1",
                 "/report/" + "0" * 900 + "?type=1", path + "/../?type=1"]
        answers = [self.courier.get(one) for one in wrong]
        answers += [self.courier.get(path + "?type=1", method) for method in ("PUT", "DELETE", "HEAD", "OPTIONS")]
        answers.append(self.courier.get(path + "?type=1", "POST", body="type=1"))
        self.assertEqual({answer[0] for answer in answers if answer}, {403}, answers)
        gets = [answer for answer in answers[:len(wrong)] if answer]
        self.assertTrue(all(answer == gets[0] for answer in gets), gets)
        self.assertGreaterEqual(len(gets), len(wrong) - 1)  # one too long may find the line closed
        self.courier.quiet()
        self.assertEqual(self.courier.kept(), [])
        self.assertEqual(self.courier.end(), 0)
        self.assertEqual(self.courier.deliveries().count((DELIVERED, "1", "0", "")), self.expected)

    def test_floods_and_open_lines(self):
        """Lines that say nothing are dropped, garbage is not kept, and a report is heard after all of it."""
        for _ in range(50):
            self.courier.get("/report/obx_0/0?type=1")
        before = self.courier.rss()
        address = (self.courier.listen.split(":")[0], int(self.courier.listen.split(":")[1]))
        lines = []
        for _ in range(200):  # three times as many as it takes
            line = socket.socket()
            line.settimeout(5)
            try:
                line.connect(address)
                line.sendall(b"GET /report/" + b"x" * 512)
                lines.append(line)
            except OSError:
                line.close()
        for _ in range(3):
            with socket.socket() as endless:
                endless.settimeout(2)
                try:
                    endless.connect(address)
                    for _ in range(256):
                        endless.sendall(b"X-Long: " + b"y" * 65536 + b"\r\n")
                except OSError:
                    pass
        wait_for(lambda: self.answers(), 30)
        for _ in range(2000 if not SANITIZED else 200):
            self.courier.get("/report/obx_0000000000000000000000000g/" + "0" * 32 + "?type=1")
        self.assertEqual(self.courier.report(self.links[0], 1), 200)
        wait_for(lambda: self.courier.logged("changed") >= 1)
        if not SANITIZED:
            self.assertLess(self.courier.rss() - before, 4 << 20)
        for line in lines:
            line.close()
        self.assertEqual(self.courier.kept(), [])
        self.assertEqual(self.courier.end(), 0)

    def answers(self):
        answer = self.courier.get("/")
        return answer is not None and answer[0] == 403


if __name__ == "__main__":
    hayat_wire.unittest.main()
