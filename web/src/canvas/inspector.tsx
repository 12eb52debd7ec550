/** What is selected, as a form: one node, what several have in common, or the graph itself. */

import "../styles/canvasside.css";
import { useCallback } from "react";
import { plural } from "../lib/format.ts";
import type { ComponentSpec, Components, Fix, Graph, GraphNode, Op, Report } from "../lib/graph.ts";
import { endOf, type Reason, reasonsHeld, refuse, renamedData } from "../lib/graphdata.ts";
import { labelOf, paramValue, setParams, sharedParams } from "../lib/params.ts";
import type { GraphStore } from "../state/graph.ts";
import { useStore } from "../state/store.ts";
import { Because, Field, HelpStrip } from "./fields.tsx";
import { GraphForm } from "./graphform.tsx";
import { LiveStats } from "./livestats.tsx";
import { NodeData } from "./nodedata.tsx";
import { NameField, NodeFacts, Note } from "./nodefacts.tsx";
import { NodePreviewPane } from "./nodepreview.tsx";
import { subgraphAction } from "./subgraph.ts";

export function Inspector({ store }: { store: GraphStore }) {
  const { graph, report } = useStore(store.view);
  const { nodes: ids } = useStore(store.selection);
  const components = useStore(store.components);
  if (graph === null) return <div className="side-pane" aria-busy="true" />;
  const nodes = ids.flatMap((id) => graph.nodes.find((node) => node.id === id) ?? []);
  const [first] = nodes;
  return (
    <div className="side-pane inspector">
      <HelpStrip>
        {first === undefined ? (
          <GraphForm store={store} graph={graph} report={report} />
        ) : nodes.length === 1 ? (
          <NodeForm key={first.id} {...{ store, graph, report, components }} node={first} />
        ) : (
          <ManyForm {...{ store, graph, nodes, components }} />
        )}
      </HelpStrip>
    </div>
  );
}

interface NodeFormProps {
  readonly store: GraphStore;
  readonly graph: Graph;
  readonly report: Report | null;
  readonly components: Components;
  readonly node: GraphNode;
}

function NodeForm({ store, graph, report, components, node }: NodeFormProps) {
  const spec = components.get(node.type);
  const edited = useStore(store.edited);
  const wanted = edited?.node === node.id ? edited.param || spec?.params[0]?.name : undefined;
  const heard = useCallback(() => store.edited.set(null), [store]);
  const issues = (report?.issues ?? []).filter((issue) => issue.node === node.id);
  const reasons = reasonsHeld(graph, components).filter((reason) => reason.node === node.id);
  const refused = (reason: Reason): void => {
    store.apply(refuse(graph, reason), `Refuse ${reason.param === "" ? reason.node : labelOf(reason.param)}`);
  };
  const apart = issues.filter((issue) => !spec?.params.some((param) => param.name === issue.param));
  return (
    <>
      <NameField
        name={node.id}
        taken={graph.nodes.map((one) => one.id).concat(graph.groups.map((group) => group.id))}
        onRename={(to) => store.apply(renameOps(graph, node.id, to), `Rename ${node.id} to ${to}`)}
      >
        {spec ? spec.title : node.type}
      </NameField>
      <SubgraphButton store={store} graph={graph} nodes={[node.id]} />
      {spec ? <Help spec={spec} /> : <Unknown node={node} known={components.size > 0} />}
      {reasons
        .filter(({ param }) => param === "")
        .map((reason) => (
          <Because key={reason.why} reason={reason} word="leave it out" onRefuse={() => refused(reason)} />
        ))}
      {apart.map((issue) => (
        <div key={issue.code + issue.message} className="node-issue">
          <p className={issue.level === "error" ? "bad" : undefined}>{issue.message}</p>
          {issue.fixes.map((fix) => (
            <FixButton key={fix.title} store={store} fix={fix} />
          ))}
        </div>
      ))}
      {spec && spec.params.length > 0 && (
        <form className="fields" aria-label={`Parameters of ${node.id}`} onSubmit={(event) => event.preventDefault()}>
          {spec.params.map((param) => (
            <Field
              key={param.name}
              spec={param}
              value={paramValue(param, node.params)}
              axes={axesOf(node.type)}
              issues={issues.filter((issue) => issue.param === param.name)}
              reason={reasons.find((one) => one.param === param.name)}
              onRefuse={refused}
              suggestion={report?.suggestions.find((one) => one.node === node.id && one.param === param.name)}
              wanted={wanted === param.name}
              onWanted={heard}
              onChange={(value) =>
                store.apply(
                  [setParams(node.id, spec.params, { [param.name]: value })],
                  `Set ${labelOf(param.name)} of ${node.id}`,
                  `set ${node.id} ${param.name}`,
                )
              }
            />
          ))}
        </form>
      )}
      {endOf(spec) === "inputs" && <NodeData graph={graph} node={node} />}
      {store
        .measuredOf(node.id)
        .filter(({ title }) => apart.every((issue) => issue.fixes.every((fix) => fix.title !== title)))
        .map((fix) => (
          <p key={fix.title}>
            <FixButton store={store} fix={fix} />
          </p>
        ))}
      <NodePreviewPane node={node.id} code={typeof node.params.code === "string" ? node.params.code : ""} />
      {endOf(spec) === "outputs" && <NodeData graph={graph} node={node} />}
      <LiveStats node={node.id} />
      <NodeFacts {...{ graph, report, components, node }} onPick={(id) => store.focus(id)} />
      <Note
        key={`${node.id} note`}
        note={node.note}
        onChange={(text) =>
          store.apply([{ op: "note", id: node.id, text }], `Write a note at ${node.id}`, `note ${node.id}`)
        }
      />
    </>
  );
}

function FixButton({ store, fix }: { store: GraphStore; fix: Fix }) {
  return (
    <button type="button" className="small" onClick={() => store.mend(fix)}>
      {fix.title}
    </button>
  );
}

/** The name of a node stands in what the graph says of its data too. */
function renameOps(graph: Graph, id: string, to: string): readonly Op[] {
  const data = renamedData(graph.data, id, to);
  return [{ op: "rename", id, to }, ...(data === null ? [] : [{ op: "document", data } as const])];
}

/** Makes one node of a group, and several of a subgraph. */
function SubgraphButton({ store, graph, nodes }: { store: GraphStore; graph: Graph; nodes: readonly string[] }) {
  const action = subgraphAction(store, graph, nodes);
  return (
    action && (
      <p>
        <button type="button" onClick={() => void action.act()}>
          {action.title}
        </button>
      </p>
    )
  );
}

/** `core/conv2d@1` works along two axes. */
function axesOf(type: string): number | null {
  const found = /([123])d(?:_|@)/.exec(type);
  return found ? Number(found[1]) : null;
}

/** The first paragraph, and the rest on demand. */
function Help({ spec }: { spec: ComponentSpec }) {
  const [first = "", ...rest] = spec.doc.trim().split(/\n\s*\n/);
  if (first === "") return null;
  return (
    <div className="help">
      <p>{first}</p>
      {rest.length > 0 && (
        <details>
          <summary>more</summary>
          <p className="help-rest">{rest.join("\n\n")}</p>
        </details>
      )}
    </div>
  );
}

function Unknown({ node, known }: { node: GraphNode; known: boolean }) {
  if (!known) return null;
  return (
    <div className="help">
      <p className="bad">
        This installation has no component <code>{node.type}</code>. The node is kept as it is: install the package that
        brings it, or replace it by another.
      </p>
      {Object.keys(node.params).length > 0 && <pre className="raw-params">{JSON.stringify(node.params, null, 2)}</pre>}
    </div>
  );
}

interface ManyProps {
  readonly store: GraphStore;
  readonly graph: Graph;
  readonly nodes: readonly GraphNode[];
  readonly components: Components;
}

const MOST_NAMES = 12;

function ManyForm({ store, graph, nodes, components }: ManyProps) {
  const held = nodes.map((node) => ({ node, params: node.params, specs: components.get(node.type)?.params ?? [] }));
  const shared = sharedParams(held);
  const names = nodes.map((node) => node.id);
  const more = names.length - MOST_NAMES;
  return (
    <>
      <h2 className="side-title">{plural(nodes.length, "node")} selected</h2>
      <p className="names">
        {names.slice(0, MOST_NAMES).map((name) => (
          <button key={name} type="button" className="text key" onClick={() => store.focus(name)}>
            {name}
          </button>
        ))}
        {more > 0 && <span className="muted">and {more} more</span>}
      </p>
      <SubgraphButton store={store} graph={graph} nodes={names} />
      {shared.length === 0 ? (
        <p className="muted">They have no parameter in common.</p>
      ) : (
        <form
          key={names.join(" ")}
          className="fields"
          aria-label="Parameters in common"
          onSubmit={(event) => event.preventDefault()}
        >
          {shared.map(({ spec, value }) => (
            <Field
              key={spec.name}
              spec={spec}
              value={value}
              onChange={(next) =>
                store.apply(
                  held.map(({ node, specs }) => setParams(node.id, specs, { [spec.name]: next })),
                  `Set ${labelOf(spec.name)} of ${nodes.length} nodes`,
                  `set ${names.join(" ")} ${spec.name}`,
                )
              }
            />
          ))}
        </form>
      )}
    </>
  );
}
