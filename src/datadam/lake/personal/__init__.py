"""Personal data: what it looks like in Korea, where it is in a table, and how it is taken out.

`kinds`, `forms`, `checks` and `masking` import nothing heavy (a web process's logs use them); `scanning` and
`protection` read and change tables.
"""
