"""Groups of commands with rooms of their own; the composition root hangs them under `checkout`."""
