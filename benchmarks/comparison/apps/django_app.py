import pathlib

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

PAGE = """<!doctype html><title>Items</title><ul>{% for item in items %}
<li>{{ item.name }}: {{ item.price|floatformat:2 }}</li>{% endfor %}</ul>"""

settings.configure(
    SECRET_KEY=__name__, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
    DATABASES={"default": {
        "ENGINE": "django.db.backends.sqlite3", "NAME": str(pathlib.Path(__file__).with_name("items.sqlite")),
        "CONN_MAX_AGE": None}},
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {"loaders": [("django.template.loaders.cached.Loader", [
            ("django.template.loaders.locmem.Loader", {"items.html": PAGE})])]}}],
)
application = get_wsgi_application()

# What the two stand on exists only now.
from django.db import models  # noqa: E402
from django.shortcuts import render  # noqa: E402


class Item(models.Model):
    name = models.TextField()
    price = models.FloatField()

    class Meta:
        app_label = "shop"
        db_table = "items"


def items(request):
    """Twenty of a thousand, by an index."""
    return render(request, "items.html", {"items": Item.objects.filter(price__gte=500).order_by("price")[:20]})


urlpatterns = [path("", items)]
