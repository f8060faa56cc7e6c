"""The chat: people, rooms, what they say, and how it reaches everybody."""
