"""Certificates: the authority, the two profiles, and the operator's store of keys."""
