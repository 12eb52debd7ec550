/** Endpoints: listed, made, changed while they answer, asked. */

import type { Served } from "../lib/endpoints.ts";
import { address, readProblem, send } from "./client.ts";
import type {
  EndpointDrift,
  EndpointLog,
  EndpointPatch,
  EndpointPost,
  EndpointRow,
  EndpointRows,
  EndpointVersion,
} from "./schema.ts";

export type { EndpointDrift, EndpointPatch, EndpointPost, EndpointRow, EndpointRows, EndpointVersion };

function path(name: string): string {
  return `api/v1/endpoints/${encodeURIComponent(name)}`;
}

async function json<T>(method: string, where: string, body?: unknown): Promise<T> {
  return (await (await send(method, where, body)).json()) as T;
}

export function listEndpoints(): Promise<EndpointRows> {
  return json("GET", "api/v1/endpoints");
}

export function makeEndpoint(asked: Partial<EndpointPost> & { readonly model: string }): Promise<EndpointRow> {
  return json("POST", "api/v1/endpoints", asked);
}

export function patchEndpoint(name: string, changes: EndpointPatch): Promise<EndpointRow> {
  return json("PATCH", path(name), changes);
}

export function turnEndpoint(name: string, on: boolean): Promise<EndpointRow> {
  return json("POST", `${path(name)}:${on ? "start" : "stop"}`, {});
}

export async function deleteEndpoint(name: string): Promise<void> {
  await send("DELETE", path(name));
}

export function readEndpointLog(name: string): Promise<EndpointLog> {
  return json("GET", `${path(name)}/log`);
}

export function readDrift(name: string, version: string): Promise<EndpointDrift> {
  return json("GET", `${path(name)}/drift?version=${encodeURIComponent(version)}`);
}

/** Where an endpoint is called, by programs too. */
export function predictUrl(name: string): string {
  return address(`serve/${encodeURIComponent(name)}/predict`);
}

/** What the version that answers takes. */
export function readServed(name: string): Promise<Served> {
  return json("GET", `serve/${encodeURIComponent(name)}/`);
}

export interface Predicted {
  readonly answer: unknown;
  readonly version: string;
}

/** Ask an endpoint: a picture, or a body of JSON. */
export async function predict(name: string, asked: Blob | unknown, signal: AbortSignal): Promise<Predicted> {
  const picture = asked instanceof Blob;
  const response = await fetch(predictUrl(name), {
    method: "POST",
    headers: { "Content-Type": picture ? asked.type || "image/png" : "application/json" },
    body: picture ? asked : JSON.stringify(asked),
    signal,
  });
  if (!response.ok) throw await readProblem(response);
  return { answer: await response.json(), version: response.headers.get("gnomon-version") ?? "" };
}
