"""Every write of the catalogue, a topic a module."""
