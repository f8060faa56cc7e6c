"""The addresses below `/api/v1/`."""

from django.urls import path, re_path

from chat.api import edge, messages, people, rooms, schema, search

urlpatterns = [
    path("guests", people.guests, name="api-guests"),
    path("me", people.me, name="api-me"),
    path("me/session", people.session, name="api-session"),
    path("me/login", people.my_login, name="api-my-login"),
    path("login", people.login, name="api-login"),
    path("rooms", rooms.rooms, name="api-rooms"),
    path("rooms/join", rooms.join, name="api-join"),
    path("rooms/<str:room_id>", rooms.room, name="api-room"),
    path("rooms/<str:room_id>/leave", rooms.leave, name="api-leave"),
    path("rooms/<str:room_id>/people", rooms.people, name="api-people"),
    path("rooms/<str:room_id>/mine", rooms.mine, name="api-mine"),
    path("rooms/<str:room_id>/messages", messages.messages, name="api-messages"),
    path("search", search.search, name="api-search"),
    path("openapi.json", schema.openapi, name="api-openapi"),
    re_path(r"^.*$", edge.missing, name="api-missing"),
]
