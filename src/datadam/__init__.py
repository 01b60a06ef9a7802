"""datadam: the software of a city's data economy."""
