"""The console: the pages, the feed and the HTTP API over the store."""
