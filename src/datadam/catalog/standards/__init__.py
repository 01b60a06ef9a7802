"""The common standard terms, words and domains: reading their lists and recognising columns. No database here."""
