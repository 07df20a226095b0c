"""WebSub (W3C Recommendation): hubs deliver what feeds publish, so that those are polled seldom."""

from services.crawler.websub.core import Delivery
from services.crawler.websub.subscriber import Subscriber

__all__ = ["Delivery", "Subscriber"]
