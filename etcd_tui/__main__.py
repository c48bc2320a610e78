"""`python -m etcd_tui` is the same as the `etcd-tui` program."""

import sys

from etcd_tui.cli import main

sys.exit(main())
