// Writes src/api/schema.ts from src/api/openapi.json: one type for each schema of the server.
// The usual generator needs the old TypeScript compiler as a library, and what we use of OpenAPI fits here.
import { readFileSync, writeFileSync } from "node:fs";

const { components } = JSON.parse(readFileSync(new URL("../src/api/openapi.json", import.meta.url), "utf8"));

/** The TypeScript of one schema. */
function typeOf(schema, depth = 0) {
  if (schema.$ref) return schema.$ref.replace("#/components/schemas/", "");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map((choice) => typeOf(choice, depth)))].join(" | ");
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type }, depth)).join(" | ");
  return plain(schema, depth);
}

function plain(schema, depth) {
  switch (schema.type) {
    case "string":
      return "string";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array":
      return schema.prefixItems
        ? `readonly [${schema.prefixItems.map((item) => typeOf(item, depth)).join(", ")}]`
        : `readonly ${wrap(typeOf(schema.items ?? {}, depth))}[]`;
    case "object":
      return schema.properties
        ? fields(schema, depth)
        : `Readonly<Record<string, ${typeOf(schema.additionalProperties || {}, depth)}>>`;
    default:
      return "unknown";
  }
}

function wrap(type) {
  return type.includes(" | ") || type.startsWith("readonly ") ? `(${type})` : type;
}

function fields(schema, depth) {
  const indent = "  ".repeat(depth + 1);
  const required = new Set(schema.required ?? []);
  const lines = Object.entries(schema.properties).map(([name, property]) => {
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${indent}readonly ${key}${required.has(name) ? "" : "?"}: ${typeOf(property, depth + 1)};`;
  });
  return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
}

const parts = ["// Written by `npm run types` from openapi.json, which the server writes. Do not edit.\n"];
for (const [name, schema] of Object.entries(components.schemas)) {
  const about = schema.description ? `/** ${schema.description.split("\n")[0]} */\n` : "";
  parts.push(
    schema.properties
      ? `${about}export interface ${name} ${fields(schema, 0)}\n`
      : `${about}export type ${name} = ${typeOf(schema)};\n`,
  );
}
writeFileSync(new URL("../src/api/schema.ts", import.meta.url), parts.join("\n"));
