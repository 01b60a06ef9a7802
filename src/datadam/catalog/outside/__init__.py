"""Servers that a dataset's data come from: file servers by SFTP, databases by a SELECT. No models here."""
