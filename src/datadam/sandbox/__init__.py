"""Runs what strangers wrote: checked SELECTs in a child process with limits and a kill. No Django here."""
