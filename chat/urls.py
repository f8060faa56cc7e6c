"""The chat's addresses over HTTP."""

from django.urls import include, path, re_path

from chat.api import edge, plain
from chat.views import entering, install, people, rooms, status

urlpatterns = [
    path("", entering.front, name="front"),
    path("enter", entering.enter, name="enter"),
    path("join", entering.join, name="join"),
    path("rooms", rooms.home, name="home"),
    path("rooms/new", rooms.new, name="room-new"),
    path("rooms/<slug:room_id>", rooms.room, name="room"),
    path("rooms/<slug:room_id>/join", entering.join_listed, name="room-join"),
    path("rooms/<slug:room_id>/leave", rooms.leave, name="room-leave"),
    path("login", people.login, name="login"),
    path("logout", people.logout, name="logout"),
    path("me", people.me, name="me"),
    path("language", people.language, name="language"),
    path("owner/<str:token>", people.owner_page, name="owner"),
    path("manifest.webmanifest", install.manifest, name="manifest"),
    path("sw.js", install.worker, name="worker"),
    path("offline", install.away, name="offline"),
    path("offline/rooms", install.shell, name="offline-rooms"),
    path("get_group", plain.get_group, name="get-group"),
    path("create_group", plain.create_group, name="create-group"),
    path("api/v1/", include("chat.api.urls")),
    re_path(r"^api/", edge.missing, name="api-unversioned"),
    path("healthz", status.healthz, name="healthz"),
    path("readyz", status.readyz, name="readyz"),
    path("metrics", status.metrics, name="metrics"),
]
