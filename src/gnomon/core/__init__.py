"""Ids, clock, settings, errors, limits and the journal format: what every other package stands on."""
