"""Expression graphs: read, checked against the served signatures, evaluated, described."""
