#!/usr/bin/python3
"""Promise (SEC-C3): hayatd asks the bank over mutual TLS, by its certificate: a bank that does not know the certificate does not hear the
question, one that cannot prove who it is does not get it, and neither is ever a yes; the old account is paid until the switch; each step
of a change is told in the app as it happens, across restarts, once."""
import json
import os
import subprocess
import time
import unittest

from hayat_wire import BUILD, ROOT, Member, Server, message, program, run

WAIT_SECONDS = 20


def rib(number):
    """A valid RIB of bank 007 (domain notes, section 3)."""
    head = f"007780{number:016d}"
    return head + f"{97 - int(head) * 100 % 97:02d}"


class Simulator:
    """A bank, with the server certificate CERT and the CA of the callers it hears."""

    def __init__(self, server, behaviour, cert, clients):
        self.ledger = server.path("ledger")
        open(self.ledger, "w", encoding="ascii").close()
        words = [os.path.join(ROOT, "tools", "bank-simulator"), "--behaviour", behaviour, "--ledger", self.ledger]
        words += ["--cert", cert + ".crt", "--key", cert + ".key", "--ca", clients]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def questions(self):
        with open(self.ledger, encoding="ascii") as lines:
            return [line.split() for line in lines]

    def close(self):
        self.process.communicate()  # it ends with its input


class Inbox:
    """What WatchNotifications shows, over every connection that there was."""

    def __init__(self):
        self.kinds, self.token, self.stream = [], "", None

    def watch(self, client):
        request = message("hayat.v1.WatchNotificationsRequest")(resume_token=self.token)
        self.stream = client.start("hayat.v1.NotificationService/WatchNotifications", request, timeout=WAIT_SECONDS)

    def catch_up(self):
        """What was told before is not looked at."""
        caught_up = False
        while not caught_up:
            response = next(self.stream)
            self.token, caught_up = response.resume_token, response.caught_up

    def until(self, kind):
        """Goes on until a notification of that kind; all kinds so far."""
        while not self.kinds or self.kinds[-1] != kind:
            response = next(self.stream)
            self.token = response.resume_token
            for told in response.notifications:
                name = told.DESCRIPTOR.fields_by_name["kind"].enum_type.values_by_number[told.kind].name
                self.kinds.append(name.replace("NOTIFICATION_KIND_BANK_CHANGE_", ""))
        return self.kinds

    def close(self):
        self.stream.cancel()


class BankLife(unittest.TestCase):
    """One change of account; hayatd and its bank start again for each act."""

    @classmethod
    def setUpClass(cls):
        cls.server = server = Server()
        server.system("asks", "outbox")  # a certificate of the fund's own CA
        run(program("hayatctl"), "ca", "init", "--out", server.path("strange"))
        run(program("hayatctl"), "system", "add", "--config", server.path("hayatd.conf"), "--ca-dir", server.path("strange"), "--name",
            "invented-stranger", "--scope", "outbox", "--out", server.path("stranger"))
        with open(server.path("hayatd.conf"), encoding="utf-8") as text:
            cls.plain = text.read()
        cls.simulator = None

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.begin(cert="asks", ca="tls/ca.crt", bank="tls/server")
        self.member = Member(self.server)
        self.client = self.server.client(self.member.sign_in())
        self.name = self.client.call("hayat.v1.CardService/GetCard").card.beneficiary.name

    def tearDown(self):
        self.client.close()
        self.end()

    def begin(self, cert, ca, bank, clients="tls/clients-ca.crt", name="localhost", behaviour="right"):
        """Starts a bank that proves itself by BANK and hears callers of CLIENTS, and hayatd that calls by CERT and trusts CA."""
        path = self.server.path
        self.simulator = Simulator(self.server, behaviour, path(bank), path(clients))
        with open(path("hayatd.conf"), "w", encoding="utf-8") as out:
            out.write(self.plain + f"[bank]\ntarget = 127.0.0.1:{self.simulator.port}\nca = {path(ca)}\nserver_name = {name}\n")
            if cert:
                out.write(f"cert = {path(cert)}.crt\nkey = {path(cert)}.key\n")
        self.log_from = os.path.getsize(path("hayatd.log"))
        self.server.start()

    def end(self):
        if self.server.process.poll() is None:
            self.server.terminate()
        self.simulator.close()

    def log(self):
        with open(self.server.path("hayatd.log"), encoding="utf-8") as log:
            log.seek(self.log_from)
            return log.read()

    def until(self, what, seen):
        end = time.monotonic() + WAIT_SECONDS
        while not seen():
            self.assertLess(time.monotonic(), end, f"{what} does not come:\n{self.log()}")
            time.sleep(0.02)

    def confirmed(self, number):
        """A change that was confirmed, and its id."""
        words = ("bank", "change", rib(number), "--holder", f"{self.name.family_name} {self.name.given_name}", "--yes")
        return self.member.hayat(*words).stdout.decode().split()[0]

    def state(self, change_id):
        change = self.client.call("hayat.v1.BankAccountService/GetBankAccountChange", change_id=change_id).change
        return change.DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number[change.state].name.rsplit("STATE_", 1)[1]

    def paid_on(self):
        """The account that the member is paid on; "" when there is none yet."""
        shown = self.member.hayat("bank", "show", "--json", check=False).stdout
        return json.loads(shown).get("account", {}).get("masked_rib", "") if shown else ""

    def act(self, **how):
        """hayatd and the bank begin again, and the question is due."""
        self.end()
        due = run(os.path.join(BUILD, "tests", "bank_hasten"), self.server.path("hayatd.conf"), self.server.hero()).stdout
        self.assertEqual(due, b"1\n")
        self.begin(**how)

    def test_only_a_bank_that_knows_us_and_that_we_know_is_asked(self):
        before, change = self.paid_on(), self.confirmed(2)
        self.assertEqual(self.state(change), "COOLING")
        good = {"cert": "asks", "ca": "tls/ca.crt", "bank": "tls/server"}
        refused = {
            "a certificate that the bank does not know": {"cert": "stranger"},
            "no certificate": {"cert": None},
            "a bank with another CA's certificate": {"bank": "strange/server"},
            "a bank of another name": {"name": "bank.invalid"},
        }
        for what, wrong in refused.items():
            with self.subTest(what):
                self.act(**dict(good, **wrong))
                self.until(what, lambda: "event=bank_silent" in self.log())
                self.assertEqual(self.state(change), "CHECKING")
                self.assertEqual(self.simulator.questions(), [])
                self.assertEqual(self.paid_on(), before)
        self.act(**good)
        self.until("the switch", lambda: self.state(change) == "ACTIVE")
        self.assertEqual(self.simulator.questions(), [[change, rib(2), "1"]])
        self.assertEqual(self.paid_on(), "007 … 0002")

    def test_each_step_is_told_as_it_happens(self):
        good = {"cert": "asks", "ca": "tls/ca.crt", "bank": "tls/server"}
        inbox = Inbox()
        inbox.watch(self.client)
        inbox.catch_up()
        change = self.confirmed(4)
        self.assertEqual(inbox.until("COOLING"), ["PROPOSED", "COOLING"])
        self.act(**good)  # the connection ends with hayatd
        self.client.close()
        self.client = self.server.client(self.member.token())
        inbox.watch(self.client)
        self.assertEqual(inbox.until("ACTIVE"), ["PROPOSED", "COOLING", "CHECKING", "ACTIVE"])
        inbox.close()
        self.assertEqual(self.state(change), "ACTIVE")
        self.assertEqual(self.paid_on(), "007 … 0004")
        unread = self.client.call("hayat.v1.NotificationService/ListNotifications", unread_only=True)
        self.assertEqual([told.object_id for told in unread.notifications[:4]], [change] * 4)


if __name__ == "__main__":
    unittest.main()
