"""Proof, from outside the steps that built the cluster."""
