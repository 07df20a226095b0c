"""Where alerts go: one module for each kind of channel, and what all of them promise."""
