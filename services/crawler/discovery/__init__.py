"""What a source publishes about itself, read: feeds, sitemaps, section pages."""

from services.crawler.discovery.document import parse_feed
from services.crawler.discovery.model import Entry, Feed

__all__ = ["Entry", "Feed", "parse_feed"]
