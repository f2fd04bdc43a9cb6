"""The receiver of GravityZone's push service: ``tap-gravityzone-receiver``."""
