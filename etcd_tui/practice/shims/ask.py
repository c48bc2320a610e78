"""What a shim runs: hand the words of a command to the practice host and print its answer.

Run by `python -I -S`, once for every systemctl and journalctl of a script: so it imports what it
must and no more (`socket` alone would take three times as long as all of this).
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
connection.sendall(b"\0".join(os.fsencode(word) for word in sys.argv[1:]))
connection.shutdown(socket.SHUT_WR)
answer = b""
while piece := connection.recv(1 << 16):
    answer += piece
head, _, rest = answer.partition(b"\n")
if not head:
    sys.stderr.write("the practice host went away before it answered\n")
    sys.exit(1)
status, length = map(int, head.split())
sys.stdout.buffer.write(rest[:length])
sys.stderr.buffer.write(rest[length:])
sys.exit(status)
