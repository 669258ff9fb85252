from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import include, path

from mysite import views

urlpatterns = [
    path("", views.index, name="index"),
    path("name", views.remember, name="remember"),
    path("upload", views.upload, name="upload"),
    path("books/", include("books.urls")),
    path("admin/", admin.site.urls),
    # A front server or a servlet container has static files quicker, from the folder that "manage.py collectstatic" fills;
    # this is for where there is none. "insecure" is Django's word for that.
    path("static/<path:path>", serve, {"insecure": True}),
]
