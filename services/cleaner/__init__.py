"""The cleaner: RawPage → Article."""
