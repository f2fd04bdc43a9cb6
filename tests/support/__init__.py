"""What the tests share: running a tap, a strict consumer of its messages, and the comparison."""
