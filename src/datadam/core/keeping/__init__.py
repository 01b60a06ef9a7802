"""Keeping a home: locks, backup, restore, upgrade, health, logs and metrics."""
