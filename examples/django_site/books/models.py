from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Book(models.Model):
    title = models.CharField(max_length=200)
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="books")
    published = models.PositiveSmallIntegerField("year", null=True, blank=True)

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title
