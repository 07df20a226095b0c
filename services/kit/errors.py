"""What can go wrong outside of a service."""


class Unavailable(Exception):
    """Broker or store is out of reach. The message names it, the cause and the way out; whoever meets
    this tries the same again, in place.
    """
