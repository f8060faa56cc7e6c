"""The site's addresses: the chat's own, and Django admin; and the pages for what went wrong."""

from django.contrib import admin
from django.urls import include, path

from chat.views import people

urlpatterns = [
    # One way to sign out: it closes sockets, and asks first whoever could not come back.
    path("admin/logout/", people.logout),
    path("admin/", admin.site.urls),
    path("", include("chat.urls")),
]

handler400 = "chatsite.failures.bad_request"
handler404 = "chatsite.failures.not_found"
handler500 = "chatsite.failures.server_error"
