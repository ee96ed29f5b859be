"""What the wire tests share: a demonstration server of their own, its messages, its errors.

Each test starts hayatd from the build it belongs to (HAYAT_BUILD), on a free port, with a small invented fund in a
temporary directory, and takes everything down again.
"""
import csv
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

SKIP = 77
ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("HAYAT_BUILD", os.path.join(ROOT, "build", "dev"))
SANITIZED = bool(os.environ.get("HAYAT_SANITIZE"))
# Sanitizers slow everything down; what is measured in milliseconds gets this much more.
SLACK = 6 if SANITIZED else 1


def skip(why):
    print("SKIP:", why)
    sys.exit(SKIP)


try:
    import grpc
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
except ImportError as missing:
    skip(f"{missing.name} is not installed (tools/setup check)")
if not os.path.exists(os.path.join(BUILD, "bin", "hayatd")):
    skip(f"no hayatd in {BUILD}/bin")

# ---------------------------------------------------------------- messages

with open(os.path.join(BUILD, "gen", "api.binpb"), "rb") as file:
    _SET = descriptor_pb2.FileDescriptorSet.FromString(file.read())
POOL = descriptor_pool.DescriptorPool()
for _file in _SET.file:
    POOL.Add(_file)
_FACTORY = message_factory.MessageFactory(POOL)


def message(name):
    """The class of a message: message("hayat.v1.Card")."""
    return _FACTORY.GetPrototype(POOL.FindMessageTypeByName(name))


def enum(name):
    """The number of an enum value: enum("hayat.v1.DocumentItem.DOCUMENT_ITEM_FORM")."""
    kind, value = name.rsplit(".", 1)
    return POOL.FindEnumTypeByName(kind).values_by_name[value].number


def method(path):
    """The descriptor of "hayat.v1.CardService/GetCard"."""
    service, name = path.split("/")
    return POOL.FindServiceByName(service).methods_by_name[name]


def request_id():
    return str(uuid.uuid4())


# ---------------------------------------------------------------- errors


def details(error):
    """The google.rpc details of a failed call, by the short name of their type."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status = message("google.rpc.Status").FromString(value)
            assert status.code == error.code().value[0], "grpc-status and the details disagree"
            found = {}
            for any_message in status.details:
                name = any_message.type_url.rsplit("/", 1)[1]
                found[name.rsplit(".", 1)[1]] = message(name).FromString(any_message.value)
            return found
    return {}


def reason(error):
    info = details(error).get("ErrorInfo")
    assert info is None or info.domain == "hayat"
    return info.reason if info is not None else None


# ---------------------------------------------------------------- the client


class Client:
    """A channel that knows the messages of every method."""

    def __init__(self, address, ca, token=None, options=(), identity=None):
        """IDENTITY is a client certificate: the path of its .crt and .key without the ending."""
        with open(ca, "rb") as pem:
            roots = pem.read()
        pair = [None, None]
        for place, ending in enumerate((".key", ".crt") if identity else ()):
            with open(identity + ending, "rb") as pem:
                pair[place] = pem.read()
        credentials = grpc.ssl_channel_credentials(roots, *pair)
        # A channel of its own: gRPC would share one connection between equal channels.
        own = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
        self.channel = grpc.secure_channel(address, credentials, options=own + list(options))
        self.token = token

    def close(self):
        self.channel.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def metadata(self, extra=()):
        own = (("authorization", f"Bearer {self.token}"),) if self.token else ()
        return own + tuple(extra)

    def _callable(self, path):
        described = method(path)
        shape = {(False, False): "unary_unary", (True, False): "stream_unary", (False, True): "unary_stream",
                 (True, True): "stream_stream"}[streaming(path)]
        return getattr(self.channel, shape)("/" + path, request_serializer=lambda m: m.SerializeToString(),
                                            response_deserializer=message(described.output_type.full_name).FromString)

    def start(self, path, request, timeout=20, metadata=()):
        """Starts any call; what comes back is grpc's own object."""
        return self._callable(path)(request, timeout=timeout, metadata=self.metadata(metadata))

    def call(self, path, timeout=20, metadata=(), **fields):
        """A unary call, its request given by fields; raises grpc.RpcError."""
        request = message(method(path).input_type.full_name)(**fields)
        return self._callable(path)(request, timeout=timeout, metadata=self.metadata(metadata))

    def raw(self, path, data, timeout=20, compression=None):
        """A unary call with these bytes as the request, whatever they are; the reply's bytes."""
        unary = self.channel.unary_unary("/" + path, request_serializer=bytes, response_deserializer=bytes)
        return unary(data, timeout=timeout, metadata=self.metadata(), compression=compression)


_STREAMING = {}
for _file in _SET.file:
    for _service in _file.service:
        for _method in _service.method:
            _full = f"{_file.package}.{_service.name}/{_method.name}"
            _STREAMING[_full] = (_method.client_streaming, _method.server_streaming)


def streaming(path):
    """(client streams, server streams) of a method."""
    return _STREAMING[path]


# ---------------------------------------------------------------- the server


def free_port():
    """On loopback, outside the range that clients' ends get: nobody's connection takes it while its server is away."""
    while True:
        with socket.socket() as probe:
            try:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", random.randrange(10000, 32000)))
                return probe.getsockname()[1]
            except OSError:
                pass


def run(*words, env=None, timeout=300, check=True, data=None):
    """Runs a program with DATA as its input; its output goes into the failure's text."""
    done = subprocess.run(words, input=(data or "").encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}")
    return done


def program(name):
    return os.path.join(BUILD, "bin", name)


class Background(threading.Thread):
    """What goes on beside a test until it is told to stop: stop() raises what it failed by."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stopping, self.failure = threading.Event(), None

    def work(self):
        raise NotImplementedError

    def run(self):
        try:
            self.work()
        except BaseException as failure:  # pylint: disable=broad-except
            self.failure = failure

    def stop(self):
        self.stopping.set()
        self.join()
        if self.failure:
            raise self.failure


def pension_numbers(server):
    """Registration numbers of those who may file, each once; the demonstration's main person first."""
    return list(dict.fromkeys([server.hero()] + [row["registration_number"] for row in server.table("pensions")]))


def devices_of(numbers):
    """For Server's enrolled."""
    return {f"member{count}": number for count, number in enumerate(numbers)}


class Server:
    """A state directory with keys, certificates and an imported fund, and hayatd over it."""

    def __init__(self, members=200, enrolled=None):
        """ENROLLED names the devices to enrol, which needs the store for itself: a function of the server that returns
        {name: registration number}."""
        self.state = tempfile.mkdtemp(prefix="hayat-wire.")
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.agents_address = f"127.0.0.1:{free_port()}"
        self.ca = self.path("tls/ca.crt")
        self.process = None
        self.log = open(self.path("hayatd.log"), "ab")
        self._write_config()
        run(program("hayatctl"), "keys", "init", "--config", self.path("hayatd.conf"))
        run(program("hayatctl"), "ca", "init", "--out", self.path("tls"))
        run(program("hayatctl"), "demo", "generate", "--out", self.path("fund"), "--members", str(members), "--quiet")
        self.remind_nobody()
        run(program("hayatctl"), "import", "--config", self.path("hayatd.conf"), "--quiet", self.path("fund"))
        for name, registration in (enrolled or Server.usual)(self).items():
            self.enrol(registration, name)

    def remind_nobody(self):
        """The demonstration's plan of reminders goes: a member's inbox holds what a test does."""
        with open(self.path("fund/reminder_plans.csv"), encoding="utf-8") as plan:
            header = plan.readline()
        with open(self.path("fund/reminder_plans.csv"), "w", encoding="utf-8") as plan:
            plan.write(header)
        with open(self.path("fund/control_totals.csv"), encoding="utf-8") as totals:
            kept = [row for row in totals if not row.startswith("reminder_plans,")]
        with open(self.path("fund/control_totals.csv"), "w", encoding="utf-8") as totals:
            totals.writelines(kept)

    def usual(self):
        """The main person twice, and somebody else."""
        other = next(row["registration_number"] for row in self.table("members") if row["registration_number"] != self.hero())
        return {"demo": self.hero(), "leaving": self.hero(), "other": other}

    def path(self, name):
        return os.path.join(self.state, name)

    def _write_config(self):
        with open(self.path("hayatd.conf"), "w", encoding="utf-8") as out:
            out.write(f"[server]\nlisten = {self.address}\ncert = {self.path('tls/server.crt')}\n"
                      f"key = {self.path('tls/server.key')}\nca = {self.ca}\n"
                      f"agents_listen = {self.agents_address}\nclient_ca = {self.path('tls/clients-ca.crt')}\n"
                      f"[store]\ndirectory = {self.path('db')}\nmaster_key = {self.path('master.key')}\n"
                      f"keyring = {self.path('keyring')}\nallow_test_file_systems = true\n"
                      "[session]\ndemonstration = true\naccess_token_seconds = 86400\n")

    def table(self, name):
        """The rows of a CSV file of the fund."""
        with open(self.path(f"fund/{name}.csv"), encoding="utf-8", newline="") as rows:
            return list(csv.DictReader(rows))

    def hero(self):
        """The registration number of the demonstration's main person: a pensioner abroad with dependants."""
        with open(self.path("fund/demo.json"), encoding="utf-8") as text:
            return json.load(text)["registration_number"]

    def enrol(self, registration, name):
        run(program("hayatctl"), "enrol", "--config", self.path("hayatd.conf"), "--member", registration, "--out",
            self.path(f"{name}.json"))

    def agent(self, name, role):
        """Registers an agent while hayatd is down; NAME.crt and NAME.key are theirs.  Returns the id."""
        return run(program("hayatctl"), "agent", "add", "--config", self.path("hayatd.conf"), "--ca-dir", self.path("tls"), "--name",
                   f"Invented {name}", "--staff-number", f"TEST-{name}", "--email", f"{name}@example.invalid", "--role", role,
                   "--out", self.path(name)).stdout.decode().split()[0]

    def system(self, name, scope):
        """The same for a core system."""
        return run(program("hayatctl"), "system", "add", "--config", self.path("hayatd.conf"), "--ca-dir", self.path("tls"), "--name",
                   f"invented-{name}", "--scope", scope, "--out", self.path(name)).stdout.decode().split()[0]

    def start(self, timeout=30):
        """Starts hayatd and returns how long it took until it answered a health check, in seconds."""
        began = time.monotonic()
        self.process = self.start_process()
        while True:
            try:
                with Client(self.address, self.ca) as client:
                    client.call("grpc.health.v1.Health/Check", timeout=2)
                return time.monotonic() - began
            except grpc.RpcError:
                if self.process.poll() is not None:
                    raise AssertionError(f"hayatd ended with {self.process.returncode}:\n{self.log_tail()}") from None
                if time.monotonic() - began > timeout:
                    raise AssertionError(f"hayatd does not answer:\n{self.log_tail()}") from None
                time.sleep(0.02)

    def start_process(self):
        return subprocess.Popen([program("hayatd"), "--config", self.path("hayatd.conf")], stdout=self.log, stderr=self.log,
                                stdin=subprocess.DEVNULL)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def terminate(self, timeout=40):
        """SIGTERM; returns (exit code, seconds)."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout), time.monotonic() - began

    def receipt_key(self):
        """The fund's public key, in hex."""
        shown = run(program("hayatctl"), "receipt-key", "--config", self.path("hayatd.conf"), "--json").stdout
        return json.loads(shown)["public_key"]

    def rss_bytes(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def log_tail(self, size=4000):
        with open(self.path("hayatd.log"), "rb") as log:
            return log.read()[-size:].decode(errors="replace")

    def stop(self):
        """Ends hayatd, cleanly, and removes the state."""
        try:
            if self.process is not None and self.process.poll() is None:
                code, _ = self.terminate()
                assert code == 0, f"hayatd ended with {code}:\n{self.log_tail()}"
        finally:
            if self.process is not None and self.process.poll() is None:
                self.kill()
            self.log.close()
            shutil.rmtree(self.state, ignore_errors=True)

    def client_as(self, name, token=None, address=None):
        """A client with the certificate of an agent or a system."""
        return Client(address or self.agents_address, self.ca, token, identity=self.path(name))

    def client(self, token=None, address=None, options=()):
        return Client(address or self.address, self.ca, token, options)


class Member:
    """An enrolled device's own hayat, with a configuration directory of its own."""

    def __init__(self, server, name="demo"):
        self.server = server
        self.env = dict(os.environ, XDG_CONFIG_HOME=server.path(f"config-{name}"), LC_ALL="C.UTF-8", LANGUAGE="en")
        self.device = server.path(f"{name}.json")

    def hayat(self, *words, check=True, timeout=300, data=None):
        return run(program("hayat"), *words, env=self.env, check=check, timeout=timeout, data=data)

    def sign_in(self, address=None):
        self.hayat("sign-in", "--device", self.device, "--server", address or self.server.address, "--ca", self.server.ca)
        return self.token()

    def token(self):
        return self.hayat("token").stdout.decode().strip()


class WireTest(unittest.TestCase):
    """A test class with one server for all its tests, a signed-in member and two clients."""

    enrolled = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(enrolled=cls.enrolled)
        try:
            cls.server.start()
            cls.member = Member(cls.server)
            cls.token = cls.member.sign_in()
            cls.client = cls.server.client(cls.token)
            cls.anonymous = cls.server.client()
        except BaseException:
            print(cls.server.log_tail())
            cls.server.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.anonymous.close()
        cls.server.stop()

    def refused(self, code, function, *words, **named):
        """Runs a call that must fail with this code (or one of these); returns the error."""
        codes = code if isinstance(code, tuple) else (code,)
        with self.assertRaises(grpc.RpcError) as caught:
            function(*words, **named)
        self.assertIn(caught.exception.code(), codes, caught.exception.details())
        return caught.exception


# ---------------------------------------------------------------- documents


def pdf(size, holds=b""):
    """A valid one-page PDF of exactly SIZE bytes: what it HOLDS and incompressible padding in an unused stream object."""
    def document(padding, lines):
        objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
                   b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
                   b"<</Length %d>>stream\n" % len(padding) + padding + b"\nendstream"]
        out, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
        for number, body in enumerate(objects, 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        return out + (b"xref\n0 5\n0000000000 65535 f \n" + table + b"trailer<</Size 5/Root 1 0 R>>\n" + b"\n" * lines
                      + b"startxref\n%d\n%%%%EOF\n" % len(out))
    padding = holds + os.urandom(size - len(holds) - 500)
    return document(padding, size - len(document(padding, 0)))


def jpeg(size):
    """A valid JPEG: eight grey pixels a side, and comment segments up to exactly SIZE bytes."""
    head = bytes.fromhex("ffd8ffe000104a46494600010100000100010000")
    tail = bytes.fromhex("ffdb0043" + "00" + "01" * 64 + "ffc0000b080008000801011100" + "ffc4001400" + "01" + "00" * 16
                         + "ffc4001410" + "01" + "00" * 16 + "ffda0008010100003f00" + "3f" + "ffd9")
    room, comments = size - len(head) - len(tail), []
    while room > 0:
        body = min(room - 4, 65000)
        if 0 < room - 4 - body < 5:
            body -= 8
        comments.append(b"\xff\xfe" + (body + 2).to_bytes(2, "big") + os.urandom(body))
        room -= body + 4
    return head + b"".join(comments) + tail


def box(name, *content):
    """A box of an MP4 file."""
    inside = b"".join(content)
    return (len(inside) + 8).to_bytes(4, "big") + name + inside


def film(size, seconds=20, sound=True, place=b"+33.5731-007.5898/"):
    """An MP4 of exactly SIZE bytes as telephones make them, with the place in it; its samples are noise, which nobody decodes here."""
    def number(*values):
        return b"".join(value.to_bytes(4, "big") for value in values)

    def track(kind):
        here = box(b"dinf", box(b"dref", number(0, 1), box(b"url ", number(1))))
        table = box(b"stbl", box(b"stsd", number(0, 0)), box(b"stsz", number(0, 16, 20)))
        media = box(b"mdia", box(b"mdhd", number(0, 1, 1, 1000, 1000 * seconds, 0)), box(b"hdlr", number(0, 0), kind, bytes(13)),
                    box(b"minf", here, table))
        return box(b"trak", box(b"tkhd", bytes(84)), media)

    movie = box(b"moov", box(b"mvhd", number(0, 1, 1, 1000, 1000 * seconds), bytes(80)), track(b"vide"), track(b"soun") if sound else b"",
                box(b"udta", box(b"\xa9xyz", place)))
    head = box(b"ftyp", b"isom", number(512), b"isommp42")
    return head + box(b"mdat", os.urandom(size - len(head) - len(movie) - 8)) + movie
