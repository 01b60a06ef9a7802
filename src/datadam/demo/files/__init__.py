"""The authored files of the demo city. Every firm, place number and figure in them is invented; seeds are fixed."""
