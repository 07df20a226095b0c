"""The contract between the services: messages, topics and their exported JSON Schemas.

Imports nothing of `services`, so that any other program can depend on it alone.
"""
