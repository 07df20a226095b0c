"""The services of newswatch, one package each, and what they share (kit, store)."""
