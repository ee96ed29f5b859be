#!/usr/bin/python3
"""A rough line in a process of its own: a TCP proxy that delays, stalls and cuts.

    rough_line.py TARGET_PORT DELAY_MS LOSS STALL_MS MEAN_BYTES SEED [PORT]

Each byte arrives DELAY_MS late, half of it on the way there, half on the way back.  LOSS is the share of segments of 1,448 bytes that are
"lost": whatever follows in that direction waits STALL_MS, as TCP makes its reader wait for the segment that is sent again.  (Bytes
cannot get lost inside a connection; tests/wire/lossy has the kernel lose real packets.)  A connection is cut after MEAN_BYTES on
average, both directions together: by a reset or a plain close, with what was under way lost.

Prints its port; on SIGTERM prints {"cuts", "stalls", "up_bytes", "down_bytes"} and ends.
"""
import asyncio
import json
import random
import signal
import socket
import struct
import subprocess
import sys

SEGMENT_BYTES, READ_BYTES, UNDER_WAY = 1448, 16384, 64


class Line:
    def __init__(self, target_port, delay_ms, loss, stall_ms, mean_bytes, seed):
        self.target_port, self.delay, self.loss = target_port, delay_ms / 2000, loss
        self.stall, self.mean_bytes, self.random = stall_ms / 1000, mean_bytes, random.Random(seed)
        self.told = {"cuts": 0, "stalls": 0, "up_bytes": 0, "down_bytes": 0}

    async def connected(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.close()  # the server is down just now
            return
        budget = [self.random.expovariate(1 / self.mean_bytes)] if self.mean_bytes else [float("inf")]
        pumps = [asyncio.ensure_future(self.pump(reader, far_writer, budget, "up_bytes")),
                 asyncio.ensure_future(self.pump(far_reader, writer, budget, "down_bytes"))]
        # One direction that ends well is a half-close; the other goes on.
        _, pending = await asyncio.wait(pumps, return_when=asyncio.FIRST_EXCEPTION)
        for pump in pending:
            pump.cancel()
        reset = budget[0] <= 0 and self.random.random() < 0.5
        for end in (writer, far_writer):
            if reset:
                end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()

    async def pump(self, reader, writer, budget, direction):
        """Ends at the end of its side; raises at a cut and at any other break."""
        queue = asyncio.Queue(UNDER_WAY)
        sender = asyncio.ensure_future(self.send_late(queue, writer))
        clock, held_until = asyncio.get_running_loop(), 0.0
        try:
            while data := await reader.read(READ_BYTES):
                self.told[direction] += len(data)
                budget[0] -= len(data)
                if budget[0] <= 0:
                    self.told["cuts"] += 1
                    budget[0] = -float("inf")
                    raise ConnectionResetError("cut")
                due = max(clock.time() + self.delay, held_until)
                if self.loss and self.random.random() < 1 - (1 - self.loss) ** (1 + len(data) // SEGMENT_BYTES):
                    self.told["stalls"] += 1
                    due += self.stall
                held_until = due
                await queue.put((due, data))
            await queue.put((held_until, None))
            await sender
        finally:
            sender.cancel()

    @staticmethod
    async def send_late(queue, writer):
        clock = asyncio.get_running_loop()
        while True:
            due, data = await queue.get()
            await asyncio.sleep(due - clock.time())
            if data is None:
                writer.write_eof() if writer.can_write_eof() else None
                return
            writer.write(data)
            await writer.drain()

    async def serve(self, port):
        server = await asyncio.start_server(self.connected, "127.0.0.1", port, backlog=512)
        ended = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # cuts are what we are here for
        print(server.sockets[0].getsockname()[1], flush=True)
        await ended.wait()
        print(json.dumps(self.told), flush=True)


class RoughLine:
    """The same, started from a test."""

    def __init__(self, target_port, delay_ms=0, loss=0.0, stall_ms=0, mean_bytes=0, seed=1, port=0):  # pylint: disable=too-many-arguments
        self.process = subprocess.Popen([sys.executable, __file__] + [str(word) for word in
                                        (target_port, delay_ms, loss, stall_ms, mean_bytes, seed, port)], stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.address = f"127.0.0.1:{self.port}"

    def close(self):
        """What went over it."""
        if self.process.poll() is not None:
            return None
        self.process.terminate()
        told, _ = self.process.communicate()
        return json.loads(told)


if __name__ == "__main__":
    asyncio.run(Line(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]),
                     int(sys.argv[6])).serve(int(sys.argv[7])))
