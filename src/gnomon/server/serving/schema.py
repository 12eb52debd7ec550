"""The OpenAPI document of one endpoint: what this model takes, under the names that its data have, and what it gives."""

from typing import Any

from gnomon.server.serving.status import Told


def document(name: str, told: Told, answer: dict[str, Any], root: str) -> dict[str, Any]:
    """Return the document.

    Args:
        name: Of the endpoint.
        told: What is known of the version that answers.
        answer: JSON schema of the answer to one row.
        root: Path under which the endpoint is mounted.
    """
    answer, defined = _defined(answer)
    row = {"type": "object", "properties": told.takes, "required": list(told.takes), "additionalProperties": False}
    columns = {key: {"type": "array", "items": each} for key, each in told.takes.items()}
    asked: list[dict[str, Any]] = [
        {"type": "object", "properties": {"rows": {"type": "array", "items": row}}, "required": ["rows"]},
        {
            "type": "object",
            "properties": {
                "inputs": {
                    "anyOf": [{"type": "array"}, {"type": "object", "properties": columns, "required": list(columns)}]
                }
            },
            "required": ["inputs"],
        },
        {"type": "object", "properties": {"image": {"type": "string"}}, "required": ["image"]},
    ]
    octets = {"schema": {"type": "string", "format": "binary"}}
    content = {"application/json": {"schema": {"anyOf": asked}}, "image/*": octets, "application/x-npy": octets}
    content["multipart/form-data"] = {"schema": row}
    many = {"type": "object", "properties": {"results": {"type": "array", "items": answer}}, "required": ["results"]}
    good = {
        "description": "One answer where one row came as such, otherwise one for each row.",
        "headers": {"gnomon-version": {"schema": {"type": "string"}, "description": "The version that answered."}},
        "content": {"application/json": {"schema": {"anyOf": [answer, many]}}},
    }
    bad = {"description": "The detail says what was expected and what came."}
    predict = {
        "summary": "Predict rows",
        "requestBody": {"required": True, "content": content},
        "responses": {"200": good, "400": bad, "413": bad, "422": bad, "503": bad},
    }
    plain = {"responses": {"200": {"description": "As JSON."}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": told.version},
        "servers": [{"url": root or "/"}],
        "paths": {
            "/predict": {"post": predict},
            "/": {"get": {"summary": "What is served", **plain}},
            "/health": {"get": {"summary": "Whether it answers", **plain}},
        },
        "components": {"schemas": defined},
    }


def _defined(schema: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a schema whose references lead into the document's components, and what they lead to."""
    defined: dict[str, Any] = {}

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            defined.update({key: moved(each) for key, each in value.get("$defs", {}).items()})
            return {
                key: each.replace("#/$defs/", "#/components/schemas/") if key == "$ref" else moved(each)
                for key, each in value.items()
                if key != "$defs"
            }
        return [moved(each) for each in value] if isinstance(value, list) else value

    return moved(schema), defined
