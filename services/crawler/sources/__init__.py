"""The sources that are watched, as data."""

from services.crawler.sources.catalogue import Source, SourcesError, Way, load, parse

__all__ = ["Source", "SourcesError", "Way", "load", "parse"]
