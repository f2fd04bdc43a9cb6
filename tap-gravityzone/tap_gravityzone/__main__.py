"""Entry point of ``python -m tap_gravityzone``."""

from tap_gravityzone.tap import TapGravityZone

TapGravityZone.cli()
