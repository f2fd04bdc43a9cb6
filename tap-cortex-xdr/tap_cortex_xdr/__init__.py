"""Singer tap for Palo Alto Networks Cortex XDR."""
