"""A form, a cookie and a file upload."""

import hashlib
from urllib.parse import quote, unquote

from django import forms
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST


class NameForm(forms.Form):
    name = forms.CharField(label="Your name", max_length=80)


class UploadForm(forms.Form):
    file = forms.FileField()


def page(request, name_form=None, upload_form=None, file=None):
    name = unquote(request.COOKIES.get("name", "stranger"))
    return render(
        request,
        "page.html",
        {
            "name": name,
            "name_form": name_form or NameForm(initial={"name": name}),
            "upload_form": upload_form or UploadForm(),
            "file": file,
        },
    )


@require_GET
def index(request):
    return page(request)


@require_POST
def remember(request):
    form = NameForm(request.POST)
    if not form.is_valid():
        return page(request, name_form=form)
    answer = redirect("index")
    answer.set_cookie("name", quote(form.cleaned_data["name"]), httponly=True, samesite="Lax")
    return answer


@require_POST
def upload(request):
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return page(request, upload_form=form)
    file = form.cleaned_data["file"]
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return page(
        request, file={"name": file.name, "size": file.size, "sha256": digest.hexdigest()}
    )
