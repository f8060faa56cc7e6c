"""The JSON interface: `/api/v1/` for clients with a session, and the two plain requests."""
