"""What other rooms may take from the core's models: the actor and nothing more."""

from datadam.core.models import Organisation, Person

Actor = Person

__all__ = ["Actor", "Organisation", "Person"]
