"""What a run can be allowed. In a module of its own, which costs nothing to import."""

PERMISSIONS = ("read", "write", "network", "subprocess", "signals")
"""To read the user's files, to write them, the network, programs and processes of its own, signals to other processes
and a look into them. With all of them it is kept from nothing."""
USUAL = ("read", "subprocess")
"""What it is allowed where nothing else is said."""
