"""What every migration needs: a script of several statements, taken apart."""

from __future__ import annotations


def statements(script: str) -> list[str]:
    """Split a script at the semicolons that end a line, sparing the bodies of functions."""
    found, current, in_body = [], [], False
    for line in script.splitlines():
        current.append(line)
        in_body ^= line.count("$$") % 2 == 1
        if line.rstrip().endswith(";") and not in_body:
            found.append("\n".join(current))
            current = []
    return [statement for statement in found if statement.strip()]
