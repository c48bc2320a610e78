"""Certificates: held against real cfssl, real OpenSSL, Python's ssl, and SIGKILL."""
