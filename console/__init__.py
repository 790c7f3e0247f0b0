"""The web application of those who work here: caseworkers decide, operators steer, analysts count."""
