"""The subscriptions of a first start with the sample newsroom."""

from schemas.events import Subscription

SUBSCRIPTIONS = (
    Subscription(
        id="diplomats-expelled",
        name="diplomatic expulsion",
        query="event:(type:expulsion status:done)",
        owner="sample",
    ),
    Subscription(
        id="missions-closed",
        name="mission closed",
        query="event:(type:mission_closure status:done)",
        owner="sample",
    ),
    Subscription(
        id="central-banks", name="central banks", query='"central bank" AND (rate OR rates)', owner="sample"
    ),
)
