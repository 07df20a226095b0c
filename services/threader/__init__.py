"""The threader: TaggedArticle → ThreadedArticle."""
