"""The words of the glossary as frozen types and pure rules: no clock, no network, no framework."""
