"""The wire: a slow line between an operator and a lab's hosts, which also counts what passes.

Kernels of small machines have no netem, so the line is a process between two TUN devices. It
delays each direction by half the round trip and lets `rate` bits a second through, per host and
direction, with a queue of a thousand packets as netem has. The operator is in a namespace of their
own behind it; the hosts keep their addresses, and all that passes is delayed: SSH, etcd's API, all.

    with Wire(lab, delay=0.05, rate=20e6) as wire:
        subprocess.run([*wire.prefix, ...])
        wire.counts()      # since the last call, by host
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from tests.lab import Lab, network
from tests.lab.process import run

OPERATOR = "192.0.2.2"
_QUEUE = 1000
_TUNSETIFF = 0x400454CA
_TUN_WITHOUT_HEADER = 0x0001 | 0x1000
_TCP = 6
_SYN = 0x02


@dataclass(slots=True)
class Count:
    """What passed between the operator and one host.

    `round_trips`: how often the operator could only go on with an answer: the longest chain of
    packets, each sent after the other side's last one had arrived. Bare acknowledgements do not
    count. Long transfers add to it, since the receiver speaks meanwhile.
    """

    to_host: int = 0
    from_host: int = 0
    round_trips: int = 0


class Wire:
    """The line; its process ends with the `with` block."""

    def __init__(self, lab: Lab, *, delay: float, rate: float) -> None:
        self._outer = lab.operator_netns
        self._far = f"{lab.operator_netns}.far"
        self._command = [sys.executable, "-m", "tests.benchmarks.wire", self._outer, self._far]
        self._command += [str(delay), str(rate)]
        self.prefix = network.entering(self._far)

    def __enter__(self) -> Wire:
        run(["ip", "netns", "add", self._far])
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if self._ask() != {}:
            raise RuntimeError("the wire counts before anything passes")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate()
        run(["ip", "netns", "delete", self._far])

    def counts(self) -> dict[str, Count]:
        """Return what passed since the last call, by the hosts' addresses."""
        return {address: Count(**count) for address, count in self._ask().items()}

    def _ask(self) -> dict[str, dict[str, int]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer: dict[str, dict[str, int]] = json.loads(self._process.stdout.readline())
        return answer


class Lane:
    """One direction of one host's line: packets with the times at which they arrive."""

    def __init__(self, delay: float, rate: float) -> None:
        self._delay = delay
        self._rate = rate
        self._free = 0.0
        self.waiting: deque[tuple[float, bytes, int]] = deque()

    def take(self, packet: bytes, now: float, depth: int) -> None:
        """Send a packet off at `now`; dropped where the queue is full."""
        if len(self.waiting) >= _QUEUE:
            return
        self._free = max(now, self._free)
        if self._rate:
            self._free += len(packet) * 8 / self._rate
        self.waiting.append((self._free + self._delay, packet, depth))


class Line:
    """One host's line: two lanes, and how deep the chain of answers is at either end."""

    def __init__(self, delay: float, rate: float) -> None:
        self.there = Lane(delay, rate)
        self.back = Lane(delay, rate)
        self.at_host = 0
        self.at_operator = 0
        self.counted = 0
        self.count = Count()

    def sent(self, packet: bytes, now: float, *, by_operator: bool) -> None:
        """Take a packet from one of its ends."""
        speaks = _speaks(packet)
        if by_operator:
            self.count.to_host += len(packet)
            self.there.take(packet, now, self.at_operator + 1 if speaks else 0)
        else:
            self.count.from_host += len(packet)
            self.back.take(packet, now, self.at_host if speaks else 0)

    def arrived(self, depth: int, *, at_host: bool) -> None:
        """Note a packet of this depth at the other end."""
        if at_host:
            self.at_host = max(self.at_host, depth)
        else:
            self.at_operator = max(self.at_operator, depth)
            self.count.round_trips = self.at_operator - self.counted


def _speaks(packet: bytes) -> bool:
    """Whether a packet says more than that something arrived."""
    head = (packet[0] & 15) * 4
    if packet[9] != _TCP:
        return True
    length = int.from_bytes(packet[2:4], "big")
    return bool(packet[head + 13] & _SYN) or length > head + (packet[head + 12] >> 4) * 4


class Relay:
    """The process: reads packets from both devices and writes each when its time has come."""

    def __init__(self, near: int, far: int, delay: float, rate: float) -> None:
        self._near, self._far = near, far
        self._made = (delay / 2, rate)
        self._lines: dict[bytes, Line] = {}

    def serve(self) -> None:
        """Work until standard input ends; each line in it asks for the counts."""
        ends = [self._near, self._far]
        while True:
            ready, _, _ = select.select([*ends, sys.stdin], [], [], self._patience())
            for end in ends:
                if end in ready:
                    self._read(end)
            self._deliver()
            if sys.stdin in ready:
                if not sys.stdin.readline():
                    return
                print(json.dumps(self._told()), flush=True)

    def _patience(self) -> float | None:
        dues = [
            lane.waiting[0][0]
            for line in self._lines.values()
            for lane in (line.there, line.back)
            if lane.waiting
        ]
        return max(0.0, min(dues) - time.monotonic()) if dues else None

    def _read(self, end: int) -> None:
        by_operator = end == self._far
        for _ in range(32):
            try:
                packet = os.read(end, 65536)
            except BlockingIOError:
                return
            if packet[0] >> 4 != 4:
                continue
            host = packet[16:20] if by_operator else packet[12:16]
            line = self._lines.get(host)
            if line is None:
                line = self._lines[host] = Line(*self._made)
            line.sent(packet, time.monotonic(), by_operator=by_operator)

    def _deliver(self) -> None:
        now = time.monotonic()
        for line in self._lines.values():
            for lane, end in ((line.there, self._near), (line.back, self._far)):
                while lane.waiting and lane.waiting[0][0] <= now:
                    _due, packet, depth = lane.waiting.popleft()
                    line.arrived(depth, at_host=end == self._near)
                    os.write(end, packet)

    def _told(self) -> dict[str, dict[str, int]]:
        told = {socket.inet_ntoa(host): asdict(line.count) for host, line in self._lines.items()}
        for line in self._lines.values():
            line.count = Count()
            line.counted = line.at_operator
        return told


def _device(namespace: str, name: str, settings: str) -> int:
    """Make a TUN device in a namespace; it goes with the descriptor that is returned."""
    network.enter(namespace)
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    request = struct.pack("16sH22x", name.encode(), _TUN_WITHOUT_HEADER)
    fcntl.ioctl(device, _TUNSETIFF, request)
    run(["ip", "-n", namespace, "-batch", "-"], stdin=f"link set {name} up\n{settings}\n")
    return device


def main(outer: str, far: str, delay: str, rate: str) -> None:
    """Be the process of a Wire."""
    near_end = _device(outer, "near", f"route add {OPERATOR}/32 dev near")
    for setting in ("ip_forward", "conf/outer/proxy_arp"):
        Path("/proc/sys/net/ipv4", setting).write_text("1")
    far_end = _device(far, "far", f"link set lo up\naddress add {OPERATOR}/24 dev far")
    Relay(near_end, far_end, float(delay), float(rate)).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
