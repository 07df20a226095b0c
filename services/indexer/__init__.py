"""The indexer: ThreadedArticle and dead letters → store."""
