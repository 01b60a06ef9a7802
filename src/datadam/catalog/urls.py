from django.urls import path

from datadam.catalog.views import datasets, editing, histories, home, lists, recipes, releases, sources, uploads

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
    path("dataset/<slug:name>/edit/", editing.edit, name="dataset_edit"),
    path("dataset/<slug:name>/recipe/", recipes.recipe, name="dataset_recipe"),
    path("dataset/<slug:name>/recipe/back/<int:version>/", recipes.go_back, name="recipe_back"),
    path("dataset/<slug:name>/do/<slug:action>/", editing.act, name="dataset_act"),
    path("dataset/<slug:name>/release/<int:number>/do/<slug:action>/", editing.act_on_release, name="release_act"),
    path("dataset/<slug:name>/source/", sources.of_dataset, name="dataset_source"),
    path("organisation/<slug:name>/sources/", sources.of_organisation, name="organisation_sources"),
    path("organisation/<slug:name>/sources/try/", sources.try_out, name="source_try"),
    path("source/<int:pk>/", sources.source, name="source"),
    path("source/<int:pk>/do/<slug:action>/", sources.act, name="source_act"),
    path("upload/", uploads.new, name="upload_new"),
    path("upload/<int:pk>/", uploads.upload, name="upload"),
    path("upload/<int:pk>/progress/", uploads.progress, name="upload_progress"),
    path("upload/<int:pk>/discard/", uploads.discard, name="upload_discard"),
]
