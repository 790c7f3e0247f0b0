"""The spiders: one, which learns from the site table what to do."""
