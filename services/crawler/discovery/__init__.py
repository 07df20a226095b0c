"""What a source publishes about itself, read: feeds, sitemaps, section pages."""

from services.crawler.discovery.document import Entry, Feed, parse_feed

__all__ = ["Entry", "Feed", "parse_feed"]
