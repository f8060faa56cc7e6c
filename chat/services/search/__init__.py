"""Search: text cut into grams, an index beside the messages, and what a person may find."""
