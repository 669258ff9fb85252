from django.urls import path

from mysite import views

urlpatterns = [
    path("", views.index, name="index"),
    path("name", views.remember, name="remember"),
    path("upload", views.upload, name="upload"),
]
