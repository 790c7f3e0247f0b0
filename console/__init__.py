"""The web application of those who work here: they decide, steer sites and count."""
