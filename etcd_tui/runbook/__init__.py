"""The runbook: the install plan for bare hosts as a document that a person can work through."""
