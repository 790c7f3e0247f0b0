"""Gallery software that runs: it makes each page when it is asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.gallery_software import SOFTWARE, Served, Software, free_host, run, running
from benchmarks.photo_albums import Albums

_SETTINGS: Final = """
INSTALLED_APPS += ["django.contrib.sites", "sortedm2m", "photologue"]
SITE_ID = 1
TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates"]
MEDIA_ROOT = BASE_DIR / "media"
MEDIA_URL = "/media/"
"""
_ADDRESSES: Final = """\
from django.conf import settings
from django.conf.urls.static import static
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("photologue/", include("photologue.urls", namespace="photologue")),
    path("", RedirectView.as_view(url="/photologue/gallery/")),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
]
"""
_FRAME: Final = """\
<!doctype html><html><head><title>{% block title %}{% endblock %}</title></head><body>
<nav><a href="{% url 'photologue:gallery-list' %}">Galleries</a>
<a href="{% url 'photologue:photo-list' %}">Photos</a>
<a href="{% url 'photologue:pl-photo-archive' %}">Latest photos</a></nav>
{% block content %}{% endblock %}</body></html>
"""
_UPLOAD: Final = """\
import os, sys
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "gallery.settings"
import django
django.setup()
from django.core.files import File
from photologue.models import Gallery, Photo
for album in sorted({file.parent for file in Path(sys.argv[1]).rglob("*.jpg")}):
    gallery = Gallery.objects.create(title=album.name.title(), slug=album.name)
    for file in sorted(album.glob("*.jpg")):
        photo = Photo(title=file.stem, slug=file.stem)
        with file.open("rb") as opened:
            photo.image.save(file.name, File(opened))
        gallery.photos.add(photo)
"""


def running_galleries() -> list[Software]:
    """List the software that runs, whether it is installed or not."""
    return [Software("django-photologue", _lacks_photologue, _photologue)]


def _lacks_photologue() -> str:
    there = (SOFTWARE / "django-admin").exists()
    return "" if there else "django-photologue is not installed (make coverage)"


@contextmanager
def _photologue(albums: Albums, folder: Path) -> Iterator[Served]:
    """Run a Django project with a page for each gallery, each photo, and each day of both."""
    python, host = SOFTWARE / "python", free_host()
    run([SOFTWARE / "django-admin", "startproject", "gallery", "."], folder)
    with (folder / "gallery" / "settings.py").open("a") as settings:
        settings.write(_SETTINGS)
    (folder / "gallery" / "urls.py").write_text(_ADDRESSES)
    (folder / "templates").mkdir()
    (folder / "templates" / "base.html").write_text(_FRAME)
    (folder / "upload.py").write_text(_UPLOAD)
    run([python, "manage.py", "migrate", "-v0"], folder)
    run([python, "upload.py", albums.folder], folder)
    command: list[str | Path] = [python, "manage.py", "runserver", "--noreload", host]
    with running(command, folder, host, f"http://{host}/", folder / "media") as served:
        yield served
