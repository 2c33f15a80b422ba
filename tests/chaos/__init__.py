"""Chaos: a phase during which processes are killed, disks fill, clocks jump, and wires break."""
