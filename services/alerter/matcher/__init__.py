"""Given subscriptions, which of them does an article fulfil? The evaluator's answer, at 100,000 of them.

A query can only hold where certain words stand (`routes`). It is kept in an index under two of them, the
rarest that it needs (`rarity`), and looked at only when an article has both (`matcher`).
"""

from services.alerter.matcher.matcher import Matcher

__all__ = ["Matcher"]
