"""Pure libraries: no Django, no lake, Arrow in and Arrow out. Empty until the first sector room needs one."""
