"""Subscriptions as people write them: checked, read from files, compared with those that are there."""
