"""The alerter: ThreadedArticle × subscriptions → alerts, delivered."""
