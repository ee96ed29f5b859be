#!/usr/bin/python3
"""Promise (SEC-D8): `hayatctl db copy` makes whole, opened copies beside a running hayatd, whatever members write and whenever it is killed;
`hayatctl db restore` brings one back, whole or not at all, with what was acknowledged before it was made, and never loses the store
that was there; hayatd serves on it.

HAYAT_COPY_KILLS copies are killed (8), HAYAT_COPY_SEED repeats a run.
"""
import fcntl
import hashlib
import os
import random
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from hayat_wire import Background, Member, Server, SLACK, devices_of, enum, pdf, pension_numbers, program, request_id, run

KILLS = int(os.environ.get("HAYAT_COPY_KILLS", "8"))
SEED = int(os.environ.get("HAYAT_COPY_SEED", str(random.SystemRandom().randrange(1 << 32))))
WRITERS = 3
FORM_BYTES, CHUNK = 8_000_000, 16_384
NAME = re.compile(r"\d{8}T\d{6}\.\d{3}Z")
UNFINISHED = re.compile(r"\.unfinished-" + NAME.pattern)
UPLOAD = "hayat.v1.UploadService"
FINE, REFUSED, USAGE, FAILED = range(4)


def pensioners(server):
    return devices_of(pension_numbers(server)[:WRITERS])


def write_file(path, data):
    with open(path, "wb") as out:
        out.write(data)


def manifest(copy):
    with open(os.path.join(copy, "manifest"), encoding="ascii") as text:
        lines = [line.rstrip("\n") for line in text if not line.startswith("#")]
    return lines[0], [tuple(line.split(" ", 1)) for line in lines[1:]]


class Writer(Background):
    """A member who sends a form in small pieces; each is a commit, and acknowledged."""

    def __init__(self, server, name):
        super().__init__()
        self.server = server
        self.token = Member(server, name).sign_in()
        self.data = pdf(FORM_BYTES)
        self.acknowledged = 0
        with server.client(self.token) as client:
            draft = client.call("hayat.v1.LifeCertificateService/CreateLifeCertificate", request_id=request_id(), route=1).life_certificate
            self.draft = draft.life_certificate_id
            self.upload = self.declare(client, "FORM")

    def declare(self, client, item):
        return client.call(f"{UPLOAD}/CreateUpload", request_id=request_id(), life_certificate_id=self.draft,
                           item=enum(f"hayat.v1.DocumentItem.DOCUMENT_ITEM_{item}"), media_type="application/pdf",
                           size_bytes=FORM_BYTES, sha256=hashlib.sha256(self.data).digest()).upload.upload_id

    def append(self, client):
        chunk = self.data[self.acknowledged:self.acknowledged + CHUNK]
        reply = client.call(f"{UPLOAD}/AppendChunk", upload_id=self.upload, offset=self.acknowledged, data=chunk)
        self.acknowledged = reply.upload.committed_size

    def work(self):
        with self.server.client(self.token) as client:
            while not self.stopping.wait(0.005) and self.acknowledged + CHUNK < FORM_BYTES:
                self.append(client)

    def committed(self):
        """What the server knows of it, and whether its bytes are there to go on from."""
        with self.server.client(self.token) as client:
            return client.call(f"{UPLOAD}/GetUpload", upload_id=self.upload).upload.committed_size


class Copies(unittest.TestCase):
    def setUp(self):
        self.server = Server(enrolled=pensioners)
        self.addCleanup(self.server.stop)
        self.copies = self.server.path("copies")
        os.mkdir(self.copies, 0o700)
        self.server.start()

    def ctl(self, *words, config=True, **named):
        return run(program("hayatctl"), *words, *(("--config", self.server.path("hayatd.conf")) if config else ()), check=False, **named)

    def words_of(self, done):
        return f"{done.returncode}: {done.stdout.decode()}{done.stderr.decode()}"

    def copy(self, *more, out=None, code=FINE):
        """The new copy's path, when there must be one; else what was said."""
        done = self.ctl("db", "copy", "--out", out or self.copies, "--quiet", *more)
        self.assertEqual(done.returncode, code, self.words_of(done))
        return done.stdout.decode().split(": ")[0] if code == FINE else done.stderr.decode()

    def restore(self, copy, *more, code=FINE, env=None):
        done = self.ctl("db", "restore", "--from", copy, "--quiet", *more, env=env)
        self.assertEqual(done.returncode, code, self.words_of(done))
        return done.stdout.decode() if code == FINE else done.stderr.decode()

    def named(self, out=None):
        return sorted(name for name in os.listdir(out or self.copies) if NAME.fullmatch(name))

    def is_whole(self, copy):
        """Its manifest is true, nobody else may read it, and nothing else is in it."""
        self.assertEqual(sorted(os.listdir(copy)), ["data.mdb", "manifest"])
        for path, mode in ((copy, 0o700), (os.path.join(copy, "data.mdb"), 0o600), (os.path.join(copy, "manifest"), 0o600)):
            self.assertEqual(os.stat(path).st_mode & 0o777, mode, path)
        first, lines = manifest(copy)
        facts = dict(lines)
        with open(os.path.join(copy, "data.mdb"), "rb") as file:
            data = file.read()
        self.assertEqual((first, facts["time"], int(facts["bytes"]), facts["sha256"]),
                         ("hayat copy 1", os.path.basename(copy), len(data), hashlib.sha256(data).hexdigest()))
        self.assertGreater(int(facts["records"]), 1000)
        self.assertIn(("epochs", "health 1"), lines)
        return facts

    def stop_server(self):
        code, _ = self.server.terminate()
        self.assertEqual(code, 0, self.server.log_tail())

    def writers(self):
        writers = [Writer(self.server, f"member{number}") for number in range(WRITERS)]
        for writer in writers:
            writer.start()
            self.addCleanup(writer.stopping.set)
        return writers

    def data_file(self):
        with open(self.server.path("db/data.mdb"), "rb") as file:
            return file.read()

    # ------------------------------------------------------------ copies under load, and back

    def test_under_load(self):
        """What a copy holds is what was acknowledged before it began, and nothing that had not been sent when it ended."""
        writers, taken = self.writers(), []
        for _ in range(3):
            before = [writer.acknowledged for writer in writers]
            end_s = time.monotonic() + 30 * SLACK
            while [writer.acknowledged for writer in writers] == before and time.monotonic() < end_s:
                time.sleep(0.001)  # somebody writes
            before = [writer.acknowledged for writer in writers]
            copy = self.copy()
            # One piece may be on its way: committed, and its answer not yet here.
            taken.append((copy, before, [writer.acknowledged + CHUNK for writer in writers]))
        for writer in writers:
            writer.stop()
        self.assertTrue(all(writer.acknowledged > 0 for writer in writers))
        transactions = [int(self.is_whole(copy)["transaction"]) for copy, _, _ in taken]
        self.assertEqual(transactions, sorted(set(transactions)))
        self.assertNotRegex(self.server.log_tail(1_000_000), "level=error|reason=(INTERNAL|OVERLOADED|STORE_)")
        self.stop_server()
        for copy, before, after in taken:
            self.restore(copy)
            self.server.start()
            for writer, least, most in zip(writers, before, after):
                self.assertTrue(least <= writer.committed() <= most, f"{least} <= {writer.committed()} <= {most}")
            self.stop_server()

    def test_exactly(self):
        """With nobody writing, a copy brings back exactly what was acknowledged; hayatd takes the next piece from there; the store that
        was there before is beside it, whole."""
        writers = self.writers()
        end_s = time.monotonic() + 60 * SLACK
        while min(writer.acknowledged for writer in writers) < 4 * CHUNK and time.monotonic() < end_s:
            time.sleep(0.01)
        for writer in writers:
            writer.stop()
        kept = [writer.acknowledged for writer in writers]
        copy = self.copy()
        with self.server.client(writers[0].token) as client:
            writers[0].append(client)
        later = [writer.acknowledged for writer in writers]
        self.assertNotEqual(later, kept)
        self.stop_server()

        said = self.restore(copy)
        aside = re.search(r"^(\S+\.before-restore-\S+): the store that was there$", said, re.M).group(1)
        self.assertEqual(aside[:aside.index(".before")], self.server.path("db"))
        self.server.start()
        self.assertEqual([writer.committed() for writer in writers], kept)
        writers[0].acknowledged = kept[0]
        with self.server.client(writers[0].token) as client:
            writers[0].append(client)
        self.assertEqual(writers[0].committed(), kept[0] + CHUNK)
        self.stop_server()
        self.assertEqual(self.ctl("db", "check").returncode, FINE)
        self.assertEqual(self.ctl("db", "check", "--db", aside).returncode, FINE)

        # The way back: what was put aside is a store.
        os.remove(self.server.path("db/data.mdb"))
        shutil.copy(os.path.join(aside, "data.mdb"), self.server.path("db/data.mdb"))
        self.server.start()
        self.assertEqual([writer.committed() for writer in writers], later)

    def test_first_store(self):
        """On a machine that has no store yet a copy becomes it."""
        copy = self.copy()
        self.stop_server()
        shutil.rmtree(self.server.path("db"))
        self.assertNotIn("was there", self.restore(copy))
        self.server.start()

    def test_erased_since(self):
        """An older copy with the newest keyring.erasure: what was erased since opens no more, everything else does, new documents are taken,
        and a pass of retention drops what is left of it."""
        erased, stays, third = self.writers()
        for writer in (erased, stays, third):
            end_s = time.monotonic() + 30 * SLACK
            while writer.acknowledged < 8 * CHUNK and time.monotonic() < end_s:
                time.sleep(0.01)
            writer.stop()
        copy = self.copy()
        with self.server.client(erased.token) as client:
            client.call(f"{UPLOAD}/CancelUpload", request_id=request_id(), upload_id=erased.upload)
        self.stop_server()
        before = digest_of(self.server.path("keyring.erasure"))
        done = self.ctl("retention", "run")
        self.assertEqual(done.returncode, FINE, self.words_of(done))
        self.assertNotEqual(digest_of(self.server.path("keyring.erasure")), before)

        self.restore(copy)
        self.assertRegex(self.ctl("db", "check").stdout.decode(), r"\d+ chunks of erased documents")
        self.server.start()
        self.assertEqual(stays.committed(), stays.acknowledged)
        with self.server.client(stays.token) as client:
            stays.append(client)
            stays.upload, stays.acknowledged = stays.declare(client, "IDENTITY"), 0
            stays.append(client)
        self.stop_server()
        self.assertEqual(self.ctl("retention", "run").returncode, FINE)
        done = self.ctl("db", "check")
        self.assertEqual(done.returncode, FINE, self.words_of(done))
        self.assertNotIn("erased", done.stdout.decode())

    # ------------------------------------------------------------ kills

    def test_killed_copies(self):
        """A copy that is killed at any moment leaves no name but that of a whole copy; the next one removes what it left; members' writes
        go on meanwhile, whatever lock it died with."""
        print(f"seed {SEED}", flush=True)
        chance, [writer, *others] = random.Random(SEED), self.writers()
        for other in others:
            other.stop()
        began = time.monotonic()
        self.copy()
        usual_s, unfinished, before = time.monotonic() - began, 0, self.named()
        for _ in range(KILLS):
            copying = subprocess.Popen([program("hayatctl"), "db", "copy", "--config", self.server.path("hayatd.conf"), "--out", self.copies,
                                        "--quiet"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                copying.wait(chance.uniform(0, usual_s))
            except subprocess.TimeoutExpired:
                copying.kill()
            copying.wait()
            for name in set(self.named()) - set(before):
                self.is_whole(os.path.join(self.copies, name))
            unfinished += sum(1 for name in os.listdir(self.copies) if UNFINISHED.fullmatch(name))
            acknowledged, end_s = writer.acknowledged, time.monotonic() + 30 * SLACK
            while writer.is_alive() and writer.acknowledged == acknowledged and time.monotonic() < end_s:
                time.sleep(0.001)
            self.assertTrue(writer.acknowledged > acknowledged or not writer.is_alive(), "no write after the kill")
        print(f"{KILLS} kills, {unfinished} left something, {usual_s * 1000:.0f} ms each", flush=True)
        last = self.copy()
        self.is_whole(last)
        self.assertEqual([name for name in os.listdir(self.copies) if UNFINISHED.fullmatch(name)], [])
        writer.stop()
        self.assertEqual(self.ctl("db", "check").returncode, FINE)

    def test_unfinished_goes(self):
        """What a kill left is removed, and nothing else: not what somebody put beside or into it, which keeps no copy from being made."""
        left = os.path.join(self.copies, ".unfinished-20260101T000000.000Z")
        os.mkdir(left, 0o700)
        for name in ("data.mdb", "lock.mdb", "manifest"):
            write_file(os.path.join(left, name), b"half")
        with_more = os.path.join(self.copies, ".unfinished-20260101T000000.001Z")
        os.mkdir(with_more, 0o700)
        write_file(os.path.join(with_more, "data.mdb"), b"half")
        write_file(os.path.join(with_more, "keyring"), b"mine")
        os.mkdir(os.path.join(self.copies, ".unfinished-mine"))
        write_file(os.path.join(self.copies, "notes"), b"mine")
        copy = self.copy("--keep", "1")
        self.assertEqual(sorted(os.listdir(self.copies)), sorted([".lock", ".unfinished-mine", os.path.basename(with_more),
                                                                  os.path.basename(copy), "notes"]))
        self.assertEqual(os.listdir(with_more), ["keyring"])

    def test_killed_restores(self):
        """A restore that is killed at any of its steps leaves the old store or the new one in place, the old one is never lost, and the same
        command again ends the work."""
        copy = self.copy()
        self.stop_server()
        for step in ("linked", "renamed", "moved"):
            old = hashlib.sha256(self.data_file()).hexdigest()
            done = self.ctl("db", "restore", "--from", copy, "--quiet", env=dict(os.environ, HAYAT_FAILPOINT=f"replace.{step}=kill"))
            if done.returncode == FINE:
                self.skipTest("no fail points in this build")
            self.assertEqual(done.returncode, -9, self.words_of(done))
            self.server.start()  # whichever it is, it serves, and may write
            self.stop_server()
            self.restore(copy)
            self.assertEqual(hashlib.sha256(self.data_file()).hexdigest(), manifest_digest(copy))
            self.assertFalse(os.path.exists(self.server.path("db/restoring")))
            kept = {digest_of(os.path.join(self.server.state, name, "data.mdb"))
                    for name in os.listdir(self.server.state) if name.startswith("db.before-restore-")}
            # Killed before its rename, hayatd wrote to the old one; it is aside as it was then.
            self.assertTrue(step == "linked" or old in kept, step)
        self.assertGreaterEqual(len([name for name in os.listdir(self.server.state) if name.startswith("db.before-restore-")]), 5)

    # ------------------------------------------------------------ refusals

    def test_restore_refuses(self):
        """A running server, somebody who reads, a changed byte, other keys: the reason is told, and not a byte of the store changes."""
        copy = self.copy()
        self.assertIn("in use", self.restore(copy, code=FAILED))
        self.stop_server()
        before = self.data_file()
        with open(self.server.path("db/lock.mdb"), "r+b") as held:
            fcntl.lockf(held, fcntl.LOCK_SH, 1, 0)  # as LMDB does while a program has the store open
            self.assertIn("in use", self.restore(copy, code=FAILED))

        chance = random.Random(SEED)
        for path in ("data.mdb", "data.mdb", "data.mdb", "manifest"):
            damaged = os.path.join(tempfile.mkdtemp(dir=self.server.state), "copy")
            shutil.copytree(copy, damaged)
            with open(os.path.join(damaged, path), "r+b") as file:
                # Not in the manifest's comments, which say nothing that is checked.
                at = chance.randrange(os.path.getsize(file.name)) if path == "data.mdb" else 0
                file.seek(at)
                byte = file.read(1)
                file.seek(at)
                file.write(bytes([byte[0] ^ 1 << chance.randrange(8)]))
            if path == "data.mdb":
                self.assertIn("SHA-256", self.restore(damaged, code=REFUSED))
            else:
                self.assertIn("manifest", self.restore(damaged, code=FAILED))
        os.truncate(os.path.join(damaged, "data.mdb"), 8192)
        shutil.copy(os.path.join(copy, "manifest"), damaged)
        self.assertIn("SHA-256", self.restore(damaged, code=REFUSED))
        os.remove(os.path.join(damaged, "manifest"))
        self.assertIn("a copy has a manifest", self.restore(damaged, code=FAILED))

        other = self.server.path("other")
        os.mkdir(other, 0o700)
        run(program("hayatctl"), "keys", "init", "--state", other)
        keys = ("--master", os.path.join(other, "master.key"), "--keyring", os.path.join(other, "keyring"))
        self.assertIn("STORE_CORRUPT", self.restore(copy, *keys, code=FAILED))
        self.assertIn("keyring: this file does not open with this master key", self.restore(copy, *keys[:2], code=FAILED))
        self.assertEqual(self.data_file(), before)
        self.assertEqual([name for name in os.listdir(self.server.state) if "before-restore" in name], [])

    def test_a_retired_key(self):
        """The manifest tells which keys a copy needs; with one of them destroyed, restore names it."""
        copy = self.copy()
        self.stop_server()
        self.ctl("keys", "rotate", "--domain", "health")
        self.server.start()
        end_s = time.monotonic() + 120 * SLACK
        while time.monotonic() < end_s:
            if "all of them" in self.words_of(self.ctl("keys", "status")):
                break
            time.sleep(0.1)
        self.assertIn(("epochs", "health 2"), manifest(self.copy())[1])
        self.stop_server()
        retired = self.ctl("keys", "retire", "--domain", "health", "--epoch", "1")
        self.assertEqual(retired.returncode, FINE, self.words_of(retired))
        self.assertIn("no epoch 1 of health", self.restore(copy, code=FAILED))

    def test_copy_refuses(self):
        """No place for copies, or not ours: nothing is written."""
        place = self.server.path("place")
        self.assertIn("--out", self.ctl("db", "copy").stderr.decode())
        self.assertEqual(self.ctl("db", "copy", "--out", self.copies, "--keep", "-1").returncode, USAGE)
        self.copy(out=place, code=FAILED)
        write_file(place, b"")
        self.assertIn("not a directory", self.copy(out=place, code=FAILED))
        os.remove(place)
        os.mkdir(place)
        os.chmod(place, 0o777)
        self.assertIn("nobody else may write", self.copy(out=place, code=FAILED))
        self.assertEqual(os.listdir(place), [])
        self.assertIn("the store itself", self.copy(out=self.server.path("db"), code=FAILED))
        with open(os.path.join(self.copies, ".lock"), "w", encoding="ascii") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.assertIn("another copy", self.copy(code=FAILED))
        self.assertEqual(os.listdir(self.copies), [".lock"])
        self.copy()

    def test_no_room(self):
        """A copy that would leave too little of the disk is not begun."""
        place = self.server.path("small")
        os.mkdir(place)
        if run("mount", "-t", "tmpfs", "-o", "size=65m,mode=0700", "none", place, check=False).returncode != 0:
            self.skipTest("cannot mount a small file system")
        self.addCleanup(run, "umount", place)
        said = self.copy(out=place, code=FAILED)
        self.assertRegex(said, r"not enough room: 6\d MiB are free, the copy takes \d+ MiB, and 64 MiB must be left")
        self.assertEqual(os.listdir(place), [".lock"])

    # ------------------------------------------------------------ the check

    def test_slow_check(self):
        """A check that gives way to others opens as much, and says the same."""
        self.assertEqual(self.server.terminate()[0], 0)
        whole, slow = self.ctl("db", "check"), self.ctl("db", "check", "--slow")
        self.assertEqual((whole.returncode, slow.returncode), (FINE, FINE), self.words_of(slow))
        self.assertRegex(whole.stdout.decode(), r"[1-9]\d+ records opened, 0 bad")
        self.assertEqual(slow.stdout, whole.stdout)

    # ------------------------------------------------------------ which go

    def test_keep(self):
        """--keep N leaves the newest N whole copies, and removes none of them for a copy that is not good."""
        made = [os.path.basename(self.copy()) for _ in range(3)]
        self.assertEqual(self.named(), made)
        made.append(os.path.basename(self.copy("--keep", "2")))
        self.assertEqual(self.named(), made[2:])
        # One from before what retention asks for: it is told, and goes as the oldest.
        os.mkdir(os.path.join(self.copies, "20200101T000000.000Z"))
        old = self.ctl("db", "copy", "--out", self.copies, "--quiet").stderr.decode()
        self.assertIn("1 copies are older than 35 days", old)
        made.append(self.named()[-1])
        made.append(os.path.basename(self.copy("--keep", "2")))
        self.assertEqual(self.named(), made[4:])
        del made[:2]
        # A store with a changed byte in a record: the copy does not open.
        damaged = self.server.path("damaged")
        shutil.copytree(os.path.join(self.copies, made[3]), damaged)
        with open(os.path.join(damaged, "data.mdb"), "r+b") as file:
            data = bytearray(file.read())
            page = next(at for at in range(8192, len(data), 4096) if data[at + 10] & 0x04)  # LMDB's P_OVERFLOW: a value alone
            data[page + 200] ^= 1
            file.seek(0)
            file.write(data)
        said = self.copy("--db", damaged, "--keep", "1", code=REFUSED)
        self.assertIn("no older copy was removed", said)
        made.append(self.named()[-1])
        self.assertEqual(self.named(), made[2:])
        self.assertEqual(sorted(os.listdir(self.copies)), sorted([".lock", *made[2:]]))
        marred = os.path.join(self.copies, made[-1])
        self.assertNotEqual(dict(manifest(marred)[1])["bad"], "0")
        # It comes back as it is; one that says less of itself than is bad does not.
        self.assertEqual(self.server.terminate()[0], 0)
        done = self.ctl("db", "restore", "--from", marred, "--quiet")
        self.assertEqual(done.returncode, FINE, self.words_of(done))
        self.assertIn(b"of them are bad", done.stderr)
        self.assertEqual(digest_of(self.server.path("db/data.mdb")), manifest_digest(marred))
        path = os.path.join(marred, "manifest")
        with open(path, encoding="ascii") as file:
            text = file.read()
        with open(path, "w", encoding="ascii") as file:
            file.write(re.sub(r"(?m)^bad \d+$", "bad 0", text))
        self.assertIn("0 when it was made; the store is as it was", self.restore(marred, code=REFUSED))


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def manifest_digest(copy):
    return dict(manifest(copy)[1])["sha256"]


if __name__ == "__main__":
    unittest.main(verbosity=2)
