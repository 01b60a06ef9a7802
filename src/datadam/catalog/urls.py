from django.urls import path

from datadam.catalog.views import datasets, editing, files, histories, home, lists, recipes, releases, sources, uploads

urlpatterns = [
    path("", home.home, name="home"),
    path("datasets/", lists.dataset_list, name="dataset_list"),
    path("organisation/<slug:name>/", lists.organisation, name="organisation"),
    path("dataset/<slug:name>/", datasets.dataset, name="dataset"),
    path("organisation/<slug:name>/history/", histories.organisation, name="organisation_history"),
    path("dataset/<slug:name>/history/", histories.dataset, name="dataset_history"),
    path("dataset/<slug:name>/release/<int:number>/", datasets.dataset, name="release"),
    path("dataset/<slug:name>/release/<int:number>/changes/", releases.changes, name="release_changes"),
    path("dataset/<slug:name>/download/<str:fmt>/", datasets.download, name="dataset_download"),
    path("dataset/<slug:name>/files/", files.gallery, name="dataset_files"),
    path("dataset/<slug:name>/files.zip", files.package, name="dataset_files_zip"),
    path("dataset/<slug:name>/files.sha256", files.sums, name="dataset_files_sums"),
    path("dataset/<slug:name>/file/<path:path>", files.file, name="dataset_file"),
    path("dataset/<slug:name>/raw/<path:path>", files.raw, name="dataset_file_raw"),
    path("dataset/<slug:name>/thumb/<path:path>", files.thumb, name="dataset_file_thumb"),
    path("dataset/<slug:name>/edit/", editing.edit, name="dataset_edit"),
    path("dataset/<slug:name>/recipe/", recipes.recipe, name="dataset_recipe"),
    path("dataset/<slug:name>/recipe/back/<int:version>/", recipes.go_back, name="recipe_back"),
    path("dataset/<slug:name>/do/<slug:action>/", editing.act, name="dataset_act"),
    path("dataset/<slug:name>/release/<int:number>/do/<slug:action>/", editing.act_on_release, name="release_act"),
    path("dataset/<slug:name>/source/", sources.of_dataset, name="dataset_source"),
    path("organisation/<slug:name>/sources/", sources.of_organisation, name="organisation_sources"),
    path("source/<int:pk>/", sources.source, name="source"),
    path("source/<int:pk>/do/<slug:action>/", sources.act, name="source_act"),
    path("upload/", uploads.new, name="upload_new"),
    path("upload/<int:pk>/", uploads.upload, name="upload"),
    path("upload/<int:pk>/progress/", uploads.progress, name="upload_progress"),
    path("upload/<int:pk>/discard/", uploads.discard, name="upload_discard"),
]
