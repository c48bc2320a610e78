"""systemd-socket-activate of a practice host: listen on ADDRESS:PORT, for as long as it lives.

The real one starts a program at the first connection; here whoever connects is left waiting.
"""

import signal
import socket
import sys

words = iter(sys.argv[1:])
listeners = []
for word in words:
    if word not in ("-l", "--listen"):
        break
    address, _, port = next(words).rpartition(":")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address.strip("[]"), int(port)))
    listener.listen(64)
    listeners.append(listener)
while True:
    signal.pause()
