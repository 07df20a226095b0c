"""The tagger: what an article is about, whom it names and who did what to whom."""
