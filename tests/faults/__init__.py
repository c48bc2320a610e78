"""The fault matrix: which faults are injected, what is seen then, and by which tests.

`@pytest.mark.fault(8, injected="…", seen="…")` on a test says that it shows row 8 of `rows.ROWS`.
`python -m tests.faults` writes them all into FAULTS.md; with --check it compares.
"""
