"""Pages of the core, a topic a module."""
