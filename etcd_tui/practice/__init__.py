"""Practice hosts on this machine: an SSH server, a disk and a service manager for each."""
