"""Django, with its admin, a database and static files.

cd examples/django_site
python3 manage.py migrate && python3 manage.py createsuperuser      once, for the database and the admin's first user
cd ../..
./run mysite.wsgi:application --python-path examples/django_site    http://127.0.0.1:8080/admin/
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")

application = get_wsgi_application()
