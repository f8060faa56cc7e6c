"""Django admin, by which an owner runs the community: rooms, messages, people, and who did what.

Nothing is saved or deleted behind the services' backs, and nothing is deleted for good.
"""

from chat.admin import installation, log, messages, people, rooms, site

__all__ = ["installation", "log", "messages", "people", "rooms", "site"]
