"""What a shim runs: hand the words of a command to the practice host and print its answer.

Run by `python -I -S` where there is no Perl for ask.pl, once for every systemctl and journalctl of
a script: so it imports what it must and no more (`socket` alone would take three times as long as
all of this). The answer comes
in pieces, each behind a line that says what it is and how long: `1 N` output, `2 N` errors; the
last line, `0 STATUS`, ends it.
"""

import _socket as socket
import os
import sys

connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
try:
    connection.connect(b"\0" + os.environb[b"ETCD_TUI_PRACTICE"])
except OSError as error:
    sys.stderr.write(f"the practice host is gone: {error.strerror}\n")
    sys.exit(1)
words = b"\0".join(os.fsencode(word) for word in sys.argv[1:])
connection.sendall(b"%d\n" % len(words) + words)
streams = {b"1": sys.stdout.buffer, b"2": sys.stderr.buffer}
rest = b""
while piece := connection.recv(1 << 16):
    rest += piece
    while b"\n" in rest:
        head, _, behind = rest.partition(b"\n")
        kind, number = head.split()
        if kind == b"0":
            sys.exit(int(number))
        if len(behind) < int(number):
            break
        streams[kind].write(behind[: int(number)])
        streams[kind].flush()
        rest = behind[int(number) :]
sys.stderr.write("the practice host went away before it answered\n")
sys.exit(1)
