"""A TCP proxy that cuts connections at random bytes, for clients that must go on."""
import random
import socket
import struct
import threading


class CuttingProxy:
    """Forwards a port of its own to TARGET.  While cuts are left, every connection is cut after a random number of bytes
    (both directions together), half of the time by a reset, half of the time by a plain close."""

    def __init__(self, target_port, cuts, mean_bytes, seed):
        self.random = random.Random(seed)
        self.target_port, self.cuts_left, self.mean_bytes = target_port, cuts, mean_bytes
        self.cuts_made = 0
        self.closed = False
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.closed = True
        self.listener.close()

    def _accept(self):
        while True:
            try:
                inner, _ = self.listener.accept()
            except OSError:
                if self.closed:
                    return
                continue
            try:
                outer = socket.create_connection(("127.0.0.1", self.target_port), timeout=5)
                for side in (inner, outer):
                    side.settimeout(None)
                    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:
                inner.close()  # the server is down just now, or the client has left
                continue
            _Pair(self, inner, outer)

    def budget(self):
        """How many bytes the next connection may carry; None without a limit."""
        with self.lock:
            if self.cuts_left <= 0:
                return None
            return 1 + int(self.random.expovariate(1 / self.mean_bytes))

    def count_cut(self):
        """One cut less; how to make it: True for a reset."""
        with self.lock:
            if self.cuts_left <= 0:
                return None
            self.cuts_left -= 1
            self.cuts_made += 1
            return self.random.random() < 0.5


class _Pair:
    def __init__(self, proxy, inner, outer):
        self.proxy, self.sides, self.left = proxy, (inner, outer), proxy.budget()
        self.lock = threading.Lock()
        self.ended = False
        for source, sink in ((inner, outer), (outer, inner)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _allow(self, size):
        """How much of SIZE may still pass."""
        with self.lock:
            if self.left is None:
                return size
            allowed = min(size, self.left)
            self.left -= allowed
            return allowed

    def _pump(self, source, sink):
        try:
            while True:
                data = source.recv(16384)
                if not data:
                    break
                allowed = self._allow(len(data))
                sink.sendall(data[:allowed])
                if allowed < len(data) or self.left == 0:
                    reset = self.proxy.count_cut()
                    if reset is None:
                        self.left = None
                        sink.sendall(data[allowed:])
                        continue
                    self._end(reset)
                    return
        except OSError:
            pass
        self._end(False)

    def _end(self, reset):
        with self.lock:
            if self.ended:
                return
            self.ended = True
        for side in self.sides:
            if reset:
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            try:
                side.shutdown(socket.SHUT_RDWR) if not reset else None
            except OSError:
                pass
            side.close()
