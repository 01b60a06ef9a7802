"""The demo city: messy files as offices send them, taken in by the real services. A package, not a room: no models."""
