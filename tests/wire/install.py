#!/usr/bin/python3
"""Promise: what "cmake --install" puts down is a whole service: the units' and the examples' paths are there, each unit scores 1.5 or
less (SEC-G5), and the installed hayatd starts with the example configuration, tells systemd so, and serves, draws and checks under the
very filters that the unit asks for, which let nothing else through.
"""
import configparser
import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from hayat_wire import BUILD, ROOT, SANITIZED, SLACK, jpeg, pdf, run, skip

UNITS = ("hayatd", "hayat-courier", "hayat-copy")
SCORE_MAX = 1.5
ANALYZE = shutil.which("systemd-analyze")
FILTER = os.path.join(BUILD, "tests", "under_filter")
REFUSED = {"EPERM", "EAFNOSUPPORT"}

# Under the unit's filter; prints the name of each attempt and of its error, or OK.  The arguments are such that an attempt that gets through
# changes nothing.
ESCAPES = r"""
import ctypes, errno, mmap, platform, socket
libc = ctypes.CDLL(None, use_errno=True)
CALLS = {"x86_64": {"unshare": 272, "setns": 308, "mount": 165, "ptrace": 101, "bpf": 321, "init_module": 175, "reboot": 169,
                    "perf_event_open": 298, "process_vm_readv": 310, "add_key": 248, "setuid": 105, "chown": 92, "chroot": 161,
                    "swapon": 167, "clock_settime": 227},
         "aarch64": {"unshare": 97, "setns": 268, "mount": 40, "ptrace": 117, "bpf": 280, "init_module": 105, "reboot": 142,
                     "perf_event_open": 241, "process_vm_readv": 270, "add_key": 217, "setuid": 146, "chown": 55, "chroot": 51,
                     "swapon": 224, "clock_settime": 112}}
ATTACH = 16
def tell(name, number):
    print(name, errno.errorcode.get(number, number) if number else "OK")
for name, number in CALLS[platform.machine()].items():
    result = libc.syscall(number, ATTACH if name == "ptrace" else 0, 0, 0, 0, 0, 0)
    tell(name, ctypes.get_errno() if result == -1 else 0)
for family in ("AF_PACKET", "AF_NETLINK", "AF_VSOCK"):
    try:
        socket.socket(getattr(socket, family), socket.SOCK_RAW).close()
        tell(family, 0)
    except OSError as error:
        tell(family, error.errno)
try:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
    tell("write_and_execute", 0)
except OSError as error:
    tell("write_and_execute", error.errno)
"""


def directives(path):
    """{name: [values, in their order]} of a unit; its sections share no name."""
    found = {}
    with open(path, encoding="utf-8") as unit:
        for line in unit:
            if "=" in line and not line.startswith("#"):
                name, value = line.strip().split("=", 1)
                found.setdefault(name, []).append(value)
    return found


def calls_of(word):
    """The system calls of one or of a @group, as this systemd knows it."""
    if not word.startswith("@"):
        return {word}
    listed = run(ANALYZE, "syscall-filter", word).stdout.decode().split("\n")[1:]
    inside = [line.strip() for line in listed if line.strip() and not line.strip().startswith("#")]
    return set().union(*(calls_of(each) for each in inside))


def allowed_calls(unit):
    """What the lines of SystemCallFilter= leave, one after the other."""
    allowed = set(calls_of("@default"))
    for line in unit["SystemCallFilter"]:
        named = set().union(*(calls_of(word) for word in line.lstrip("~").split()))
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed


class Manager:
    """The service manager's end of NOTIFY_SOCKET."""

    def __init__(self, test, directory):
        self.path = os.path.join(directory, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        test.addCleanup(self.socket.close)

    def hears(self, line, timeout):
        self.socket.settimeout(timeout)
        try:
            return self.socket.recv(256).decode() == line
        except socket.timeout:
            return False


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.mkdtemp(prefix="hayat-install.")
        cls.tree = os.path.join(cls.place, "tree")
        run("cmake", "--install", BUILD, "--prefix", "/usr", env=dict(os.environ, DESTDIR=cls.tree))
        cls.units = {name: directives(cls.installed(f"/usr/lib/systemd/system/{name}.service")) for name in UNITS}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.place, ignore_errors=True)

    @classmethod
    def installed(cls, path):
        return cls.tree + path

    def path(self, name):
        return os.path.join(self.place, name)

    def analyze(self, *words):
        if ANALYZE is None:
            self.skipTest("no systemd-analyze here (tools/setup check)")
        return run(ANALYZE, *words, check=False)

    def test_1_places(self):
        """Each path that a unit or hayat-admin names is installed, or made by the unit, or an operator's in /etc."""
        for path in ("sbin/hayatd", "sbin/hayat-courier", "sbin/hayat-admin", "bin/hayatctl", "bin/hayat", "bin/hayat-auditverify",
                     "libexec/hayat/hayat-paper", "libexec/hayat/hayat-check"):
            self.assertTrue(os.access(self.installed(f"/usr/{path}"), os.X_OK), path)
        for path in ("doc/hayat/copyright", "doc/hayat/operations.md", "doc/hayat/adr/0001-write-sets.md"):
            self.assertTrue(os.path.exists(self.installed(f"/usr/share/{path}")), path)
        users = {}
        with open(self.installed("/usr/lib/sysusers.d/hayat.conf"), encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("u "):
                    _, name, _, rest = line.split(" ", 3)
                    users[name] = rest.rsplit(" ", 1)[1].strip()
        for name, unit in self.units.items():
            self.assertEqual(users.get(unit["User"][0]), f"/var/lib/{unit['StateDirectory'][0].split()[0]}", name)
            for directive in ("ExecStart", "ExecPaths", "Documentation"):
                for path in re.findall(r"/usr/\S+", unit[directive][0]):
                    there = self.installed(path) if path != "/usr/lib" else path  # the system's libraries
                    self.assertTrue(os.path.exists(there), f"{name}: {directive}: {path}")
            # What can be written to cannot be run: / alone does not reach mounts, which these become.
            places = [f"/{base}/{directory}" for kind, base in
                      (("StateDirectory", "var/lib"), ("LogsDirectory", "var/log"), ("RuntimeDirectory", "run")) if kind in unit
                      for directory in unit[kind][0].split()]
            self.assertEqual(unit["NoExecPaths"][0].split(), ["/", *places, "/tmp", "/var/tmp", "-/dev/shm"])
        # Only ExecPaths= run inside the unit; what reloads it runs outside.
        self.assertTrue(self.units["hayatd"]["ExecReload"][0].startswith("+/"))
        for name in ("hayatd", "hayat-copy"):
            self.assertEqual(self.units[name]["LoadCredential"], ["master.key:/etc/hayat/master.key"])
        with open(self.installed("/usr/sbin/hayat-admin"), encoding="utf-8") as script:
            self.assertIn("master=/etc/hayat/master.key\n", script.read())
        made = {"/var/lib/hayat": "StateDirectory", "/var/log/hayat": "LogsDirectory", "/run/hayat": "RuntimeDirectory"}
        for place, directive in made.items():
            self.assertEqual(self.units["hayatd"][directive], [os.path.basename(place)])
        examples = self.installed("/usr/share/doc/hayat/examples")
        for file, state in (("hayatd.conf", tuple(made)), ("courier.conf", ("/var/lib/hayat-courier",))):
            config = configparser.ConfigParser(interpolation=None)
            config.read(os.path.join(examples, file), encoding="utf-8")
            paths = [value for section in config.values() for value in section.values() if value.startswith("/")]
            self.assertTrue(paths)
            for path in paths:
                self.assertTrue(path.startswith(state + ("/etc/",)), path)

    def test_2_units_are_valid(self):
        os.makedirs(self.installed("/bin"), exist_ok=True)
        shutil.copy("/bin/kill", self.installed("/bin/kill"))  # the system's; under --root it is looked for in the tree
        for name in UNITS:
            timers = [f"{name}.timer"] if os.path.exists(self.installed(f"/usr/lib/systemd/system/{name}.timer")) else []
            shown = self.analyze("verify", f"--root={self.tree}", "--man=no", "--recursive-errors=no",
                                 f"{name}.service", *timers)
            words = (shown.stdout + shown.stderr).decode()
            ours = [line for line in words.split("\n") if name in line and "network-online" not in line]
            self.assertEqual((shown.returncode, ours), (0, []), words)

    def test_3_score(self):
        for name in UNITS:
            unit = self.installed(f"/usr/lib/systemd/system/{name}.service")
            shown = self.analyze("security", "--offline=true", f"--threshold={int(SCORE_MAX * 10)}", unit)
            score = float(re.search(r"exposure level for \S+: ([0-9.]+)", shown.stdout.decode()).group(1))
            print(f" [{name}: {score}]", end="", flush=True)
            self.assertEqual(shown.returncode, 0, shown.stdout.decode())
            self.assertLessEqual(score, SCORE_MAX)

    # ------------------------------------------------------------ under the unit's filters

    def under_filter(self, action, *words, name="hayatd"):
        """WORDS as systemd would confine them; without systemd-analyze nobody here knows what its groups hold."""
        if ANALYZE is None:
            self.skipTest("no systemd-analyze here (tools/setup check)")
        unit, calls = self.units[name], self.path(f"calls-{name}")
        with open(calls, "w", encoding="utf-8") as out:
            out.write("\n".join(sorted(allowed_calls(unit))) + "\n")
        families = ",".join(str(int(getattr(socket, family))) for family in unit["RestrictAddressFamilies"][0].split() if family != "none")
        return [FILTER, action, calls, families, *words]

    def test_4_escapes(self):
        if SANITIZED:
            self.skipTest("a sanitizer needs what is refused")
        attempts = ["/usr/bin/python3", "-c", ESCAPES]
        fates, free = (dict(line.split() for line in run(*words).stdout.decode().splitlines())
                       for words in (self.under_filter("deny", *attempts), attempts))
        self.assertGreater(len(fates), 15, fates)
        self.assertTrue(set(fates.values()) <= REFUSED, fates)
        # ... by the filter and nothing else.
        for name in ("unshare", "AF_NETLINK", "write_and_execute"):
            self.assertEqual(free[name], "OK")

    def configure(self):
        """The example, with its places under this test's directory."""
        with open(self.installed("/usr/share/doc/hayat/examples/hayatd.conf"), encoding="utf-8") as example:
            text = example.read()
        for place, name in (("/var/lib/hayat", "state"), ("/var/log/hayat", "log"), ("/run/hayat", "run"), ("/etc/hayat", "etc")):
            os.makedirs(self.path(name), mode=0o700, exist_ok=True)
            text = text.replace(place + "/", self.path(name) + "/")
        text = text.replace("[store]\n", "[store]\nallow_test_file_systems = true\n")
        with open(self.path("hayatd.conf"), "w", encoding="utf-8") as out:
            out.write(text)
        os.makedirs(self.path("credentials"), mode=0o700)
        return dict(os.environ, CREDENTIALS_DIRECTORY=self.path("credentials"), XDG_CONFIG_HOME=self.path("config"), LANGUAGE="en",
                    LC_ALL="C.UTF-8")

    def copies(self, env):
        """hayat-copy's own command, beside the server, under its own unit's filters."""
        place = self.path("copies")
        os.mkdir(place, 0o700)
        words = self.units["hayat-copy"]["ExecStart"][0].replace("/etc/hayat/", self.place + "/").replace("/var/lib/hayat-copies", place)
        words = [self.installed(word) if word.startswith("/usr/") else word for word in words.split()]
        if ANALYZE is not None and not SANITIZED:
            words = self.under_filter("kill", *words, name="hayat-copy")
        copy = run(*words, env=env).stdout.decode().split(":")[0]
        self.assertEqual(sorted(os.listdir(copy)), ["data.mdb", "manifest"])

    def test_5_serves(self):
        env, config = self.configure(), self.path("hayatd.conf")
        ctl, hayat = self.installed("/usr/bin/hayatctl"), self.installed("/usr/bin/hayat")

        def operator(*words):
            return run(ctl, *words, env=env).stdout.decode()
        operator("keys", "init", "--config", config)
        self.assertTrue(os.path.exists(self.path("credentials/master.key")))
        operator("demo", "generate", "--out", self.path("fund"), "--members", "100", "--quiet")
        operator("import", "--config", config, "--quiet", self.path("fund"))
        with open(self.path("fund/demo.json"), encoding="utf-8") as told:
            hero = re.search(r'"registration_number": *"([^"]*)"', told.read()).group(1)
        operator("enrol", "--config", config, "--member", hero, "--out", self.path("demo.json"))
        key = operator("receipt-key", "--config", config)
        with open(self.path("receipt.key"), "w", encoding="utf-8") as out:
            out.write(key)

        manager = Manager(self, self.place)
        words = [self.installed("/usr/sbin/hayatd"), "--config", config]
        if ANALYZE is not None and not SANITIZED:
            words = self.under_filter("kill", *words)
        log = open(self.path("hayatd.log"), "w+b")
        self.addCleanup(log.close)
        server = subprocess.Popen(words, env=dict(env, NOTIFY_SOCKET=manager.path), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def end():
            if server.poll() is None:
                server.kill()
                server.wait()
        self.addCleanup(end)

        def said():
            with open(self.path("hayatd.log"), encoding="utf-8", errors="replace") as text:
                return text.read()[-4000:]
        ready = manager.hears("READY=1", 30 * SLACK)
        self.assertTrue(ready, f"hayatd: {server.poll()}\n{said()}")

        def member(*words):
            done = run(hayat, *words, env=env, check=False)
            self.assertEqual(done.returncode, 0, done.stderr.decode() + said())
            return done.stdout.decode()
        member("sign-in", "--device", self.path("demo.json"), "--server", f"unix:{self.path('run/edge.sock')}")
        self.assertIn(hero, member("card", "--json"))
        # What the helpers do, each confined within the unit's confinement.
        statement = self.path("statement.pdf")
        member("statement", "--from", "2000-01-01", "--to", "2100-12-31", "--out", statement, "--key", self.path("receipt.key"))
        with open(statement, "rb") as data:
            self.assertEqual(data.read(5), b"%PDF-")
        for name, data in (("form.pdf", pdf(100_000)), ("photo.jpg", jpeg(80_000))):
            with open(self.path(name), "wb") as out:
                out.write(data)
        member("certificate", "file", "--form", self.path("form.pdf"), "--identity", self.path("photo.jpg"))
        self.assertNotRegex(said(), "checker_down|renderer_missing|check_failed|keys_not_opened")
        self.copies(env)
        server.send_signal(signal.SIGHUP)
        end_s = time.monotonic() + 10 * SLACK
        while "event=reloaded" not in said() and time.monotonic() < end_s:
            time.sleep(0.05)
        self.assertIn("event=reloaded", said())
        member("card")
        server.send_signal(signal.SIGTERM)
        self.assertTrue(manager.hears("STOPPING=1", 10 * SLACK), said())
        self.assertEqual(server.wait(int(self.units["hayatd"]["TimeoutStopSec"][0])), 0, said())
        self.assertTrue(glob.glob(self.path("log/audit-heads")))

    def test_6_dry_run(self):
        """tools/install says what it would do, for anybody, and does nothing."""
        shown = run(os.path.join(ROOT, "tools", "install"), "--dry-run", "--no-build").stdout.decode()
        for step in (f"cmake --install {ROOT}/build --prefix /usr", "systemd-sysusers hayat.conf", "/etc/hayat/tls"):
            self.assertIn(f"would run: {step}" if not step.startswith("/") else step, shown)
        self.assertIn("systemctl enable --now hayat-copy.timer", shown)
        self.assertEqual(run(os.path.join(ROOT, "tools", "install"), "--nonsense", check=False).returncode, 2)


if __name__ == "__main__":
    if not os.path.exists(os.path.join(ROOT, "deploy")) or not os.path.exists(FILTER):
        skip("no deploy/ or under_filter beside this build")
    unittest.main()
