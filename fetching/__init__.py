"""Asking the public internet for something, and nothing else: what crawls and previews share."""
