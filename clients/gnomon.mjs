// gnomon from JavaScript: Node 18 and newer, Deno, Bun, and pages served by gnomon itself. One file, no dependency.
//
//   import { init } from "./gnomon.mjs";
//   const run = init("digits", "brave-otter-7", { lr: 0.1 });
//   run.log({ "train/loss": 0.5, note: "warm-up over" }, 1);
//   await run.media("samples", pngBytes, 1);
//   await run.finish();
//
// GNOMON_URL (default http://127.0.0.1:7117) and GNOMON_TOKEN say where. Nothing here throws. Lines are kept until the
// server has them, 100,000 at most, and stored there once however often they are sent.

const environment = globalThis.process?.env ?? {};

/** @param {string} project @param {string} name @param {Record<string, unknown>} config */
export function init(project, name, config = {}, options = {}) {
  return new Run(project, name, config, options);
}

export class Run {
  /** Lines that found no room while the server was away. */
  dropped = 0;
  /** Id of the run, once the server has told it. */
  id = null;
  #url;
  #token;
  #head;
  #lines = [];
  #batch = 0;
  #step = -1;
  #timer = null;
  #sending = null;

  constructor(project, name, config, { url, token } = {}) {
    this.#url = (url ?? environment.GNOMON_URL ?? "http://127.0.0.1:7117").replace(/\/$/, "");
    this.#token = token ?? environment.GNOMON_TOKEN ?? null;
    const writer = `js-${globalThis.crypto.randomUUID().slice(0, 18)}`;
    this.#head = { project, run: name, writer };
    this.#add({ config });
  }

  /** Numbers become points, text and objects records; NaN and infinities are kept. */
  log(values, step = this.#step + 1) {
    this.#step = step;
    this.#add({ step, ...values });
  }

  /** A file as it is: an image, a sound, a film. @param {Uint8Array | Blob} bytes */
  async media(key, bytes, step, kind = "") {
    if (!(await this.flush()) || this.id === null) return false;
    const query = new URLSearchParams({ key, step: String(step), ...(kind && { kind }) });
    const answer = await this.#post(`/api/v1/runs/${this.id}/media?${query}`, "application/octet-stream", bytes);
    return answer?.ok ?? false;
  }

  /** Send what waits; true when the server has everything. */
  async flush() {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async finish(state = "finished") {
    this.#add({ state });
    clearTimeout(this.#timer);
    while (this.#sending !== null) await this.#sending;
    const sent = await this.flush();
    clearTimeout(this.#timer);
    return sent;
  }

  #add(fields) {
    if (this.#lines.length >= 100_000) {
      this.dropped += 1;
      return;
    }
    this.#batch += 1;
    this.#lines.push(JSON.stringify({ ...this.#head, batch: this.#batch, ...fields }, finite));
    this.#timer ??= this.#later();
  }

  #later() {
    const timer = setTimeout(() => {
      this.#timer = null;
      void this.flush().then((sent) => {
        if (!sent) this.#timer ??= this.#later();
      });
    }, 500);
    timer.unref?.();
    return timer;
  }

  async #send() {
    const count = Math.min(this.#lines.length, 5_000);
    if (count === 0) return true;
    const body = this.#lines.slice(0, count).join("\n");
    const answer = await this.#post("/api/v1/ingest", "application/x-ndjson", body);
    if (answer === null || (answer.status !== 200 && answer.status !== 400)) return false; // away, busy or full
    const told = await answer.json().catch(() => ({}));
    if (answer.status === 400) console.warn("gnomon: the server refused lines:", told.detail);
    this.id ??= told.runs?.[0] ?? null;
    this.#lines.splice(0, count);
    return this.#lines.length === 0 || this.#send();
  }

  async #post(path, type, body) {
    const headers = { "Content-Type": type };
    if (this.#token !== null) headers.Authorization = `Bearer ${this.#token}`;
    const signal = AbortSignal.timeout(30_000);
    return fetch(this.#url + path, { method: "POST", headers, body, signal }).catch(() => null);
  }
}

/** JSON has no word for these; the server reads them as numbers. */
function finite(_key, value) {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}
