"""Where articles, alerts, dead letters and subscriptions are kept: one protocol, two implementations."""
