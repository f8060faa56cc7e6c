"""Rules over several rows: one function, one transaction. No async, no channels."""
