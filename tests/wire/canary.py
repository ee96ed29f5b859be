#!/usr/bin/python3
"""Promise (SEC-E7, D1, D3): names, identity-card numbers, RIBs, amounts, telephone numbers, addresses, tokens, codes and passphrases that go through
every method, as good requests and as bad ones, at full verbosity, appear in no log, no file of the store, no copy of it, no export of the audit
chain and no core dump.  A planted value is found, so the search finds."""
import base64
import csv
import glob
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import unittest
import urllib.parse

import grpc

import hayat_wire
from hayat_wire import BUILD, Member, POOL, SLACK, Server, message, method, pdf, program, reason, request_id, run, streaming

RIB = "999" + "780" + "0000918273645546" + "59"
CANARIES = {
    "name": "Zzqcanarine",
    "family name": "ZZQCANARINAME",
    "arabic name": "كناريةزقزاقة",
    "identity card": "ZQ918273",
    "address": "71 rue du Canari Zzq",
    "telephone": "+212699918273",
    "RIB": RIB,
    "IBAN": "MA64" + RIB,
    "amount": "7391826455,37",
    "token": "hyt_zzqcanarytoken0123456789abcdefghjkmnpqrstvwxyz",
    "code": "ZZQ7-CANA-RY42",
    "passphrase": "canari jaune secret zzq 2026",
    "document": "ZZQ-CANARY-DOCUMENT-BODY",
}
BIG = 7391826455
ANYTHING = "hayat.policy.v1.FieldBounds"
OPTION = 50011  # hayat.policy.v1.field


# ---------------------------------------------------------------- requests made from the descriptors


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def bounds(field):
    """The FieldBounds of a field: an extension that Python's pool of its own does not know, so it is read off the bytes."""
    data, at, found = field.GetOptions().SerializeToString(), 0, b""
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 2:
            size, at = varint(data, at)
            if tag >> 3 == OPTION:
                found += data[at:at + size]
            at += size
        elif tag & 7 == 0:
            _, at = varint(data, at)
        else:
            at += 8 if tag & 7 == 1 else 4
    return message(ANYTHING).FromString(found)


class Maker:
    """Fills requests: a PROPER one keeps every bound and format, another one puts canaries everywhere."""

    def __init__(self, proper):
        self.proper, self.turn = proper, 0

    def canary(self):
        self.turn += 1
        return list(CANARIES.values())[self.turn % len(CANARIES)]

    def text(self, limits):
        if not self.proper:
            return self.canary()
        if limits.format == 1:
            return request_id()
        if limits.format == 2:
            return limits.prefix + "_" + "0" * 26
        if limits.format == 3:
            return ("9182736455" * 8)[:limits.max_len or 8]
        if limits.format == 4:
            name, prefix = limits.prefix.split(",")[0].split("/")
            return f"{name}/{prefix}_" + "0" * 26
        text = self.canary().encode()[:limits.max_len or 64].decode(errors="ignore")
        return text.ljust(limits.min_len, "z")

    def blob(self, limits):
        data = (self.canary() * 20).encode()
        if not self.proper:
            return data
        return data[:limits.max_len or 64] if limits.max_len > limits.min_len else data[:limits.max_len].ljust(limits.min_len, b"z")

    def number(self, field, limits):
        if not self.proper:
            return BIG if field.cpp_type in (field.CPPTYPE_INT64, field.CPPTYPE_UINT64) else 918273645
        return limits.max if limits.HasField("max") else max(limits.min, 1)

    def value(self, field, depth):
        limits = bounds(field)
        if field.type == field.TYPE_STRING:
            return self.text(limits)
        if field.type == field.TYPE_BYTES:
            return self.blob(limits)
        if field.type == field.TYPE_BOOL:
            return False
        if field.type == field.TYPE_ENUM:
            return field.enum_type.values[min(1, len(field.enum_type.values) - 1)].number
        if field.type == field.TYPE_MESSAGE:
            return self.make(field.message_type, depth + 1)
        if field.cpp_type in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
            return 1.0
        return self.number(field, limits)

    def make(self, descriptor, depth=0):
        made, chosen = message(descriptor.full_name)(), set()
        for field in descriptor.fields:
            if depth > 6 or (field.containing_oneof is not None and field.containing_oneof.name in chosen):
                continue
            if field.containing_oneof is not None:
                chosen.add(field.containing_oneof.name)
            value = self.value(field, depth)
            if field.label == field.LABEL_REPEATED:
                getattr(made, field.name).extend([value])
            elif field.type == field.TYPE_MESSAGE:
                getattr(made, field.name).CopyFrom(value)
                getattr(made, field.name).SetInParent()
            else:
                setattr(made, field.name, value)
        return made


def all_methods():
    """Every method; what ends a session, a device or an agent comes last."""
    ending = re.compile(r"/(End|Revoke|Change|Remove|Renew|Delete|Refuse)")
    return sorted(hayat_wire._STREAMING, key=lambda path: (bool(ending.search(path)), path))


# ---------------------------------------------------------------- the server and those who call it


class CanaryServer(Server):
    """The hero has a canary's name, number, address and telephone; everything is told to the log."""

    def __init__(self):
        super().__init__(members=30, enrolled=lambda server: {"demo": server.hero()})
        self.rewrite("members", phone_number=CANARIES["telephone"], address=CANARIES["address"])
        self.rewrite("beneficiaries", given_name=CANARIES["name"], family_name=CANARIES["family name"],
                     family_name_ar=CANARIES["arabic name"], cine_number=CANARIES["identity card"])
        run(program("hayatctl"), "import", "--config", self.path("hayatd.conf"), "--quiet", self.path("fund"))
        self.agent("agent", "agency,call_centre,reviewer")
        self.agent("operator", "auditor,operator")
        self.system("feed", "feed")
        self.system("outbox", "outbox")
        self.system("courier", "outbox")

    def _write_config(self):
        super()._write_config()
        with open(self.path("hayatd.conf"), "a", encoding="utf-8") as out:
            out.write(f"[log]\nlevel = debug\n[audit]\nfile = {self.path('audit-heads')}\ninterval_seconds = 1\n")

    def rewrite(self, table, **values):
        """Gives the hero other values, as a later feed does."""
        rows, hero = self.table(table), self.hero()
        for row in rows:
            if row["registration_number"] == hero and row.get("relationship", "HOLDER") == "HOLDER":
                row.update(values, update_date=time.strftime("%Y-%m-%d"))
        with open(self.path(f"fund/{table}.csv"), "w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, fieldnames=rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)

    def courier(self):
        with open(self.path("courier.conf"), "w", encoding="utf-8") as out:
            out.write(f"[server]\naddress = {self.agents_address}\nca = {self.ca}\ncert = {self.path('courier.crt')}\n"
                      f"key = {self.path('courier.key')}\n[courier]\nstate = {self.path('carried')}\nlease_seconds = 60\n"
                      f"[sms]\ncarrier = spool\nspool = {self.path('spool-sms')}\n[post]\ncarrier = spool\nspool = {self.path('spool-post')}\n"
                      "[fund]\nname_fr = Caisse inventée\nname_ar = صندوق مخترع\n[log]\nlevel = debug\n")
        with open(self.path("courier.log"), "wb") as log:
            return subprocess.Popen([program("hayat-courier"), "--config", self.path("courier.conf")], stdout=log, stderr=log)


class Sweep(unittest.TestCase):
    def setUp(self):
        # Whoever starts us may allow core dumps; the server must not make one all the same.
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        self.server, self.carrier, self.secrets = CanaryServer(), None, dict(CANARIES)
        self.server.start()
        self.carrier = self.server.courier()
        self.member = Member(self.server)
        self.counts = {}

    def tearDown(self):
        if self.carrier is not None and self.carrier.poll() is None:
            self.carrier.kill()
            self.carrier.wait()
        self.server.stop()

    # ------------------------------------------------------------ sending

    def sign_in(self):
        token = self.member.sign_in()
        self.secrets[f"live token {len(self.secrets)}"] = token
        return token

    def enrol(self):
        """A letter's code, which then is a canary, too."""
        hero = next(row for row in self.server.table("beneficiaries")
                    if row["registration_number"] == self.server.hero() and row["relationship"] == "HOLDER")
        device = self.server.path("canary-device.json")
        self.member.hayat("enrol", "start", "--device", device, "--registration", self.server.hero(), "--cine", hero["cine_number"],
                          "--birth", hero["birth_date"], "--channel", "post", "--server", self.server.address, "--ca", self.server.ca)
        end = time.monotonic() + 20 * SLACK
        while not glob.glob(self.server.path("spool-post/*.pdf")):
            self.assertLess(time.monotonic(), end, "no letter came")
            time.sleep(0.05)
        self.confirm(device, CANARIES["code"])
        letter = glob.glob(self.server.path("spool-post/*.pdf"))[0]
        code = self.code_of(letter)
        if code is not None:
            self.secrets["real code"] = code
            self.assertEqual(self.confirm(device, code).returncode, 0)

    def confirm(self, device, code):
        return run(program("hayat"), "enrol", "confirm", "--device", device, env=self.member.env, data=code + "\n", check=False)

    def code_of(self, letter):
        """As the letter's QR code says; None without the programs that read it."""
        try:
            picture = self.server.path("spool-post/page")
            run("pdftoppm", "-r", "150", "-png", "-singlefile", letter, picture)
            return run("zbarimg", "-q", "--raw", picture + ".png").stdout.decode().strip().split("code=")[1]
        except FileNotFoundError:
            return None

    def file(self):
        """A filing with the canary in its document."""
        for name in ("form.pdf", "identity.pdf"):
            with open(self.server.path(name), "wb") as out:
                out.write(pdf(60_000, CANARIES["document"].encode() * 100))
        self.member.hayat("certificate", "file", "--lang", "en", "--form", self.server.path("form.pdf"), "--identity",
                          self.server.path("identity.pdf"), check=False)

    def count(self, outcome):
        self.counts[outcome] = self.counts.get(outcome, 0) + 1

    def send(self, client, path, request):
        """One call of any shape."""
        client_streams, server_streams = streaming(path)
        try:
            call = client.start(path, iter([request, request]) if client_streams else request, timeout=2 * SLACK,
                                metadata=(("accept-language", CANARIES["name"]), ("x-zzq", CANARIES["family name"]),
                                          ("x-real-ip", CANARIES["telephone"])))
            if server_streams:
                next(iter(call), None)
                call.cancel()
            self.count("OK")
        except grpc.RpcError as error:
            self.count(error.code().name)
            return reason(error)
        return None

    def garbage(self, client, path):
        for data in (b"\x0a\xff\xff\xff\xff\x0f" + CANARIES["RIB"].encode(), CANARIES["family name"].encode() * 3):
            try:
                if streaming(path) == (False, False):
                    client.raw(path, data, timeout=2 * SLACK)
            except grpc.RpcError as error:
                self.count(error.code().name)

    def sweep(self, open_client):
        """Every method, as a good request, as a bad one and as no request at all."""
        client = open_client()
        for path in all_methods():
            for proper in (True, False):
                if self.send(client, path, Maker(proper).make(method(path).input_type)) == "TOKEN_INVALID" and client.token:
                    client.token = self.sign_in()
            self.garbage(client, path)
        client.close()

    def strangers(self):
        """Canaries where no method is: as a token, as a path."""
        with self.server.client(CANARIES["token"]) as client:
            for path in all_methods()[:40]:
                self.send(client, path, Maker(True).make(method(path).input_type))
        with self.server.client() as client:
            for path in ("hayat.v1.CardService/" + CANARIES["family name"], CANARIES["RIB"] + "/" + CANARIES["token"]):
                with self.assertRaises(grpc.RpcError):
                    client.raw(path, b"")

    def send_everything(self):
        token = self.sign_in()
        self.assertIn(CANARIES["family name"], self.member.hayat("card").stdout.decode())
        self.enrol()
        self.file()
        for words in (("card",), ("home",), ("claims",), ("coverage",), ("accesses",), ("devices",)):
            self.member.hayat(*words, check=False)
        self.sweep(self.server.client)
        self.sweep(lambda: self.server.client(token))
        for name in ("agent", "operator", "feed", "outbox"):
            self.sweep(lambda name=name: self.server.client_as(name))
        self.strangers()
        time.sleep(2)  # for the audit chain's next head

    # ------------------------------------------------------------ searching

    @staticmethod
    def forms(secret):
        """A text as it is, and as base64 (at each of its three places in a longer text), hexadecimal, UTF-16 and a URL have it."""
        raw = secret.encode()
        found = {raw, raw.hex().encode(), raw.hex().upper().encode(), secret.encode("utf-16-le"), secret.encode("utf-16-be"),
                 urllib.parse.quote(secret).encode(), json.dumps(secret)[1:-1].encode()}
        for shift in range(3):
            whole = base64.b64encode(bytes(shift) + raw)
            cut = whole[4 if shift else 0:len(whole) - 4 if (len(raw) + shift) % 3 else None]
            found |= {cut, cut.replace(b"+", b"-").replace(b"/", b"_")}
        return {form for form in found if len(form) >= 8}

    def search(self, files):
        """[(file, what)] of every secret in every file."""
        needles = [(what, form) for what, secret in self.secrets.items() for form in self.forms(secret)]
        hits, size = [], 0
        for path in files:
            with open(path, "rb") as file:
                data = file.read()
            size += len(data)
            hits += [(os.path.basename(path), what) for what, form in needles if form in data]
        return sorted(set(hits)), size

    def written(self):
        """Every file that the programs wrote and nobody asked them to deliver: not the feed, what the courier delivered, the member's own
        device and session, or what the member filed."""
        asked_for = ("fund", "spool-", "config-", "form.pdf", "identity.pdf", "demo.json", "canary-device.json", "master.key")
        return [os.path.join(folder, name) for folder, _, names in os.walk(self.server.state) for name in names
                if not os.path.relpath(os.path.join(folder, name), self.server.state).startswith(asked_for)]

    def test_no_canary_is_anywhere(self):
        self.send_everything()
        self.assertGreater(self.counts.get("OK", 0), 50, self.counts)
        self.assertGreater(self.counts.get("INVALID_ARGUMENT", 0), 50, self.counts)
        run("cp", "--sparse=always", self.server.path("db/data.mdb"), self.server.path("backup.mdb"))
        hits, size = self.search(self.written())
        print(f"{sum(self.counts.values())} calls {self.counts}, {len(self.secrets)} secrets, {size} bytes in {len(self.written())} files",
              file=sys.stderr)
        self.assertEqual(hits, [])
        for name in ("hayatd.log", "courier.log", "audit-heads", "db/data.mdb", "backup.mdb"):
            self.assertGreater(os.path.getsize(self.server.path(name)), 100, name)
            self.assertIn(self.server.path(name), self.written())
        self.no_core_dump()
        self.assertEqual(self.search(self.written())[0], [])

    def no_core_dump(self):
        """Both programs die of an abort, where whoever started them allows core dumps."""
        for process in (self.server.process, self.carrier):
            process.send_signal(signal.SIGABRT)
            _, how = os.waitpid(process.pid, 0)
            self.assertTrue(os.WIFSIGNALED(how) and os.WTERMSIG(how) == signal.SIGABRT or hayat_wire.SANITIZED, how)
            self.assertFalse(os.WCOREDUMP(how), "a core dump was made")
            process.returncode = -signal.SIGABRT
        for folder in (os.getcwd(), self.server.state, BUILD):
            self.assertEqual(self.search(path for path in glob.glob(os.path.join(folder, "core*")) if os.path.isfile(path))[0], [])

    # ------------------------------------------------------------ the control

    def test_the_search_finds(self):
        """Each secret in each form, in a log, in the middle of the store's file, and in a core dump of somebody who allows one."""
        for what, secret in self.secrets.items():
            for form in self.forms(secret):
                with open(self.server.path("planted.log"), "wb") as out:
                    out.write(os.urandom(1000) + form + os.urandom(1000))
                self.assertIn(("planted.log", what), self.search([self.server.path("planted.log")])[0], (what, form))
        with open(self.server.path("db/data.mdb"), "rb") as file:
            store = file.read()
        with open(self.server.path("planted.mdb"), "wb") as out:
            out.write(store[:len(store) // 2] + CANARIES["RIB"].encode() + store[len(store) // 2:])
        self.assertEqual([("planted.mdb", "IBAN"), ("planted.mdb", "RIB")][-1], self.search([self.server.path("planted.mdb")])[0][-1])
        self.assertTrue(any(path.endswith("planted.mdb") for path in self.written()))
        self.control_of_core_dumps()

    def control_of_core_dumps(self):
        folder = self.server.path("cores")
        os.mkdir(folder)
        child = subprocess.Popen([sys.executable, "-c", f"import os; secret = {CANARIES['passphrase']!r} + str(os.getpid()); os.abort()"],
                                 cwd=folder, stderr=subprocess.DEVNULL)
        _, how = os.waitpid(child.pid, 0)
        child.returncode = -signal.SIGABRT
        cores = glob.glob(os.path.join(folder, "core*"))
        if not os.WCOREDUMP(how) or not cores:
            print("no core dumps on this machine: their control is left out", file=sys.stderr)
            return
        self.assertEqual([what for _, what in self.search(cores)[0]], ["passphrase"])


if __name__ == "__main__":
    hayat_wire.unittest.main()
