"""The hosts over SSH: connect, trust, run as root, sanitise."""
