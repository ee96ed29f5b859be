#!/usr/bin/python3
"""Promise: README's first command ends in a serving demonstration, and each command README shows beside it does what it says there,
as published, in the order published.
"""
import glob
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from hayat_wire import Client, free_port, jpeg, pdf

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MEMBERS = "300"
STARTED_WITHIN_S = 500  # the release build is part of it


def two_free_ports():
    """A free port whose next one is free, too: agents are served there."""
    for _ in range(100):
        port = free_port()
        with socket.socket() as second:
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError("no two free ports beside each other")


def wait_for(what, deadline_s, look):
    deadline = time.monotonic() + deadline_s
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {deadline_s} s")


def shown_commands():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as readme:
        return [words[0] for words in re.findall(r"^    \$ (build/bin/hayat .*?)( +# .*)?$", readme.read(), re.M)]


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.mkdtemp(prefix="hayat-quickstart.")
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.state = os.path.join(self.place, "var", "demo")
        # README's commands are typed in the project: build/ and var/demo are where it says.
        os.symlink(os.path.join(ROOT, "build"), os.path.join(self.place, "build"))
        self.port = two_free_ports()
        self.log = open(os.path.join(self.place, "quickstart.log"), "w+b")
        self.addCleanup(self.log.close)
        self.quickstart = subprocess.Popen([os.path.join(ROOT, "tools", "quickstart"), "--state", self.state, "--port", str(self.port),
                                            "--members", MEMBERS, "--no-install"],
                                           stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.addCleanup(self.end)
        self.environment = dict(os.environ, XDG_CONFIG_HOME=os.path.join(self.place, "config"))

    def end(self):
        if self.quickstart.poll() is None:
            self.quickstart.send_signal(signal.SIGTERM)
            self.quickstart.wait(60)

    def serves(self):
        self.assertIsNone(self.quickstart.poll(), self.said())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def read_environment(self):
        with open(os.path.join(self.state, "demo.env"), encoding="utf-8") as file:
            for line in file:
                name, value = shlex.split(line)[-1].split("=", 1)  # export NAME=VALUE
                self.environment[name] = value

    def card(self):
        """What README's grpcurl call shows, by another client."""
        with Client(self.environment["HAYAT_ADDR"], self.environment["HAYAT_CA"], self.environment["HAYAT_TOKEN"]) as client:
            return client.call("hayat.v1.CardService/GetCard").card

    def code(self, pattern):
        """The newest code in the spool that looks like PATTERN."""
        def look():
            for path in sorted(glob.glob(os.path.join(self.state, "spool", "sms", "*.json")), key=os.path.getmtime, reverse=True):
                with open(path, encoding="utf-8") as file:
                    found = re.search(pattern, json.load(file)["text"])
                if found:
                    return found.group(0)
            return None
        return wait_for("a text message with a code", 30, look)

    def type_in(self, command):
        """Runs a line of README's, with what a person would put in its places and answer."""
        card, answers = self.shown, ""
        name = card.beneficiary.name
        if " enrol start " in command:
            born = card.beneficiary.birth_date
            command = re.sub(r"--registration \S+", f"--registration {card.registration_number}", command)
            command = re.sub(r"--cine \S+", f"--cine {card.cine_number}", command)
            command = re.sub(r"--birth \S+", f"--birth {born.year:04}-{born.month:02}-{born.day:02}", command)
        elif " enrol confirm " in command:
            answers = self.code(r"\b[0-9]{8}\b") + "\n"
        elif " bank change " in command:
            command = re.sub(r'--holder "[^"]*"', f'--holder "{name.family_name} {name.given_name}" --yes', command)
        elif " bank refuse " in command:
            command = command.replace("CODE", self.code(r"\b[0-9A-Z]{4}(-[0-9A-Z]{4}){2,}\b"))
        done = subprocess.run(["bash", "-c", command], cwd=self.place, env=self.environment, input=answers.encode(), timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout.decode()}")
        return done.stdout.decode()

    def test_readme(self):
        wait_for("the demonstration's port", STARTED_WITHIN_S, self.serves)
        self.read_environment()
        self.shown = self.card()
        self.assertTrue(self.shown.registration_number)
        for name, content in (("form.pdf", pdf(20000)), ("photo.jpg", jpeg(20000))):
            with open(os.path.join(self.place, name), "wb") as file:
                file.write(content)
        commands = shown_commands()
        self.assertGreater(len(commands), 15)
        for command in commands:
            with self.subTest(command=command):
                self.type_in(command)
        self.assertTrue(os.path.getsize(os.path.join(self.place, "receipt.pdf")) > 1000)
        self.assertTrue(os.path.getsize(os.path.join(self.place, "statement.pdf")) > 1000)
        self.end()
        self.assertEqual(self.quickstart.returncode, 0, self.said())


if __name__ == "__main__":
    if os.environ.get("HAYAT_SANITIZE"):
        print("SKIP: it is the release build that it starts")
        sys.exit(77)
    unittest.main()
