"""Who may do what with datasets, with the reason when not."""

from datadam.catalog.models import Dataset, Decision, Release, Upload
from datadam.core import selectors as core
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.core.public import Actor, Organisation

STEWARDS = ("admin", "steward")
CITY = ("officer", "operator")
SEEN_BY_ALL = (Dataset.State.PUBLISHED,)


def membership(actor: Actor | None, organisation_id: int) -> str | None:
    """The actor's role in the organisation, from one query per actor however many datasets are asked about."""
    return memberships(actor).get(organisation_id)


def memberships(actor: Actor | None) -> dict[int, str]:
    """Organisation id → role."""
    if actor is None:
        return {}
    known: dict[int, str] | None = actor.__dict__.get("_catalog_memberships")
    if known is None:
        rows = actor.memberships.values_list("organisation_id", "role")
        known = actor.__dict__["_catalog_memberships"] = dict(rows)
    return known


def of_city(actor: Actor | None) -> bool:
    """Whether the actor works for the city as a whole: officers and operators."""
    return core.has_city_role(actor, *CITY)


def roles(actor: Actor | None, dataset: Dataset) -> set[str]:
    """What the actor is to the dataset: admin, steward, member of its owner; officer, operator of the city."""
    held = {membership(actor, dataset.organisation_id)} | {r for r in CITY if core.has_city_role(actor, r)}
    return {role for role in held if role}


def may_upload(actor: Actor | None, organisation: Organisation) -> Verdict:
    """Stewards and admins of the organisation, officers and operators of the city."""
    if actor is None:
        return refuse("자료를 올리려면 로그인하십시오.", "Sign in to upload data.")
    if membership(actor, organisation.pk) in STEWARDS or of_city(actor):
        return ALLOWED
    return refuse(
        "이 기관의 데이터 관리자만 자료를 올릴 수 있습니다.", "Only a data steward of this organisation may upload."
    )


def may_see(actor: Actor | None, dataset: Dataset) -> Verdict:
    """Published datasets are seen by all, withdrawn ones by the owner's people, drafts by its stewards and the city."""
    if dataset.state in SEEN_BY_ALL or is_insider(actor, dataset):
        return ALLOWED
    if dataset.state == Dataset.State.WITHDRAWN and membership(actor, dataset.organisation_id):
        return ALLOWED
    return refuse("공개되지 않은 자료입니다.", "This dataset is not published.")


def is_insider(actor: Actor | None, dataset: Dataset) -> bool:
    """Whether the actor works on the dataset, and so sees its drafts."""
    return membership(actor, dataset.organisation_id) in STEWARDS or of_city(actor)


def may_edit(actor: Actor | None, dataset: Dataset) -> Verdict:
    """Describe it, add releases, decide proposals."""
    if dataset.state == Dataset.State.DESTROYED:
        return refuse("파기한 자료는 고칠 수 없습니다.", "A destroyed dataset cannot be changed.")
    if membership(actor, dataset.organisation_id) in STEWARDS or of_city(actor):
        return ALLOWED
    return refuse(
        "이 자료를 맡은 기관의 데이터 관리자만 할 수 있습니다.", "Only a data steward of the owner may do this."
    )


def may_publish(actor: Actor | None, dataset: Dataset) -> Verdict:
    """Publish, undo and withdraw: as may_edit."""
    return may_edit(actor, dataset)


def may_destroy(actor: Actor | None, dataset: Dataset) -> Verdict:
    """Officers, operators, and the owner's admins: nobody else may end a dataset for good."""
    if membership(actor, dataset.organisation_id) == "admin" or of_city(actor):
        return ALLOWED
    return refuse(
        "파기는 기관 관리자와 데이터 담당관만 할 수 있습니다.",
        "Only an admin of the owner or a city data officer may destroy data.",
    )


def may_see_release(actor: Actor | None, release: Release) -> Verdict:
    """Published releases of what one may see; drafts and held ones are for insiders."""
    dataset = release.dataset
    if is_insider(actor, dataset):
        return ALLOWED
    if release.state == Release.State.PUBLISHED:
        return may_see(actor, dataset)
    return refuse("공개되지 않은 판입니다.", "This release is not published.")


def may_see_rows(actor: Actor | None, release: Release) -> Verdict:
    """Rows of what is not published are for the owner's stewards and whoever sent the file, not for the city."""
    if release.state == Release.State.PUBLISHED:
        return may_see_release(actor, release)
    if actor is not None and (membership(actor, release.dataset.organisation_id) in STEWARDS or _sent(actor, release)):
        return ALLOWED
    return refuse(
        "공개하기 전의 내용은 자료를 맡은 기관의 데이터 관리자와 올린 사람만 봅니다.",
        "Before it is published, only the owner's stewards and whoever sent the file see the rows.",
    )


def may_see_quarantine(actor: Actor | None, release: Release) -> Verdict:
    """Rows that were set apart stay with the owner's stewards and whoever sent the file, published or not."""
    if actor is not None and (membership(actor, release.dataset.organisation_id) in STEWARDS or _sent(actor, release)):
        return ALLOWED
    return refuse(
        "격리한 행은 자료를 맡은 기관의 데이터 관리자와 올린 사람만 봅니다.",
        "Quarantined rows are seen by the owner's stewards and whoever sent the file.",
    )


def may_see_file(actor: Actor | None, upload: Upload) -> Verdict:
    """The raw cells of a file: as of the rows that nobody has read into a release yet."""
    if actor is not None and (membership(actor, upload.organisation_id) in STEWARDS or upload.person_id == actor.pk):
        return ALLOWED
    return refuse(
        "파일의 내용은 자료를 맡은 기관의 데이터 관리자와 올린 사람만 봅니다.",
        "What is in the file is seen by the owner's stewards and whoever sent it.",
    )


def _sent(actor: Actor, release: Release) -> bool:
    return release.upload is not None and release.upload.person_id == actor.pk


def decision_roles(actor: Actor | None, decision: Decision) -> set[str]:
    """As of its dataset; `second` for all of them but who asked."""
    held = roles(actor, decision.dataset)
    if held.intersection((*STEWARDS, *CITY)) and actor is not None and decision.asked_by_id != actor.pk:
        held.add("second")
    return held


def may_see_history(actor: Actor | None, dataset: Dataset) -> Verdict:
    """Those who work on the dataset."""
    if is_insider(actor, dataset):
        return ALLOWED
    return refuse("이력은 이 자료의 담당자만 봅니다.", "Only those responsible for this dataset see its history.")


def may_see_organisation_history(actor: Actor | None, organisation: Organisation) -> Verdict:
    """The organisation's admins and the city."""
    if membership(actor, organisation.pk) == "admin" or of_city(actor):
        return ALLOWED
    return refuse("기관의 이력은 기관 관리자와 시가 봅니다.", "An organisation's admins and the city see its history.")


def may_keep_glossary(actor: Actor | None) -> Verdict:
    """Import the common standard terms, which every organisation's columns are compared with: the city."""
    if of_city(actor):
        return ALLOWED
    return refuse(
        "공통표준용어는 시의 데이터 담당관이 넣습니다.", "City data officers import the common standard terms."
    )


def may_see_city_reports(actor: Actor | None) -> Verdict:
    """Reports over all organisations, drafts included."""
    if of_city(actor):
        return ALLOWED
    return refuse("시 전체의 보고서는 시가 봅니다.", "Reports on the whole city are for its officers.")


def may_see_evaluation(actor: Actor | None, organisation: Organisation | None) -> Verdict:
    """The city sees every evidence report; an organisation's admins and stewards see their own."""
    if of_city(actor) or (organisation and membership(actor, organisation.pk) in STEWARDS):
        return ALLOWED
    return refuse(
        "평가 근거 자료는 시의 담당관과 그 기관의 관리자·데이터 관리자가 봅니다.",
        "The city's officers, and an organisation's admins and stewards for their own, see the evidence report.",
    )
