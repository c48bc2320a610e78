"""What a service's process is before it becomes the service: sets limits, then executes it.

`launch.py PARENT STATUS_FD UMASK OPEN_FILES NO_NEW_PRIVILEGES PROGRAM ARGUMENT...`, run by
`python -I -S`. On STATUS_FD it says why the program could not be executed; silence is success.
"""

import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38

parent, status, umask, open_files, no_new_privileges = map(int, sys.argv[1:6])
command = sys.argv[6:]
os.set_inheritable(status, False)
try:
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if no_new_privileges:
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
except (ImportError, OSError, AttributeError):
    pass  # a Python without ctypes: the next demo ends what this one leaves
if os.getppid() != parent:
    sys.exit(1)
os.umask(umask)
if open_files:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    within = open_files if hard == resource.RLIM_INFINITY else min(open_files, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (within, hard))
# Python ignores these two for itself, and an ignored signal stays ignored in the program.
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
try:
    os.execv(command[0], command)  # noqa: S606 - that is all it is for
except OSError as error:
    os.write(status, (error.strerror or "unknown").encode())
    sys.exit(203)
