"""Models as the wire tells them."""

from gnomon.models.registry.record import Version, judged
from gnomon.models.registry.registry import Kept, Registry
from gnomon.server.wire_models import ModelDetail, ModelJudgement, ModelRow, ModelTest, ModelVersion
from gnomon.store.documents import Document


def version_row(kept: Kept, version: Version) -> ModelVersion:
    """Return a version."""
    return ModelVersion(
        number=version.number,
        digest=version.digest,
        us=version.us,
        format=version.format,
        files=list(version.files),
        size_bytes=version.size_bytes,
        lineage=version.lineage,
        signature=version.signature,
        metrics=version.metrics,
        note=version.note,
        by=version.by,
        aliases=kept.model.aliases_of(version.number),
    )


def model_row(kept: Kept) -> ModelRow:
    """Return a model as the list shows it."""
    model = kept.model
    return ModelRow(
        name=model.name,
        rev=kept.rev,
        us=kept.us,
        created_us=kept.created_us,
        text=model.text,
        tags=list(model.tags),
        versions=len(model.versions),
        size_bytes=sum(version.size_bytes for version in model.versions),
        aliases=dict(model.aliases),
        latest=version_row(kept, model.versions[-1]) if model.versions else None,
    )


def model_detail(registry: Registry, kept: Kept, cursor: str) -> ModelDetail:
    """Return everything of a model."""
    model, tests = kept.model, registry.tests(kept.model.name)
    figures = registry.figures(model.name)
    return ModelDetail(
        name=model.name,
        rev=kept.rev,
        us=kept.us,
        created_us=kept.created_us,
        text=model.text,
        tags=list(model.tags),
        aliases=dict(model.aliases),
        gates=list(model.gates),
        versions=[version_row(kept, version) for version in reversed(model.versions)],
        judgements=[
            ModelJudgement(
                version=version.number,
                gate=each.gate,
                text=each.gate.text,
                passed=each.passed,
                figure=each.figure,
                bar=each.bar,
                why=each.why,
            )
            for version in reversed(model.versions)
            for each in judged(model, version.number, figures)
        ],
        tests=[test_row(test) for test in tests],
        cursor=cursor,
    )


def test_row(test: Document) -> ModelTest:
    """Return the outcome of a test."""
    body = test.body
    return ModelTest(
        test=body["test"], version=body["version"], us=test.us, figures=body["figures"], report=body["report"]
    )
