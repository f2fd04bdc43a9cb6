"""Entry point of ``python -m tap_cortex_xdr``."""

from tap_cortex_xdr.tap import TapCortexXDR

TapCortexXDR.cli()
