"""Every write to the core's state, a module a topic."""
