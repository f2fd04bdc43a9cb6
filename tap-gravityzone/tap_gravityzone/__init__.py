"""Singer tap for Bitdefender GravityZone."""
