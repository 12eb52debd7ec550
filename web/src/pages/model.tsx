/** One model: its versions side by side, what stands for which, what one must pass, and how to use it. */

import "../styles/models.css";
import { useEffect, useState } from "react";
import { getModel, type ModelDetail, patchModel } from "../api/models.ts";
import { Age } from "../components/ages.tsx";
import { Editable } from "../components/editable.tsx";
import { Link } from "../components/link.tsx";
import { MenuButton } from "../components/menubutton.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatBytes, plural } from "../lib/format.ts";
import { likelyPair, readPair } from "../lib/models.ts";
import { MODELS_PATH } from "../lib/url.ts";
import { useCommands } from "../state/commands.ts";
import { useDocumentTick, useRead } from "../state/read.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { AliasDialog, type AliasWish, RemoveAliasDialog } from "./modelalias.tsx";
import { CompareVersions } from "./modelcompare.tsx";
import { DeleteModelDialog, DeleteVersionDialog } from "./modeldelete.tsx";
import { Gates } from "./modelgates.tsx";
import { VersionPane } from "./modelversion.tsx";
import { Versions } from "./modelversions.tsx";

/** What is asked in a dialog above the page. */
export type Asking =
  | { readonly what: "alias"; readonly wish: AliasWish }
  | { readonly what: "remove alias"; readonly alias: string }
  | { readonly what: "delete version"; readonly version: number }
  | { readonly what: "delete" };

export function ModelPage({ name }: { name: string }) {
  const { search } = usePlace();
  const tick = useDocumentTick("model", "model_test");
  const { answer: model, problem, again } = useRead(name, () => getModel(name), tick);
  const [asking, setAsking] = useState<Asking | null>(null);
  const [refused, setRefused] = useState<unknown>(null);
  useEffect(() => {
    document.title = `${name} · Models · gnomon`;
  }, [name]);
  const likely = model && likelyPair(model.versions);
  const compare = (pair: readonly [number, number] | null): void =>
    setSearch({ compare: pair && `${pair[0]}~${pair[1]}` }, pair !== null);
  useCommands(() =>
    likely
      ? [{ id: "model:compare", title: `Compare versions of ${name}`, section: "Models", act: () => compare(likely) }]
      : [],
  );
  if (model === null)
    return problem === null ? (
      <div className="model-page" aria-busy="true">
        <div className="skeleton line" />
      </div>
    ) : (
      <div className="teach">
        <h1>{name}</h1>
        <Trouble cause={problem} onRetry={again} />
        <p>
          <Link to={MODELS_PATH}>All models</Link>
        </p>
      </div>
    );
  const edit = (changes: Parameters<typeof patchModel>[2]): void => {
    patchModel(name, model.rev, changes).then(
      () => {
        setRefused(null);
        again();
      },
      (cause: unknown) => {
        setRefused(cause);
        again();
      },
    );
  };
  const shown =
    model.versions.find((version) => String(version.number) === search.get("version")) ?? model.versions[0] ?? null;
  const pair = readPair(search.get("compare"));
  const close = (): void => setAsking(null);
  const done = (): void => {
    close();
    again();
  };
  return (
    <div className="model-page">
      <Head
        model={model}
        onEdit={edit}
        onCompare={likely === null ? null : () => compare(likely)}
        onDelete={() => setAsking({ what: "delete" })}
      />
      {refused !== null && <Trouble cause={refused} small />}
      {pair !== null && <CompareVersions model={model} pair={pair} onPair={compare} />}
      {shown === null ? (
        <p className="muted md-none">Every version of it was deleted. Registering another gives it number anew.</p>
      ) : (
        <Versions
          model={model}
          shown={shown.number}
          onShow={(version) => setSearch({ version: String(version) })}
          onAsk={setAsking}
        />
      )}
      <div className="md-below">
        {shown !== null && <VersionPane key={shown.number} model={model} version={shown} onChanged={again} />}
        <Gates model={model} version={shown} onGates={(gates) => edit({ gates })} />
      </div>
      {asking?.what === "alias" && <AliasDialog model={model} wish={asking.wish} onDone={done} onClose={close} />}
      {asking?.what === "remove alias" && (
        <RemoveAliasDialog model={model} alias={asking.alias} onDone={done} onClose={close} />
      )}
      {asking?.what === "delete version" && (
        <DeleteVersionDialog model={model} version={asking.version} onDone={done} onClose={close} />
      )}
      {asking?.what === "delete" && <DeleteModelDialog model={model} onClose={close} />}
    </div>
  );
}

interface HeadProps {
  readonly model: ModelDetail;
  readonly onEdit: (changes: { readonly text?: string; readonly tags?: readonly string[] }) => void;
  /** `null`: there is nothing to compare with. */
  readonly onCompare: (() => void) | null;
  readonly onDelete: () => void;
}

function Head({ model, onEdit, onCompare, onDelete }: HeadProps) {
  const { name, text, tags, versions } = model;
  const size = versions.reduce((sum, version) => sum + version.size_bytes, 0);
  const add = (said: string): void => {
    const found = said.split(",").map((tag) => tag.trim());
    onEdit({ tags: [...new Set([...tags, ...found])].filter((tag) => tag !== "") });
  };
  return (
    <header className="md-head">
      <p className="md-up">
        <Link to={MODELS_PATH}>Models</Link>
      </p>
      <div className="md-title">
        <h1>{name}</h1>
        <span className="muted">
          {plural(versions.length, "version")} · {formatBytes(size)} · <Age at={model.us / 1e6} ago />
        </span>
        <span className="grow" />
        {onCompare !== null && (
          <button type="button" onClick={onCompare}>
            Compare versions
          </button>
        )}
        <MenuButton
          label={`Actions of ${name}`}
          className="quiet"
          items={() => [{ label: `Delete ${name}…`, danger: true, act: onDelete }]}
        >
          <span className="visually-hidden">Actions of {name}</span>
          <span aria-hidden="true">⋯</span>
        </MenuButton>
      </div>
      <div className="md-text">
        <Editable
          value={text}
          label="Description"
          hint="Ctrl+Enter keeps, Escape leaves"
          long
          onSave={(said) => onEdit({ text: said })}
        >
          {text === "" ? <span className="muted">Add a description</span> : text}
        </Editable>
      </div>
      <ul className="chips tags" aria-label="Tags">
        {tags.map((tag) => (
          <li key={tag}>
            {tag}
            <button
              type="button"
              className="quiet"
              aria-label={`Remove the tag ${tag}`}
              onClick={() => onEdit({ tags: tags.filter((one) => one !== tag) })}
            >
              ✕
            </button>
          </li>
        ))}
        <li className="more">
          <Editable value="" label="New tags, separated by commas" hint="Enter adds, Escape leaves" onSave={add}>
            Add a tag
          </Editable>
        </li>
      </ul>
    </header>
  );
}
