"""The store in one process: SQLite keeps, tantivy searches."""
