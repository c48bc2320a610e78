"""systemd-socket-activate of a practice host: listen on ADDRESS:PORT, for as long as it lives.

Run by `python -I -S` where there is no Perl for listen.pl.

The real one starts a program at the first connection; here whoever connects is left waiting. While
the host's file run/practice/closed is there, nobody can connect: the listener's queue is full, and
the kernel drops what comes, as a firewall would.
"""

import os
import signal
import socket
import sys

closed = os.access(os.environ.get("ETCD_TUI_ROOT", "") + "/run/practice/closed", os.F_OK)
words = iter(sys.argv[1:])
listeners = []
for word in words:
    if word not in ("-l", "--listen"):
        break
    address, _, port = next(words).rpartition(":")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address.strip("[]"), int(port)))
    listener.listen(0 if closed else 64)
    listeners.append(listener)
    if closed:
        # A queue of none still holds one.
        filler = socket.create_connection(listener.getsockname())
        listeners.append(filler)
while True:
    signal.pause()
