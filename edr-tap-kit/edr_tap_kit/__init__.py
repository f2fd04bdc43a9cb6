"""What the EDR and XDR taps share: settings, transport, windows, shaping and Singer messages."""
