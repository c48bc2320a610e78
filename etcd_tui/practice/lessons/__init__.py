"""Lessons: faults that a demo plays on its practice hosts, to be seen, named and mended."""
