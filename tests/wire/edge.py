#!/usr/bin/python3
"""Promise: whom an anonymous caller counts as is decided by where the call came in: on the edge's unix socket by the
edge's x-real-ip, anywhere else by the connection alone, whatever the caller says of itself.
"""
import itertools
import os
import stat
import unittest

import grpc
from hayat_wire import Client, Server, WireTest, message, reason

CHALLENGE = "hayat.v1.SessionService/CreateChallenge"
DEVICE = "dev_" + "0" * 26
PLENTY = 2000  # more than the rate's burst and what it gains meanwhile


class Edge(Client):
    """A channel through the unix socket, as the edge opens it."""

    def __init__(self, path):
        self.channel = grpc.insecure_channel(f"unix:{path}", options=[("grpc.use_local_subchannel_pool", 1)])
        self.token = None


class EdgeServer(Server):
    def _write_config(self):
        super()._write_config()
        with open(self.path("hayatd.conf"), encoding="utf-8") as text:
            config = text.read()
        with open(self.path("hayatd.conf"), "w", encoding="utf-8") as out:
            out.write(config.replace("[server]\n", f"[server]\nunix_socket = {self.path('edge.sock')}\n"))


class RealIp(unittest.TestCase):
    """A server for each test: rates are remembered."""

    refused = WireTest.refused

    def setUp(self):
        self.server = EdgeServer(members=50)
        self.addCleanup(self.server.stop)
        self.server.start()
        self.edge = Edge(self.server.path("edge.sock"))
        self.addCleanup(self.edge.close)

    def ask(self, client, real_ip=None):
        client.call(CHALLENGE, device_id=DEVICE, metadata=() if real_ip is None else (("x-real-ip", real_ip),))

    def use_up(self, client, names):
        """Asks under one name after the other until the rate is used up: they are one caller."""
        for count, name in zip(range(PLENTY), names):
            try:
                self.ask(client, name)
            except grpc.RpcError as error:
                self.assertEqual(reason(error), "RATE_LIMITED")
                return count
        self.fail("the names are not one caller")

    def limited(self, client, real_ip=None):
        """Is the caller whose rate was just used up."""
        self.assertLess(self.use_up(client, itertools.repeat(real_ip)), PLENTY // 20)

    def test_the_edge_is_believed(self):
        self.use_up(self.edge, itertools.cycle(f"192.0.2.{number}" for number in range(256)))
        self.limited(self.edge, "192.0.2.200")  # the same /24
        self.ask(self.edge, "198.51.100.1")
        self.use_up(self.edge, itertools.cycle(f"2001:db8:0:{number:x}::1" for number in range(256)))
        self.limited(self.edge, "2001:db8:0:ff::2")  # the same /56
        self.ask(self.edge, "2001:db8:0:100::1")
        self.ask(self.edge)

    def test_nobody_else_is_believed(self):
        with self.server.client() as client:
            self.use_up(client, (f"192.{number // 256}.{number % 256}.1" for number in itertools.count()))
            self.limited(client, "198.51.100.1")
            self.limited(client)
        self.ask(self.edge, "192.0.2.1")  # whom the liar named has its rate

    def test_what_is_no_address_is_one_network(self):
        """Rubbish does not buy a rate of its own."""
        self.use_up(self.edge, ((f"192.0.2.1, 10.0.0.{number}", f"999.0.0.{number}", f"x{number}", "1" * (40 + number % 900),
                                 f"[2001:db8:{number:x}::1]", f"192.0.2.1:{number}")[number % 6] for number in itertools.count()))
        self.limited(self.edge, "not an address")
        self.limited(self.edge)
        self.ask(self.edge, "192.0.2.1")

    def test_the_socket_is_for_the_edges_group(self):
        mode = os.stat(self.server.path("edge.sock")).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o660)


if __name__ == "__main__":
    unittest.main(verbosity=2)
