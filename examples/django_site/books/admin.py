from django.contrib import admin

from books.models import Author, Book

admin.site.register(Author)


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "author", "published"]
    list_filter = ["author"]
    search_fields = ["title", "author__name"]
