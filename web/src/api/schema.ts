// Written by `npm run types` from openapi.json, which the server writes. Do not edit.

export type LiveFrame = HelloFrame | RunsFrame | RemovedFrame | PointsFrame | RecordsFrame | ConsoleFrame | DocumentsFrame | GraphFrame | JobFrame | EndpointFrame | ResetFrame;

/** What a run told with `run.alert`; `time` is UTC seconds. */
export interface Alert {
  readonly step: number;
  readonly time: number;
  readonly level: "error" | "info" | "warning";
  readonly title: string;
  readonly text: string;
}

/** The version an alias is to point at: a number, an alias, `latest`; with `force` though it does not pass. */
export interface AliasPut {
  readonly version: number | string;
  readonly force?: boolean;
}

/** Say how pictures of `train` are changed at random each time they are seen; masks and boxes go with them. */
export interface Augment {
  readonly flip?: "both" | "horizontal" | "none" | "vertical";
  readonly rotate?: number;
  readonly shift?: number;
  readonly zoom?: number;
  readonly noise?: number;
  readonly brightness?: number;
}

/** Hold a band as lists of one length; `null` where the runs are too few for a band. */
export interface BandColumns {
  readonly x: readonly number[];
  readonly mean: readonly number[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  readonly n: readonly number[];
}

/** Name some runs. */
export interface BandGroup {
  readonly name: string;
  readonly runs: readonly string[];
}

/** Hold the band of one group. */
export interface BandRow {
  readonly name: string;
  readonly config: Readonly<Record<string, number | string | boolean | null>>;
  readonly runs: readonly string[];
  readonly exact: boolean;
  readonly method: string;
  readonly columns: BandColumns;
}

/** Hold bands, one for each group in the order asked for; `total` counts the runs of all groups. */
export interface Bands {
  readonly groups: readonly BandRow[];
  readonly total: number;
}

/** Ask for the bands of one series: of `groups`, or of the runs of `project` that `where` keeps, grouped by columns. */
export interface BandsQuery {
  readonly key: string;
  readonly groups?: readonly BandGroup[] | null;
  readonly project?: string | null;
  readonly where?: string | null;
  readonly by?: readonly string[];
  readonly x?: string;
  readonly scale?: "linear" | "log";
  readonly px?: number;
  readonly first?: number | null;
  readonly last?: number | null;
  readonly interval?: "ci" | "range" | "std";
}

/** Name a stored blob: its sha256 in hexadecimal, and its bytes. */
export interface BlobRow {
  readonly hash: string;
  readonly size: number;
}

/** A parameter that is a multiple of the channels of what the block is connected to, where these are known. */
export interface BlockFollow {
  readonly node: string;
  readonly param: string;
  readonly times: number;
}

/** Describe a column of a leaderboard. */
export interface BoardColumn {
  readonly name: string;
  readonly title: string;
  readonly kind: "count" | "duration" | "hash" | "number" | "text";
  readonly group: "class" | "result" | "run" | "setup";
  readonly source: readonly string[];
  readonly goal: "max" | "min" | null;
}

/** How sure the model was and how often it was right, in those of `bins` bins of equal width that hold a row. */
export interface CalibrationBins {
  readonly confidence: readonly number[];
  readonly accuracy: readonly number[];
  readonly count: readonly number[];
  readonly bins: number;
  readonly ece: number;
  readonly mce: number;
}

/** One edge: from a node and its output port to a node and its input port. */
export interface CanvasEdge {
  readonly from: readonly [string, string];
  readonly to: readonly [string, string];
}

/** A graph document of format `graph/1`. */
export interface CanvasGraph {
  readonly name: string;
  readonly target: "keras" | "torch";
  readonly nodes: readonly CanvasNode[];
  readonly edges: readonly CanvasEdge[];
  readonly groups: readonly CanvasGroup[];
  readonly train: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, unknown>>;
  readonly source: Readonly<Record<string, string>>;
  readonly format: "graph/1";
}

/** Nodes that belong together; `repeat` says how often they stand one behind another. */
export interface CanvasGroup {
  readonly id: string;
  readonly nodes?: readonly string[];
  readonly title?: string;
  readonly collapsed?: boolean;
  readonly repeat?: number;
}

/** One node; `params` holds what differs from the defaults of its type. */
export interface CanvasNode {
  readonly id: string;
  readonly type: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly ui?: CanvasPlace | null;
  readonly note?: string;
}

/** Where a node is drawn: its left upper corner, in pixels of the canvas. */
export interface CanvasPlace {
  readonly x: number;
  readonly y: number;
}

/** A node of both graphs: parameters before and after, and its type when that changed too. */
export interface ChangedNode {
  readonly id: string;
  readonly params: Readonly<Record<string, readonly [unknown, unknown]>>;
  readonly type: readonly [string, string] | null;
}

/** Where the charts of a project stand and how they differ: only what somebody changed is in it. */
export interface ChartLayout {
  readonly columns?: number | null;
  readonly height?: "large" | "medium" | "small";
  readonly pinned?: readonly string[];
  readonly order?: Readonly<Record<string, readonly string[]>>;
  readonly charts?: Readonly<Record<string, ChartSettings>>;
}

/** One metric of a chart: the key of a series, or an expression over several. */
export interface ChartLine {
  readonly key?: string;
  readonly expression?: string;
}

/** What a chart does differently from the bar above all charts; `null` follows it. */
export interface ChartSettings {
  readonly lines?: readonly ChartLine[];
  readonly title?: string;
  readonly x?: string | null;
  readonly x_log?: boolean | null;
  readonly y_log?: boolean | null;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly bands?: boolean | null;
  readonly outliers?: boolean | null;
  readonly smooth?: number | null;
  readonly smoothing?: "ema" | "gauss" | "mean" | null;
  readonly runs?: readonly string[] | null;
  readonly span?: number;
}

/** Whether a check could be made. */
export interface Check {
  readonly code: "constant" | "dead" | "exploding" | "loader_bound" | "nonfinite" | "overfit" | "saturated" | "stuck" | "vanishing";
  readonly made: boolean;
  readonly needs: string;
}

/** What an issue can be about: its number, what is wrong in a few words, and why it matters, as Markdown. */
export interface CheckRow {
  readonly code: string;
  readonly title: string;
  readonly level: "error" | "tip" | "warning";
  readonly why: string;
}

/** All checks, in the order of the documentation. */
export interface CheckRows {
  readonly checks: readonly CheckRow[];
}

/** What the checkpoints of one run, or a version, say. */
export interface CheckpointCurve {
  readonly id: string;
  readonly name: string;
  readonly job: string;
  readonly project: string;
  readonly steps: readonly number[];
  readonly scores: readonly CheckpointScores[];
  readonly why: string;
}

/** Scores of one class, label or number of an output, at each step. */
export interface CheckpointScores {
  readonly output: string;
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** What checkpoints say of one row; `truth` is what is true, by output. */
export interface Checkpoints {
  readonly dataset: string;
  readonly part: string;
  readonly row: number;
  readonly rows: number;
  readonly cells: Readonly<Record<string, string | number | DatasetPicture | null>>;
  readonly truth: Readonly<Record<string, string>>;
  readonly curves: readonly CheckpointCurve[];
}

/** Ask what each checkpoint of some runs and some versions say of one row of data; of more than 20 the first 20. */
export interface CheckpointsPost {
  readonly row: SampleRow;
  readonly runs?: readonly string[];
  readonly jobs?: readonly string[];
  readonly versions?: readonly string[];
}

/** What the checks found. */
export interface Checkup {
  readonly step: number | null;
  readonly findings: readonly Finding[];
  readonly checks: readonly Check[];
}

/** Some values; one that is there twice counts once. */
export interface Choice {
  readonly kind: "choice";
  readonly values: readonly unknown[];
}

/** Figures of one class; areas and IoU are `None` where they cannot be said, or are not asked of such a task. */
export interface ClassFigures {
  readonly name: string;
  readonly support: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly auc?: number | null;
  readonly average_precision?: number | null;
  readonly iou?: number | null;
}

/** Hold what differs in the code of two runs: `a` and `b` are their ids. */
export interface CodeDiff {
  readonly a: string;
  readonly b: string;
  readonly parts: readonly TextDiff[];
}

/** Rows by the values of a column: `figure` names what is told of each; numbers are cut at their quartiles. */
export interface ColumnSlices {
  readonly column: string;
  readonly kind: string;
  readonly figure: string;
  readonly slices: readonly Slice[];
  readonly left_out: number;
}

/** Ask for 2 to 20 runs side by side. */
export interface CompareQuery {
  readonly runs: readonly string[];
  readonly metrics?: readonly string[];
  readonly baseline?: string | null;
}

/** Say where the code of each run is: numbers of its records, `None` where nothing was captured. */
export interface ComparedCode {
  readonly script: readonly (number | null)[];
  readonly diff: readonly (number | null)[];
  readonly differs: boolean;
}

/** Hold one statistic of a metric: a value for each run (`None`: it was not logged) and which runs are best. */
export interface ComparedFigure {
  readonly values: readonly (number | string | null)[];
  readonly best: readonly number[];
}

/** Hold the graphs of one key. */
export interface ComparedGraph {
  readonly key: string;
  readonly records: readonly (number | null)[];
  readonly base: number;
  readonly differs: boolean;
  readonly changes: readonly GraphChange[];
}

/** Hold one metric of the runs. */
export interface ComparedMetric {
  readonly key: string;
  readonly goal: "max" | "min";
  readonly goal_from: string;
  readonly last: ComparedFigure;
  readonly min: ComparedFigure;
  readonly max: ComparedFigure;
}

/** Hold one key; `values` has one for each run, `None` where a run has none; `differs` when they are not all alike. */
export interface ComparedRow {
  readonly key: string;
  readonly values: readonly (number | string | boolean | null)[];
  readonly differs: boolean;
}

/** Hold one of the runs; times are UTC seconds, `duration` seconds (so far, while it runs). */
export interface ComparedRun {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly state: string;
  readonly created: number;
  readonly finished: number | null;
  readonly duration: number;
  readonly last_step: number | null;
  readonly group: string | null;
  readonly tags: readonly string[];
  readonly error: string | null;
}

/** Hold two runs or more side by side; every list of values has one for each run, in the order of `runs`. */
export interface Comparison {
  readonly runs: readonly ComparedRun[];
  readonly config: readonly ComparedRow[];
  readonly metrics: readonly ComparedMetric[];
  readonly metrics_total: number;
  readonly facts: readonly ComparedRow[];
  readonly data: readonly ComparedRow[];
  readonly evaluation: readonly ComparedRow[];
  readonly packages: readonly ComparedRow[];
  readonly packages_same: number;
  readonly code: ComparedCode;
  readonly graphs: readonly ComparedGraph[];
}

/** Options replace the characters from `from` to `to`; `problem` says what is wrong with the whole filter. */
export interface Completion {
  readonly from: number;
  readonly to: number;
  readonly options: readonly CompletionOption[];
  readonly problem: FilterProblem | null;
}

/** What may stand there: `kind` is `attribute config metric tag statistic operator value keyword`. */
export interface CompletionOption {
  readonly text: string;
  readonly kind: string;
  readonly detail: string;
}

/** Tell that one run printed something, and how many lines of its console have ended now. */
export interface ConsoleFrame {
  readonly type: "console";
  readonly cursor: string;
  readonly run: string;
  readonly total: number;
}

/** Some lines of a console. */
export interface ConsolePage {
  readonly total: number;
  readonly matched: number;
  readonly errors: number;
  readonly first_error: number | null;
  readonly lines: readonly ConsoleRow[];
  readonly open: readonly OpenRow[];
  readonly more: boolean;
  readonly cursor: string;
  readonly found?: readonly number[];
}

/** One line: its number (from 0), when it ended in UTC seconds, 0 for stdout, 1 for stderr, 2 for gnomon's own words. */
export interface ConsoleRow {
  readonly n: number;
  readonly time: number;
  readonly stream: number;
  readonly text: string;
}

/** A curve of one class: points, the threshold at each (`None` before the first), and the area of all its points. */
export interface CurveLine {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly thresholds: readonly (number | null)[];
  readonly area: number;
}

/** A dashboard with its panels, as of `at` (`null`: now). */
export interface Dashboard {
  readonly name: string;
  readonly title: string;
  readonly project: string | null;
  readonly tabs: readonly string[];
  readonly count: number;
  readonly rev: number;
  readonly created: number;
  readonly updated: number;
  readonly layout: Readonly<Record<string, PanelCell>>;
  readonly panels: readonly PanelRow[];
  readonly at: number | null;
  readonly cursor: string;
}

/** Fields of a dashboard to replace; `layout` merges panel by panel, `"deleted": false` brings it back. */
export interface DashboardPatch {
  readonly title?: string;
  readonly project?: string | null;
  readonly tabs?: readonly string[];
  readonly layout?: Readonly<Record<string, PanelCell | null>>;
  readonly deleted?: false;
}

/** Ask for a dashboard by name; it is made when it is new. */
export interface DashboardPost {
  readonly name: string;
  readonly title?: string;
  readonly project?: string | null;
  readonly tabs?: readonly string[];
  readonly layout?: Readonly<Record<string, PanelCell | null>>;
}

/** One dashboard without its panels; times are UTC seconds. */
export interface DashboardRow {
  readonly name: string;
  readonly title: string;
  readonly project: string | null;
  readonly tabs: readonly string[];
  readonly count: number;
  readonly rev: number;
  readonly created: number;
  readonly updated: number;
}

/** All dashboards, in the order in which they were made. */
export interface Dashboards {
  readonly dashboards: readonly DashboardRow[];
  readonly cursor: string;
}

/** One row: its number in the data, the part it is in, and what its columns hold. */
export interface DatasetCells {
  readonly row: number;
  readonly part: string;
  readonly cells: Readonly<Record<string, string | number | DatasetPicture | null>>;
}

/** A column: what it holds, why it was taken for that, and what else it may be. */
export interface DatasetColumn {
  readonly name: string;
  readonly kind: "array" | "boxes" | "category" | "image" | "mask" | "number" | "text" | "time";
  readonly why: string;
  readonly said: boolean;
  readonly shape: readonly (number | null)[];
  readonly classes: readonly string[];
  readonly missing: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly mean: number | null;
  readonly std: number | null;
  readonly allowed: readonly ("array" | "boxes" | "category" | "image" | "mask" | "number" | "text" | "time")[];
  readonly gives: readonly (number | null)[];
  readonly dtype: string;
  readonly histogram?: DatasetHistogram | null;
  readonly counts?: Readonly<Record<string, number>> | null;
}

/** Where windows lie: look at or register that path, with `next` as the target. `notes` say what was cut. */
export interface DatasetCut {
  readonly path: string;
  readonly size_bytes: number;
  readonly columns: readonly string[];
  readonly left_out: number;
  readonly notes: readonly string[];
}

/** A data set at a version, with its whole description: `docs/reference/data.md` tells its fields. */
export interface DatasetDetail {
  readonly name: string;
  readonly title: string;
  readonly path: string;
  readonly rows: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly size_bytes: number;
  readonly version: number;
  readonly digest: string;
  readonly rev: number;
  readonly target: readonly string[];
  readonly created: number;
  readonly updated: number;
  readonly packaged: boolean;
  readonly runs: number;
  readonly graphs: number;
  readonly thumbnails: readonly string[];
  readonly fingerprint: string;
  readonly inputs: readonly string[];
  readonly split: SplitSpec;
  readonly transforms: Readonly<Record<string, Transform>>;
  readonly parts: Readonly<Record<string, number>>;
  readonly columns: readonly DatasetColumn[];
  readonly findings: readonly DatasetFinding[];
  readonly notes: readonly string[];
  readonly note: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** One thing to beware of; `column` is empty when it is about rows. */
export interface DatasetFinding {
  readonly code: "constant" | "duplicates" | "future" | "groups" | "imbalance" | "key" | "leak" | "missing" | "small" | "unseen";
  readonly column: string;
  readonly message: string;
  readonly fix?: DatasetFix | null;
}

/** What would mend a finding: what a button says, and the split to take instead. */
export interface DatasetFix {
  readonly title: string;
  readonly split: SplitSpec;
}

/** Numbers of a column in 32 equal steps from `low` to `high`; times are seconds since 1970. */
export interface DatasetHistogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/** Ask what would be registered; nothing is stored. */
export interface DatasetLook {
  readonly types?: Readonly<Record<string, "array" | "boxes" | "category" | "image" | "mask" | "number" | "text" | "time">> | null;
  readonly target?: readonly string[] | null;
  readonly inputs?: readonly string[] | null;
  readonly split?: SplitSpec | null;
  readonly transforms?: Readonly<Record<string, Transform>> | null;
  readonly note?: string;
  readonly path: string;
  readonly name?: string | null;
}

/** Change what is said of a data set; `path` where it moved to. */
export interface DatasetPatch {
  readonly types?: Readonly<Record<string, "array" | "boxes" | "category" | "image" | "mask" | "number" | "text" | "time">> | null;
  readonly target?: readonly string[] | null;
  readonly inputs?: readonly string[] | null;
  readonly split?: SplitSpec | null;
  readonly transforms?: Readonly<Record<string, Transform>> | null;
  readonly note?: string;
  readonly path?: string | null;
}

/** A picture as PNG in base64 at most 256 pixels wide and high, with its own size; of a mask, colours count classes. */
export interface DatasetPicture {
  readonly image: string;
  readonly width: number;
  readonly height: number;
}

/** Register the data at a path under a name. */
export interface DatasetPost {
  readonly types?: Readonly<Record<string, "array" | "boxes" | "category" | "image" | "mask" | "number" | "text" | "time">> | null;
  readonly target?: readonly string[] | null;
  readonly inputs?: readonly string[] | null;
  readonly split?: SplitSpec | null;
  readonly transforms?: Readonly<Record<string, Transform>> | null;
  readonly note?: string;
  readonly name: string;
  readonly path: string;
}

/** What data hold, how they are split and what to beware of; nothing of it need be stored. */
export interface DatasetProfile {
  readonly name: string;
  readonly path: string;
  readonly rows: number;
  readonly size_bytes: number;
  readonly columns: readonly DatasetColumn[];
  readonly inputs: readonly string[];
  readonly target: readonly string[];
  readonly split: SplitSpec;
  readonly transforms: Readonly<Record<string, Transform>>;
  readonly parts: Readonly<Record<string, number>>;
  readonly balance: Readonly<Record<string, Readonly<Record<string, number>>>> | null;
  readonly findings: readonly DatasetFinding[];
  readonly notes: readonly string[];
}

/** A data set as lists show it; `kinds` counts its columns, `thumbnails` are up to 8 PNG in base64; times are UTC seconds. */
export interface DatasetRow {
  readonly name: string;
  readonly title: string;
  readonly path: string;
  readonly rows: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly size_bytes: number;
  readonly version: number;
  readonly digest: string;
  readonly rev: number;
  readonly target: readonly string[];
  readonly created: number;
  readonly updated: number;
  readonly packaged: boolean;
  readonly runs: number;
  readonly graphs: number;
  readonly thumbnails: readonly string[];
}

/** Data sets, the one that changed last in front. */
export interface DatasetRows {
  readonly datasets: readonly DatasetRow[];
  readonly cursor: string;
}

/** Ask for some values of a column of `train` before and after its transforms, of a path or of a data set by name. */
export interface DatasetSample {
  readonly types?: Readonly<Record<string, "array" | "boxes" | "category" | "image" | "mask" | "number" | "text" | "time">> | null;
  readonly target?: readonly string[] | null;
  readonly inputs?: readonly string[] | null;
  readonly split?: SplitSpec | null;
  readonly transforms?: Readonly<Record<string, Transform>> | null;
  readonly note?: string;
  readonly column: string;
  readonly path?: string | null;
  readonly name?: string | null;
  readonly count?: number;
  readonly seed?: number;
}

/** Values before and after. */
export interface DatasetSampled {
  readonly column: string;
  readonly values: readonly DatasetValue[];
}

/** Some rows of a data set; `total` is how many there are after the filter. */
export interface DatasetTable {
  readonly total: number;
  readonly columns: readonly string[];
  readonly rows: readonly DatasetCells[];
}

/** Where an upload lies now: register or look at that path. */
export interface DatasetUploaded {
  readonly path: string;
  readonly files: number;
  readonly size_bytes: number;
}

/** A run or a graph that names a version; `version` is `null` when no version has that digest any more. */
export interface DatasetUse {
  readonly project: string;
  readonly id: string;
  readonly name: string;
  readonly digest: string;
  readonly version: number | null;
}

/** Who uses a data set. */
export interface DatasetUses {
  readonly runs: readonly DatasetUse[];
  readonly graphs: readonly DatasetUse[];
}

/** A value before and after its transforms. */
export interface DatasetValue {
  readonly row: number;
  readonly before: string | number | DatasetPicture | null;
  readonly after: string | number | DatasetPicture | null;
}

/** One version; `changes` tells what is other than in the one before. */
export interface DatasetVersion {
  readonly number: number;
  readonly digest: string;
  readonly time: number;
  readonly note: string;
  readonly changes: readonly string[];
}

/** Versions, newest first. */
export interface DatasetVersions {
  readonly versions: readonly DatasetVersion[];
}

/** Ask for windows of the series at a path; see `gnomon.models.datasets.windows`. */
export interface DatasetWindows {
  readonly path: string;
  readonly target: string;
  readonly time?: string;
  readonly columns?: readonly string[];
  readonly length?: number;
  readonly horizon?: number;
  readonly every?: number;
  readonly shares?: readonly [number, number, number];
  readonly name?: string;
}

/** What `gnomon doctor` prints: plain facts by section, and what should be looked at. */
export interface Doctor {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly troubles: readonly string[];
}

/** Tell that a document has a new revision, or is gone. */
export interface DocumentChange {
  readonly kind: string;
  readonly id: string;
  readonly rev: number;
  readonly deleted: boolean;
}

/** Tell which documents changed; of several changes of one document the last. */
export interface DocumentsFrame {
  readonly type: "documents";
  readonly cursor: string;
  readonly changes: readonly DocumentChange[];
}

/** A measure of difference: beyond `bound`, whose `source` is told, it is neither chance nor small. */
export interface DriftFigure {
  readonly name: "ks" | "psi";
  readonly value: number;
  readonly bound: number;
  readonly source: string;
}

/** How far one input or output has drifted. */
export interface DriftRow {
  readonly name: string;
  readonly of: "input" | "output";
  readonly state: "drifted" | "few" | "same";
  readonly before: number;
  readonly now: number;
  readonly figures: readonly DriftFigure[];
  readonly shares: readonly DriftShare[];
}

/** A bin or a class, and which share of training and of requests lies in it. */
export interface DriftShare {
  readonly name: string;
  readonly before: number;
  readonly now: number;
}

/** What answers a share of requests: `4`, `challenger`, or `other@2`. */
export interface EndpointCanary {
  readonly ref: string;
  readonly share: number;
}

/** Drift of what a version is asked, and answers, against what it was trained on. */
export interface EndpointDrift {
  readonly version: string;
  readonly run: string;
  readonly requests: number;
  readonly least: number;
  readonly data: string;
  readonly why: string;
  readonly rows: readonly DriftRow[];
}

/** Tell how an endpoint is now, to those who watch the documents of kind `endpoint`; `null` says that it was deleted. */
export interface EndpointFrame {
  readonly type: "endpoint";
  readonly cursor: string;
  readonly id: string;
  readonly endpoint: EndpointRow | null;
}

/** What its processes printed last. */
export interface EndpointLog {
  readonly text: string;
  readonly size: number;
}

/** Start or stop an endpoint. */
export interface EndpointOrder {

}

/** What is to be changed of an endpoint while it answers; what is left out stays. */
export interface EndpointPatch {
  readonly model?: string;
  readonly canary?: EndpointCanary | null;
  readonly shadow?: string;
  readonly log?: LogSpec;
}

/** An endpoint to be made. */
export interface EndpointPost {
  readonly model: string;
  readonly name?: string | null;
  readonly canary?: EndpointCanary | null;
  readonly shadow?: string;
  readonly log?: LogSpec;
  readonly start?: boolean;
}

/** An endpoint. */
export interface EndpointRow {
  readonly name: string;
  readonly rev: number;
  readonly us: number;
  readonly model: string;
  readonly canary: EndpointCanary | null;
  readonly shadow: string;
  readonly log: LogSpec;
  readonly state: "exporting" | "failed" | "restarting" | "running" | "starting" | "stopped";
  readonly since: number;
  readonly trouble: string;
  readonly pid: number | null;
  readonly memory_bytes: number;
  readonly restarts: number;
  readonly switches: number;
  readonly rate: number;
  readonly recent: readonly number[];
  readonly requests: number;
  readonly refused: number;
  readonly failed: number;
  readonly versions: readonly EndpointVersion[];
  readonly past: readonly EndpointVersion[];
}

/** All endpoints, by name; follow them from `cursor` on. */
export interface EndpointRows {
  readonly endpoints: readonly EndpointRow[];
  readonly cursor: string;
}

/** A version that an endpoint asks, and what became of that since the server started. */
export interface EndpointVersion {
  readonly version: string;
  readonly role: "canary" | "model" | "shadow";
  readonly run: string;
  readonly requests: number;
  readonly refused: number;
  readonly failed: number;
  readonly passed: number;
  readonly rows: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly drawn: number;
  readonly agreed: number;
  readonly compared: number;
  readonly skipped: number;
}

/** Hold one configuration of a leaderboard. */
export interface Entry {
  readonly rank: number;
  readonly label: string;
  readonly config: Readonly<Record<string, number | string | boolean | null>>;
  readonly n: number;
  readonly missing: number;
  readonly mean: number | null;
  readonly interval: readonly [number, number] | null;
  readonly best: number | null;
  readonly tied: boolean;
  readonly p: number | null;
  readonly columns: Readonly<Record<string, number | string | boolean | EntryRange | null>>;
  readonly seeds: readonly EntrySeed[];
}

/** Hold a column in which the runs of an entry differ. */
export interface EntryRange {
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly values: readonly (number | string | boolean | null)[];
}

/** Hold one run of an entry. */
export interface EntrySeed {
  readonly run: string;
  readonly name: string;
  readonly state: string;
  readonly seed: number | string | boolean | null;
  readonly value: number | null;
}

/** Ask for the extremes of many series, pixel by pixel. */
export interface EnvelopeQuery {
  readonly series: readonly SeriesName[];
  readonly px?: number;
  readonly first?: number | null;
  readonly last?: number | null;
  readonly x?: string;
  readonly scale?: "linear" | "log";
}

/** One series; `columns` holds lists of length `m` (in the binary answer: byte offsets). */
export interface EnvelopeRow {
  readonly run: string;
  readonly key: string;
  readonly total: number;
  readonly missed: number;
  readonly span: readonly [number, number];
  readonly m: number;
  readonly columns: Readonly<Record<string, readonly (number | "-Infinity" | "Infinity" | "NaN")[]>>;
}

/** The envelopes asked for, in the order of the question; `cursor` is where live frames go on. */
export interface Envelopes {
  readonly series: readonly EnvelopeRow[];
  readonly cursor: string;
}

/** The very values that a finding rests on. */
export interface Evidence {
  readonly key: string;
  readonly step: readonly number[];
  readonly value: readonly (number | string)[];
}

/** An export that could not be made, and why; forgotten when it is tried again, deleted, or the server starts anew. */
export interface ExportFailure {
  readonly format: string;
  readonly us: number;
  readonly message: string;
}

/** A format: what it is called, what it is for, and why this version cannot be exported to it here; "" when it can. */
export interface ExportFormat {
  readonly format: string;
  readonly title: string;
  readonly purpose: string;
  readonly why_not: string;
}

/** An export that is being made since `us`: `share` of it is done, null while it waits for others. */
export interface ExportMaking {
  readonly format: string;
  readonly us: number;
  readonly share: number | null;
  readonly text: string;
}

/** The format that a version is to be exported to; `wait: false` is answered at once with how things are. */
export interface ExportPost {
  readonly format: "bundle" | "code" | "keras" | "litert" | "onnx" | "openvino" | "safetensors" | "saved-model" | "torch-export";
  readonly wait?: boolean;
}

/** Something else that differs, in words: `data train` was this in the first and is that in the second. */
export interface FieldPair {
  readonly name: string;
  readonly first: string;
  readonly second: string;
}

/** A figure of both versions, and the second less the first; `None` where one has none. */
export interface FigurePair {
  readonly name: string;
  readonly first: number | null;
  readonly second: number | null;
  readonly change: number | null;
}

/** Name a file of a version: its path within the version's folder, its size and its SHA-256. */
export interface FileEntry {
  readonly path: string;
  readonly size_bytes: number;
  readonly sha256: string;
}

/** Why a filter does not parse, and at which character. */
export interface FilterProblem {
  readonly detail: string;
  readonly position: number;
}

/** One thing that is not as it should be. */
export interface Finding {
  readonly code: "constant" | "dead" | "exploding" | "loader_bound" | "nonfinite" | "overfit" | "saturated" | "stuck" | "vanishing";
  readonly level: "error" | "warning";
  readonly title: string;
  readonly metric: string;
  readonly from_step: number;
  readonly at_step: number;
  readonly value: number | string;
  readonly bound: number;
  readonly source: string;
  readonly evidence: readonly Evidence[];
  readonly remedy: string;
  readonly model?: string;
  readonly what?: string;
  readonly path?: string;
  readonly node?: string;
  readonly others?: readonly string[];
}

/** A range of numbers. */
export interface Float {
  readonly kind: "float";
  readonly low: number;
  readonly high: number;
  readonly log?: boolean;
  readonly count?: number | null;
}

/** Say what a version must pass before an alias may point at it. */
export interface Gate {
  readonly alias: string;
  readonly metric: string;
  readonly goal: "<" | "<=" | ">" | ">=";
  readonly value: number | string;
}

/** Ask for a first model of a data set; `target` is what it predicts, that of the version unless told. */
export interface GraphBuild {
  readonly dataset: string;
  readonly target?: string;
}

/** A first model, bound to its data; nothing is stored. */
export interface GraphBuilt {
  readonly graph: CanvasGraph;
  readonly report: GraphReport;
  readonly reasons: readonly ReportSuggestion[];
  readonly left_out: Readonly<Record<string, string>>;
}

/** Hold what differs in the graph of one run beside that of the baseline. */
export interface GraphChange {
  readonly run: number;
  readonly parameters: number | null;
  readonly nodes: number;
  readonly edges: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly changes: readonly NodeChange[];
  readonly edges_added: readonly (readonly [string, string])[];
  readonly edges_removed: readonly (readonly [string, string])[];
}

/** A graph to be checked; nothing is stored. */
export interface GraphCheck {
  readonly graph: Readonly<Record<string, unknown>>;
}

/** What is known of a graph. */
export interface GraphChecked {
  readonly report: GraphReport;
}

/** A graph to be written as code. */
export interface GraphCode {
  readonly graph: Readonly<Record<string, unknown>>;
  readonly target?: "keras" | "torch" | null;
  readonly fresh?: boolean;
  readonly drop?: boolean;
}

/** A graph and what is known of it. */
export interface GraphDetail {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly target: "keras" | "torch";
  readonly nodes: number;
  readonly params: number;
  readonly sha: string;
  readonly rev: number;
  readonly created: number;
  readonly updated: number;
  readonly graph: CanvasGraph;
  readonly report: GraphReport;
  readonly cursor: string;
}

/** How the graph at revision `second` differs from that at `first`; `document` is what differs beside the nodes. */
export interface GraphDifference {
  readonly first: number;
  readonly second: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly ChangedNode[];
  readonly renamed: readonly (readonly [string, string])[];
  readonly edges_added: readonly CanvasEdge[];
  readonly edges_removed: readonly CanvasEdge[];
  readonly document: Readonly<Record<string, readonly [unknown, unknown]>>;
  readonly text: string;
}

/** What made one revision from the one before it; `ops` is `null` when the graph must be read anew. */
export interface GraphEdit {
  readonly rev: number;
  readonly time: number;
  readonly ops: readonly Readonly<Record<string, unknown>>[] | null;
  readonly by: string;
  readonly token: string;
  readonly label: string;
}

/** The changes since a revision, oldest first; `rev` is the present revision. */
export interface GraphEdits {
  readonly rev: number;
  readonly edits: readonly GraphEdit[];
}

/** Bring one change of a graph, to those who watch `graph/ID`: `ops` make revision `rev` of the one before it. */
export interface GraphFrame {
  readonly type: "graph";
  readonly cursor: string;
  readonly id: string;
  readonly rev: number;
  readonly ops: readonly Readonly<Record<string, unknown>>[] | null;
  readonly by: string;
  readonly token: string;
  readonly label: string;
  readonly deleted: boolean;
}

/** A graph that was imported. */
export interface GraphImported {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly target: "keras" | "torch";
  readonly nodes: number;
  readonly params: number;
  readonly sha: string;
  readonly rev: number;
  readonly created: number;
  readonly updated: number;
  readonly graph: CanvasGraph;
  readonly report: GraphReport;
  readonly cursor: string;
  readonly notes: readonly string[];
  readonly way: string;
  readonly error?: number | null;
}

/** Hold what a graph says of a node. */
export interface GraphNode {
  readonly id: string;
  readonly op: string;
  readonly label: string;
  readonly parameters: number | null;
  readonly shape: readonly (number | null)[] | null;
}

/** What makes it so: the ops of a patch. */
export interface GraphOps {
  readonly ops: readonly Readonly<Record<string, unknown>>[];
}

/** Code to be read as a graph; what code does not say is taken from `graph`, `target` is seen unless told. */
export interface GraphParse {
  readonly text: string;
  readonly target?: "keras" | "torch" | null;
  readonly graph?: Readonly<Record<string, unknown>> | null;
}

/** The graph that code describes, remarks on it, and the ops that make `graph` it. */
export interface GraphParsed {
  readonly graph: CanvasGraph;
  readonly notes: readonly string[];
  readonly ops: readonly Readonly<Record<string, unknown>>[];
  readonly lines: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

/** A group of a graph that is to become one node, or a subgraph that is to become its nodes, by its id. */
export interface GraphPart {
  readonly graph: Readonly<Record<string, unknown>>;
  readonly id: string;
}

/** Changes to a graph at revision `rev`; `label` is what history calls them, `by` who made them. */
export interface GraphPatch {
  readonly rev: number;
  readonly ops: readonly Readonly<Record<string, unknown>>[];
  readonly label?: string;
  readonly by?: string;
  readonly token?: string;
}

/** The revision that a patch made. */
export interface GraphPatched {
  readonly rev: number;
  readonly report: GraphReport;
  readonly code: string | null;
  readonly added: readonly Readonly<Record<string, unknown>>[];
}

/** Ask for a graph by project and name; a new one is made of a document, of a template, or of code. */
export interface GraphPost {
  readonly project: string;
  readonly name: string;
  readonly graph?: Readonly<Record<string, unknown>> | null;
  readonly template?: string | null;
  readonly code?: string | null;
  readonly target?: "keras" | "torch" | null;
}

/** All that is known of a graph without running it, `order` of computation included, and how long it took (µs). */
export interface GraphReport {
  readonly nodes: Readonly<Record<string, ReportNode>>;
  readonly issues: readonly ReportIssue[];
  readonly suggestions: readonly ReportSuggestion[];
  readonly totals: ReportTotals;
  readonly order: readonly string[];
  readonly took_us: number;
}

/** Ask for an earlier revision to be the present one; without `rev` the last before the deletion. */
export interface GraphRestore {
  readonly rev?: number | null;
  readonly by?: string;
  readonly token?: string;
}

/** One revision, with what it did in words; of one that deleted the graph only that is known. */
export interface GraphRevision {
  readonly rev: number;
  readonly time: number;
  readonly by: string;
  readonly label: string;
  readonly changed: string;
  readonly nodes: number;
  readonly deleted: boolean;
}

/** Revisions, newest first; `more` says that there are older ones. */
export interface GraphRevisions {
  readonly revisions: readonly GraphRevision[];
  readonly more: boolean;
}

/** One graph of a project; `params` counts what is trained, `sha` names the architecture; times are UTC seconds. */
export interface GraphRow {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly target: "keras" | "torch";
  readonly nodes: number;
  readonly params: number;
  readonly sha: string;
  readonly rev: number;
  readonly created: number;
  readonly updated: number;
}

/** Graphs, the one that changed last in front. */
export interface GraphRows {
  readonly graphs: readonly GraphRow[];
  readonly cursor: string;
}

/** Whose weights the previews of a graph can take, the newest first. */
export interface GraphWeights {
  readonly runs: readonly KeptWeights[];
}

/** A graph as code. */
export interface GraphWritten {
  readonly target: "keras" | "torch";
  readonly text: string;
  readonly lines: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  readonly missing: readonly ReportIssue[];
  readonly by_hand: boolean;
  readonly kept: readonly string[];
  readonly lost: readonly string[];
}

/** One group: `key` is parallel to `by`, `where` is a filter that keeps exactly its runs. */
export interface GroupRow {
  readonly key: readonly unknown[];
  readonly n: number;
  readonly where: string;
  readonly values: Readonly<Record<string, GroupValue>>;
  readonly runs: readonly RunRow[];
}

/** Sum up one column of one group; what was not asked for, or does not exist, is `null`. */
export interface GroupValue {
  readonly count?: number;
  readonly bad?: number;
  readonly texts?: number;
  readonly mean?: number | "-Infinity" | "Infinity" | "NaN" | null;
  readonly min?: number | null;
  readonly max?: number | null;
  readonly std?: number | "-Infinity" | "Infinity" | "NaN" | null;
  readonly common?: unknown;
  readonly mixed?: boolean;
}

/** A window of the groups; `matched` counts their runs. */
export interface GroupsPage {
  readonly total: number;
  readonly archived: number;
  readonly matched: number;
  readonly total_groups: number;
  readonly groups: readonly GroupRow[];
  readonly cursor: string;
}

/** Ask for runs by groups: those whose columns `by` hold the same. */
export interface GroupsQuery {
  readonly by: readonly string[];
  readonly project?: string | null;
  readonly where?: string | null;
  readonly columns?: readonly string[];
  readonly aggregates?: readonly ("count" | "max" | "mean" | "min" | "std")[];
  readonly order?: readonly string[];
  readonly offset?: number;
  readonly limit?: number;
  readonly preview?: number;
  readonly archived?: boolean | null;
  readonly ids?: readonly string[] | null;
  readonly lenient?: boolean;
}

/** A way to harm inputs, at rising levels; the first, 0, is none. `unit` says in words what a level is. */
export interface Harm {
  readonly name: string;
  readonly unit: string;
  readonly figure: string;
  readonly levels: readonly HarmLevel[];
}

/** How a model did on inputs that were harmed so much: figures by name, with the output in front where there are several. */
export interface HarmLevel {
  readonly level: number;
  readonly figures: Readonly<Record<string, number | null>>;
  readonly intervals?: Readonly<Record<string, readonly [number, number]>>;
}

/** `ok` is false while commits fail; `detail` says why. */
export interface Health {
  readonly ok: boolean;
  readonly detail: string | null;
}

/** Come first, and after every watch: what follows goes on from this cursor. */
export interface HelloFrame {
  readonly type: "hello";
  readonly cursor: string;
  readonly version: string;
}

/** Revisions, newest first; `more` says that there are older ones. */
export interface History {
  readonly revisions: readonly Revision[];
  readonly more: boolean;
}

/** Hold the parameters of a study, the most important first. */
export interface Importance {
  readonly metric: string;
  readonly runs: number;
  readonly score: number;
  readonly score_interval: readonly [number, number];
  readonly method: string;
  readonly caveat: string | null;
  readonly parameters: readonly ParameterImportance[];
}

/** Ask which config keys a metric depends on; `parameters` empty means all keys but the seed. */
export interface ImportanceQuery {
  readonly project: string;
  readonly metric: string;
  readonly where?: string | null;
  readonly method?: "forest";
  readonly parameters?: readonly string[];
}

/** One line; fields that are not named here are values: numbers become points, everything else records. */
export interface IngestLine {
  readonly run: string;
  readonly project?: string;
  readonly step?: number | null;
  readonly time?: number | null;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly tags?: readonly string[];
  readonly notes?: string;
  readonly group?: string | null;
  readonly state?: "failed" | "finished" | "killed" | "running" | "stopped";
  readonly writer?: string;
  readonly batch?: number;
  readonly columns?: Readonly<Record<string, readonly (number | string | null)[]>>;
}

/** Count the lines stored and explain those that were not; `points` are numbers, `runs` the ids written to. */
export interface Ingested {
  readonly accepted: number;
  readonly points: number;
  readonly runs: readonly string[];
  readonly errors: readonly LineError[];
}

/** A range of whole numbers, both ends among them; the fields are those of `Float`. */
export interface Int {
  readonly kind: "int";
  readonly low: number;
  readonly high: number;
  readonly log?: boolean;
  readonly count?: number | null;
}

/** One job, what was asked for, and what happened. */
export interface JobDetail {
  readonly job: JobRow;
  readonly train: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly restarts_allowed: number;
  readonly resume_lost: boolean;
  readonly script: JobScriptTold | null;
  readonly folder: string;
  readonly events: readonly JobEvent[];
}

/** Something that happened to a job. */
export interface JobEvent {
  readonly time: number;
  readonly event: string;
  readonly pid?: number | null;
  readonly step?: number | null;
  readonly run?: string | null;
  readonly error?: JobTrouble | null;
  readonly device?: string | null;
  readonly text?: string;
}

/** Tell how a job is now, to those who watch the documents of kind `job`; `null` says that it was deleted. */
export interface JobFrame {
  readonly type: "job";
  readonly cursor: string;
  readonly id: string;
  readonly job: JobRow | null;
}

/** The revision of a graph that a job trains. */
export interface JobGraph {
  readonly id: string;
  readonly rev: number;
}

/** What was printed, from byte `first` to byte `end` of `size`. */
export interface JobLog {
  readonly text: string;
  readonly first: number;
  readonly end: number;
  readonly size: number;
}

/** What an order says besides its name: nothing; an empty body does as well as `{}`. */
export interface JobOrder {

}

/** What is to change: the learning rate while it trains, the priority, or the place in the queue. */
export interface JobPatch {
  readonly lr?: number;
  readonly priority?: number;
  readonly before?: string | null;
}

/** Work that is asked for: a graph of the canvas (`graph_id`, as it is or at `rev`) or a document, or a script. */
export interface JobPost {
  readonly kind: "graph" | "script";
  readonly project?: string | null;
  readonly name?: string | null;
  readonly graph_id?: string | null;
  readonly rev?: number | null;
  readonly graph?: Readonly<Record<string, unknown>> | null;
  readonly dataset?: string | null;
  readonly train?: Readonly<Record<string, unknown>> | null;
  readonly seed?: number;
  readonly device?: string;
  readonly script?: JobScript | null;
  readonly priority?: number;
  readonly restarts?: number | null;
  readonly resume_lost?: boolean;
}

/** One job. */
export interface JobRow {
  readonly id: string;
  readonly kind: "graph" | "script";
  readonly name: string;
  readonly project: string;
  readonly state: "failed" | "finished" | "lost" | "parked" | "paused" | "queued" | "running" | "starting" | "stopped" | "stopping";
  readonly since: number;
  readonly created: number;
  readonly began: number | null;
  readonly ended: number | null;
  readonly device: string;
  readonly on: string;
  readonly priority: number;
  readonly place: number;
  readonly attempt: number;
  readonly restarts: number;
  readonly runs: readonly string[];
  readonly dataset: string | null;
  readonly graph: JobGraph | null;
  readonly sweep: JobSweep | null;
  readonly command: string;
  readonly step: number | null;
  readonly steps: number | null;
  readonly epoch: number | null;
  readonly epochs: number | null;
  readonly loss: number | "-Infinity" | "Infinity" | "NaN" | null;
  readonly share: number | null;
  readonly left_s: number | null;
  readonly checkpoint: number | null;
  readonly error: JobTrouble | null;
  readonly can: readonly ("checkpoint" | "delete" | "park" | "pause" | "resume" | "set" | "stop")[];
  readonly told: number;
}

/** Jobs: those that run, those that wait in their order, and those that are over, the newest first. */
export interface JobRows {
  readonly jobs: readonly JobRow[];
  readonly slots: readonly JobSlot[];
  readonly cursor: string;
}

/** A program: its words (no shell reads them), the folder it runs in, variables besides those of the server. */
export interface JobScript {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program and where it runs; of its environment only the names are told. */
export interface JobScriptTold {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: readonly string[];
}

/** How many jobs a device takes at a time, and how many it has. */
export interface JobSlot {
  readonly device: string;
  readonly slots: number;
  readonly used: number;
}

/** What a job trained: the checkpoint that did best in validation unless told, the last one, or that of a step. */
export interface JobSource {
  readonly job: string;
  readonly checkpoint?: "best" | "last" | number;
}

/** The trial of a sweep that a job is. */
export interface JobSweep {
  readonly id: string;
  readonly trial: number;
}

/** Why a job failed: an exception (`user`), no memory, a signal, an exit status; it did not start, or was lost. */
export interface JobTrouble {
  readonly type: string;
  readonly message: string;
  readonly kind: "exit" | "lost" | "memory" | "signal" | "start" | "user";
  readonly file: string;
  readonly line: number;
  readonly trace: string;
}

/** Tell up to which byte a journal is stored. */
export interface JournalOffset {
  readonly offset: number;
}

/** A run of a graph that kept weights. */
export interface KeptWeights {
  readonly run: string;
  readonly name: string;
  readonly rev: number;
  readonly state: string;
  readonly since: number;
  readonly steps: readonly number[];
}

/** The keys in use in one project. */
export interface Keys {
  readonly config: readonly string[];
  readonly metrics: readonly string[];
}

/** How long a form of the version takes: `batch` rows at once, milliseconds; "" of the version itself is `format`. */
export interface Latency {
  readonly format: string;
  readonly batch: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly rows_s: number;
  readonly size_bytes: number;
}

/** Hold a ranking and what was ranked. */
export interface Leaderboard {
  readonly metric: string;
  readonly goal: "max" | "min";
  readonly goal_from: string;
  readonly test: "bootstrap" | "permutation" | "welch";
  readonly group_by: string;
  readonly runs: number;
  readonly caveat: string | null;
  readonly columns: readonly BoardColumn[];
  readonly protocols: readonly RankedProtocol[];
}

/** Ask for a leaderboard; `columns` empty shows every well-known column that has a value. */
export interface LeaderboardQuery {
  readonly project: string;
  readonly metric: string;
  readonly goal?: "max" | "min" | null;
  readonly group_by?: string;
  readonly where?: string | null;
  readonly columns?: readonly string[];
  readonly test?: "bootstrap" | "permutation" | "welch";
  readonly offset?: number;
  readonly limit?: number | null;
}

/** Say why one line of an ingest request was not stored. */
export interface LineError {
  readonly index: number;
  readonly field: string;
  readonly detail: string;
  readonly hint: string;
}

/** Say where a version comes from. */
export interface Lineage {
  readonly project?: string;
  readonly run?: string;
  readonly run_name?: string;
  readonly step?: number | null;
  readonly job?: string;
  readonly graph?: TrainedGraph | null;
  readonly data?: Readonly<Record<string, string>>;
  readonly commit?: string;
}

/** New points of one series, in order of arrival; `thinned` says that only extremes are included. */
export interface LivePoints {
  readonly step: readonly number[];
  readonly time: readonly number[];
  readonly value: readonly (number | "-Infinity" | "Infinity" | "NaN")[];
  readonly total: number;
  readonly thinned: boolean;
}

/** Sum up a key whose records changed: `kind` of the newest, how many there are now, the step of the newest. */
export interface LiveRecords {
  readonly kind: string;
  readonly n: number;
  readonly last_step: number;
}

/** What a browser wants to hear of; the whole wish, sent again whenever it changes. */
export interface LiveWatch {
  readonly op: "watch";
  readonly projects?: readonly string[] | "*";
  readonly runs?: Readonly<Record<string, readonly string[] | "*">>;
  readonly documents?: readonly string[] | "*";
  readonly since?: string | null;
}

/** Say which requests are logged. */
export interface LogSpec {
  readonly share?: number;
  readonly per_minute?: number;
}

/** The last model that a run logged under a key; `parameters` is none when it does not say. */
export interface LoggedGraph {
  readonly run: string;
  readonly name: string;
  readonly key: string;
  readonly nodes: number;
  readonly parameters: number | null;
  readonly time: number;
}

/** Models that runs of a project logged, newest run in front. */
export interface LoggedGraphs {
  readonly graphs: readonly LoggedGraph[];
}

/** One record as JSON: `value` is text, plain data, or a data URI of a file. */
export interface MediaLine {
  readonly key: string;
  readonly value: unknown;
  readonly kind?: string | null;
  readonly step?: number | null;
  readonly time?: number | null;
  readonly caption?: string | null;
}

/** Tell what was stored, and where it is read. */
export interface MediaStored {
  readonly run: string;
  readonly key: string;
  readonly kind: string;
  readonly step: number;
  readonly size: number;
  readonly url: string;
}

/** Hold what differs. */
export interface ModelComparison {
  readonly same_files: boolean;
  readonly same_data: boolean | null;
  readonly figures: readonly FigurePair[];
  readonly fields: readonly FieldPair[];
  readonly graph: string | null;
}

/** A model with its versions, newest first, what its gates say of each, and the newest outcome of each test. */
export interface ModelDetail {
  readonly name: string;
  readonly rev: number;
  readonly us: number;
  readonly created_us: number;
  readonly text: string;
  readonly tags: readonly string[];
  readonly aliases: Readonly<Record<string, number>>;
  readonly gates: readonly Gate[];
  readonly versions: readonly ModelVersion[];
  readonly judgements: readonly ModelJudgement[];
  readonly tests: readonly ModelTest[];
  readonly cursor: string;
}

/** An export: what it holds, and how far it agrees with the model. */
export interface ModelExport {
  readonly format: string;
  readonly version: number;
  readonly us: number;
  readonly files: readonly FileEntry[];
  readonly size_bytes: number;
  readonly source: string;
  readonly rows: number;
  readonly largest: number | null;
  readonly mean: number | null;
  readonly agrees: boolean;
  readonly seconds: number;
  readonly latency_ms: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** The exports of a version, what is being made, what could not be, and all formats that there are. */
export interface ModelExports {
  readonly exports: readonly ModelExport[];
  readonly making: readonly ExportMaking[];
  readonly failed: readonly ExportFailure[];
  readonly formats: readonly ExportFormat[];
}

/** How a version stands before a gate: its figure, the bar, and why it does not pass. */
export interface ModelJudgement {
  readonly version: number;
  readonly gate: Gate;
  readonly text: string;
  readonly passed: boolean;
  readonly figure: number | null;
  readonly bar: number | null;
  readonly why: string;
}

/** What is to be said of a model; what is left out stays. */
export interface ModelPatch {
  readonly text?: string;
  readonly tags?: readonly string[];
  readonly gates?: readonly Gate[];
}

/** A model in the list; `latest` is its newest version. */
export interface ModelRow {
  readonly name: string;
  readonly rev: number;
  readonly us: number;
  readonly created_us: number;
  readonly text: string;
  readonly tags: readonly string[];
  readonly versions: number;
  readonly size_bytes: number;
  readonly aliases: Readonly<Record<string, number>>;
  readonly latest: ModelVersion | null;
}

/** All models, the one that changed last in front; follow them from `cursor` on. */
export interface ModelRows {
  readonly models: readonly ModelRow[];
  readonly cursor: string;
}

/** The newest outcome of a test of a version: figures as gates name them, and what the page shows. */
export interface ModelTest {
  readonly test: string;
  readonly version: number;
  readonly us: number;
  readonly figures: Readonly<Record<string, number | null>>;
  readonly report: Readonly<Record<string, unknown>>;
}

/** A version: `us` is when it was registered, `aliases` point at it; a figure that was not finite is null. */
export interface ModelVersion {
  readonly number: number;
  readonly digest: string;
  readonly us: number;
  readonly format: "file" | "keras" | "mlp" | "onnx" | "torch";
  readonly files: readonly FileEntry[];
  readonly size_bytes: number;
  readonly lineage: Lineage;
  readonly signature: Signature;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly note: string;
  readonly by: string;
  readonly aliases: readonly string[];
}

/** Moments at which something of a dashboard changed, oldest first; the first and the last are always there. */
export interface Moments {
  readonly times: readonly number[];
}

/** Hold one node of a graph beside the baseline: `added`, `removed` or `changed`; `before` is that of the baseline. */
export interface NodeChange {
  readonly kind: "added" | "changed" | "removed";
  readonly before: GraphNode | null;
  readonly after: GraphNode | null;
}

/** What comes out of a node. Only `key` is there when who asked knows it. */
export interface NodePreview {
  readonly key: string;
  readonly shape?: readonly number[] | null;
  readonly dtype?: string;
  readonly stats?: PreviewStats | null;
  readonly histogram?: PreviewHistogram | null;
  readonly montage?: PreviewMontage | null;
  readonly values?: readonly (number | string)[] | null;
}

/** Say which figure is searched for. */
export interface Objective {
  readonly metric: string;
  readonly goal: "max" | "min";
  readonly of?: "best" | "last";
}

/** One line that is still written, such as a progress bar; it has no number yet. */
export interface OpenRow {
  readonly time: number;
  readonly stream: number;
  readonly text: string;
}

/** What was found at one output. */
export interface OutputReport {
  readonly output: string;
  readonly task: "classification" | "multi_label" | "reconstruction" | "regression" | "segmentation";
  readonly n: number;
  readonly left_out?: number;
  readonly classes?: readonly string[];
  readonly main?: string;
  readonly figures?: Readonly<Record<string, number | null>>;
  readonly intervals?: Readonly<Record<string, readonly [number, number]>>;
  readonly confusion?: readonly (readonly number[])[] | null;
  readonly per_class?: readonly ClassFigures[];
  readonly roc?: readonly CurveLine[];
  readonly pr?: readonly CurveLine[];
  readonly calibration?: CalibrationBins | null;
  readonly thresholds?: readonly Thresholds[];
  readonly residuals?: Residuals | null;
  readonly errors?: TestHistogram | null;
  readonly slices?: readonly ColumnSlices[];
  readonly notes?: readonly string[];
}

/** An own component in one version, with its file, all its versions (newest first), and the graphs that use it. */
export interface OwnComponent {
  readonly project: string;
  readonly name: string;
  readonly type: string;
  readonly version: number;
  readonly created: number;
  readonly updated: number;
  readonly source: string;
  readonly component: PaletteComponent;
  readonly versions: readonly OwnVersion[];
  readonly used: readonly OwnUse[];
}

/** A file to be looked at: nothing is kept. */
export interface OwnDescribe {
  readonly source: string;
}

/** What a file says it is. */
export interface OwnDescribed {
  readonly component: PaletteComponent;
}

/** A group of a graph, of which a file is to be written. */
export interface OwnFromGroup {
  readonly graph: string;
  readonly group: string;
}

/** A file to be kept as the next version of its component; `name` is what it must be called, when that matters. */
export interface OwnPost {
  readonly source: string;
  readonly name?: string | null;
  readonly follows?: number | null;
}

/** An own component in its newest version, without its file. */
export interface OwnRow {
  readonly name: string;
  readonly title: string;
  readonly type: string;
  readonly version: number;
  readonly updated: number;
}

/** The own components of a project by name; `allow_code` says whether they can be changed and asked on this server. */
export interface OwnRows {
  readonly components: readonly OwnRow[];
  readonly allow_code: boolean;
  readonly why_not: string;
}

/** The text of a file. */
export interface OwnSource {
  readonly source: string;
}

/** A graph that uses a component, and in which versions. */
export interface OwnUse {
  readonly id: string;
  readonly name: string;
  readonly versions: readonly number[];
}

/** A version of a component and when it was made; `type` is what nodes of it have. */
export interface OwnVersion {
  readonly version: number;
  readonly type: string;
  readonly time: number;
}

/** All components, by category in the order of the palette, and the blocks of them (category Blocks). */
export interface Palette {
  readonly components: readonly PaletteComponent[];
  readonly blocks: readonly PaletteBlock[];
}

/** Nodes that are added together, as a group; `enter` is where what it is put behind leads, `leave` its output. */
export interface PaletteBlock {
  readonly name: string;
  readonly title: string;
  readonly doc: string;
  readonly words: readonly string[];
  readonly nodes: readonly CanvasNode[];
  readonly edges: readonly CanvasEdge[];
  readonly enter: readonly (readonly [string, string])[];
  readonly leave: readonly [string, string];
  readonly follows: readonly BlockFollow[];
}

/** A component: what a node can be. */
export interface PaletteComponent {
  readonly type: string;
  readonly title: string;
  readonly category: string;
  readonly doc: string;
  readonly words: readonly string[];
  readonly params: readonly PaletteParam[];
  readonly inputs: readonly PalettePort[];
  readonly outputs: readonly PalettePort[];
  readonly targets: readonly ("keras" | "torch")[];
}

/** A parameter of a component: what a form needs to know; `role` is what rules know it by. */
export interface PaletteParam {
  readonly name: string;
  readonly kind: "bool" | "choice" | "code" | "float" | "floats" | "graph" | "int" | "ints" | "sizes" | "text";
  readonly default: unknown;
  readonly doc: string;
  readonly expected: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly above: number | null;
  readonly below: number | null;
  readonly choices: readonly string[];
  readonly nullable: boolean;
  readonly role: string;
}

/** A port; one with `many` takes edges at `name.0`, `name.1` …, at least `least`. */
export interface PalettePort {
  readonly name: string;
  readonly doc: string;
  readonly rank: number | null;
  readonly dtype: string | null;
  readonly many: boolean;
  readonly least: number;
}

/** Where a panel stands on its tab: a grid of 12 columns, rows of 30 pixels. */
export interface PanelCell {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Points of one line; `n` are there in all, and when that is more than are sent, extremes are. */
export interface PanelLine {
  readonly name: string;
  readonly run: string | null;
  readonly step: readonly number[];
  readonly value: readonly (number | "-Infinity" | "Infinity" | "NaN")[];
  readonly n: number;
}

/** Fields of a panel to replace; `append` adds points, `"deleted": false` brings it back. */
export interface PanelPatch {
  readonly kind?: "figure" | "html" | "image" | "line" | "number" | "record" | "series" | "text";
  readonly value?: unknown;
  readonly append?: Readonly<Record<string, unknown>>;
  readonly title?: string;
  readonly description?: string;
  readonly tab?: string;
  readonly row?: number | null;
  readonly column?: number | null;
  readonly width?: number | null;
  readonly height?: number | null;
  readonly options?: Readonly<Record<string, string | number | boolean>>;
  readonly deleted?: false;
}

/** Ask for a panel by dashboard and name; POST makes it when it is new, PUT changes it when it is not. */
export interface PanelPost {
  readonly name: string;
  readonly dashboard?: string;
  readonly kind?: "figure" | "html" | "image" | "line" | "number" | "record" | "series" | "text";
  readonly value?: unknown;
  readonly append?: Readonly<Record<string, unknown>>;
  readonly title?: string;
  readonly description?: string;
  readonly tab?: string;
  readonly row?: number | null;
  readonly column?: number | null;
  readonly width?: number | null;
  readonly height?: number | null;
  readonly options?: Readonly<Record<string, string | number | boolean>>;
}

/** One panel. Bytes of an image and, on a dashboard, html and figures are left out: /image and /frame give them. */
export interface PanelRow {
  readonly id: string;
  readonly dashboard: string;
  readonly name: string;
  readonly kind: "figure" | "html" | "image" | "line" | "number" | "record" | "series" | "text";
  readonly title: string;
  readonly description: string;
  readonly tab: string;
  readonly row: number | null;
  readonly column: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly options: Readonly<Record<string, unknown>>;
  readonly value: unknown;
  readonly run: string | null;
  readonly lines: readonly PanelLine[] | null;
  readonly rev: number;
  readonly created: number;
  readonly updated: number;
}

/** Panels, in the order in which they were made. */
export interface Panels {
  readonly panels: readonly PanelRow[];
  readonly cursor: string;
}

/** Hold what one parameter means to a metric. */
export interface ParameterImportance {
  readonly name: string;
  readonly kind: "category" | "number";
  readonly values: number;
  readonly missing: number;
  readonly importance: number;
  readonly interval: readonly [number, number];
  readonly matters: boolean;
  readonly correlation: number | null;
  readonly correlation_interval: readonly [number, number] | null;
}

/** Bring new points of one run, by key. */
export interface PointsFrame {
  readonly type: "points";
  readonly cursor: string;
  readonly run: string;
  readonly series: Readonly<Record<string, LivePoints>>;
}

/** Points in order; `more` says that the limit cut the answer short. */
export interface PointsPage {
  readonly step: readonly number[];
  readonly time: readonly number[];
  readonly value: readonly (number | "-Infinity" | "Infinity" | "NaN")[];
  readonly more: boolean;
}

/** Describe an input or an output: `shape` without the batch, `None` where any size goes; `classes` by number. */
export interface Port {
  readonly name: string;
  readonly shape?: readonly (number | null)[];
  readonly dtype?: string;
  readonly kind?: string;
  readonly classes?: readonly string[];
}

/** What one sample becomes. */
export interface Preview {
  readonly rev: number;
  readonly sample: PreviewSample;
  readonly weights: string;
  readonly drawn: readonly string[];
  readonly framework: string;
  readonly nodes: Readonly<Record<string, NodePreview>>;
  readonly missing: Readonly<Record<string, string>>;
  readonly troubles: readonly PreviewTrouble[];
  readonly cached: readonly string[];
  readonly took_ms: number;
  readonly fixes: readonly PreviewFix[];
}

/** A one-click change: it says of a Code node what it gave when it was run. */
export interface PreviewFix {
  readonly node: string;
  readonly title: string;
  readonly ops: readonly Readonly<Record<string, unknown>>[];
  readonly settles: readonly string[];
}

/** How the finite numbers lie: `counts` of 32 equal bins from `low` to `high`; all in the first when these are equal. */
export interface PreviewHistogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/** Pictures side by side, in one PNG of `rows` × `cols` tiles, row by row; those behind the last are empty. */
export interface PreviewMontage {
  readonly kind: "grey" | "rgb";
  readonly rows: number;
  readonly cols: number;
  readonly width: number;
  readonly height: number;
  readonly shown: number;
  readonly channels: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly png: string;
}

/** What is to be shown. */
export interface PreviewPost {
  readonly nodes: readonly string[];
  readonly sample?: PreviewSampleAsked | null;
  readonly rev?: number | null;
  readonly known?: Readonly<Record<string, string>>;
  readonly seed?: number;
  readonly weights?: PreviewWeights | null;
  readonly by?: string;
}

/** The sample that was shown. */
export interface PreviewSample {
  readonly dataset: string;
  readonly part: string;
  readonly row: number;
  readonly rows: number;
  readonly label: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly why: string;
}

/** Which sample is to be shown. */
export interface PreviewSampleAsked {
  readonly dataset?: string;
  readonly part?: string;
  readonly row?: number;
}

/** What numbers came out, of finite ones where it says so. */
export interface PreviewStats {
  readonly size: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly std: number | null;
  readonly nan: number;
  readonly inf: number;
  readonly zeros: number;
}

/** What a node raised when it was run; what lies behind it is not shown. */
export interface PreviewTrouble {
  readonly node: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly trace: string;
}

/** Whose weights are to be used: those of the newest checkpoint of a run, or of the one at a step. */
export interface PreviewWeights {
  readonly run: string;
  readonly step?: number | null;
}

/** Say what went wrong and what to do about it (RFC 9457). */
export interface Problem {
  readonly type?: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly field?: string | null;
  readonly position?: number | null;
  readonly hint?: string | null;
  readonly expected?: number | null;
  readonly missing?: readonly string[] | null;
  readonly rev?: number | null;
  readonly line?: number | null;
  readonly column?: number | null;
  readonly file?: string | null;
  readonly trace?: string | null;
  readonly errors?: readonly LineError[] | null;
}

/** One project; times are UTC seconds. */
export interface ProjectRow {
  readonly name: string;
  readonly runs: number;
  readonly running: number;
  readonly created: number;
  readonly updated: number;
}

/** How far a layout is: `done` of `of` records and `part` of the next; the last line is `ready`, or `failed`. */
export interface ProjectionLine {
  readonly state: "failed" | "ready" | "waiting" | "working";
  readonly done?: number;
  readonly of?: number;
  readonly part?: number;
  readonly problem?: Problem | null;
}

/** A way to lay out embeddings; `missing` says what to install where it cannot be used. */
export interface ProjectionMethod {
  readonly name: "tsne" | "umap";
  readonly label: string;
  readonly missing?: string | null;
}

/** The ways that this server knows, and the most points that it lays out. */
export interface ProjectionMethods {
  readonly methods: readonly ProjectionMethod[];
  readonly max_rows: number;
}

/** All projects, the one that changed last in front. */
export interface Projects {
  readonly projects: readonly ProjectRow[];
  readonly cursor: string;
}

/** Say when a trial is ended early. */
export interface Pruning {
  readonly kind: "halving" | "median";
  readonly after?: number;
  readonly unit?: "step" | "value";
  readonly least?: number;
  readonly factor?: number;
}

/** Hold the entries that can be compared with one another: same data, same evaluation. */
export interface RankedProtocol {
  readonly data: Readonly<Record<string, string>>;
  readonly evaluation: Readonly<Record<string, string>>;
  readonly reason: string | null;
  readonly runs: number;
  readonly total: number;
  readonly tied: number;
  readonly method: string;
  readonly entries: readonly Entry[];
}

/** Sum up the records of one key: `kind` of the newest, how many, their steps, their bytes in all. */
export interface RecordKeyRow {
  readonly kind: string;
  readonly viewer: string;
  readonly n: number;
  readonly first_step: number;
  readonly last_step: number;
  readonly size: number;
}

/** One record without its payload; `value` comes with text and JSON of at most 64 KiB. */
export interface RecordRow {
  readonly id: number;
  readonly key: string;
  readonly step: number;
  readonly time: number;
  readonly kind: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly size: number;
  readonly summary: string;
  readonly value?: unknown;
}

/** Tell which keys of one run have new records; what is in them is read when it is looked at. */
export interface RecordsFrame {
  readonly type: "records";
  readonly cursor: string;
  readonly run: string;
  readonly keys: Readonly<Record<string, LiveRecords>>;
}

/** The keys of records, or the records of one key; `more` says that the limit cut the answer short. */
export interface RecordsPage {
  readonly keys?: Readonly<Record<string, RecordKeyRow>>;
  readonly cursor?: string;
  readonly records?: readonly RecordRow[];
  readonly more?: boolean;
}

/** Tell which runs are gone. */
export interface RemovedFrame {
  readonly type: "removed";
  readonly cursor: string;
  readonly runs: readonly string[];
}

/** A one-click change: apply `ops` together. */
export interface ReportFix {
  readonly title: string;
  readonly ops: readonly Readonly<Record<string, unknown>>[];
}

/** An error, warning or tip; `node` is empty when it is about the graph as a whole. */
export interface ReportIssue {
  readonly node: string;
  readonly level: "error" | "tip" | "warning";
  readonly code: string;
  readonly message: string;
  readonly param: string;
  readonly port: string;
  readonly fixes: readonly ReportFix[];
}

/** What is known of a node; `shape`, `dtype` and `text` are those of its first port, `outs` tells of all. */
export interface ReportNode {
  readonly shape: readonly (number | null)[] | null;
  readonly dtype: string | null;
  readonly text: string;
  readonly outs: readonly ReportOut[];
  readonly params: number;
  readonly state: number;
  readonly flops: number;
  readonly memory_bytes: number;
  readonly receptive: readonly number[] | null;
  readonly blocked: boolean;
  readonly inputs: readonly PalettePort[] | null;
  readonly outputs: readonly PalettePort[] | null;
}

/** What leaves a port: its shape without the batch, channels last; `null` is an axis that is not known yet. */
export interface ReportOut {
  readonly shape: readonly (number | null)[] | null;
  readonly dtype: string | null;
  readonly text: string;
  readonly classes: number | null;
}

/** A value that a parameter could have, and why; it is never set unasked. */
export interface ReportSuggestion {
  readonly node: string;
  readonly param: string;
  readonly value: unknown;
  readonly why: string;
}

/** Sums over all nodes, of one sample. */
export interface ReportTotals {
  readonly params: number;
  readonly state: number;
  readonly flops: number;
  readonly memory_bytes: number;
}

/** Ask to read everything again: the cursor is too old, or of another life of the server. */
export interface ResetFrame {
  readonly type: "reset";
  readonly cursor: string;
}

/** A row's true and predicted number; `row` counts in the part. */
export interface ResidualPoint {
  readonly row: number;
  readonly truth: number;
  readonly predicted: number;
}

/** Prediction less truth: how it is spread, and at most 1,000 rows, evenly spaced. */
export interface Residuals {
  readonly histogram: TestHistogram;
  readonly points: readonly ResidualPoint[];
}

/** Ask for an earlier revision to be the present one; without `rev` the last before the deletion. */
export interface Restore {
  readonly rev?: number | null;
}

/** One revision of a dashboard or a panel. */
export interface Revision {
  readonly rev: number;
  readonly time: number;
}

/** The run went on at `step` from here. */
export interface RewindRow {
  readonly time: number;
  readonly step: number;
}

/** Everything of a run but its values. */
export interface RunDetail {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly state: "failed" | "finished" | "killed" | "lost" | "running" | "stopped";
  readonly created: number;
  readonly updated: number;
  readonly finished: number | null;
  readonly group: string | null;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly dropped: number;
  readonly rank: number | null;
  readonly last_step: number | null;
  readonly archived: boolean;
  readonly color: string | null;
  readonly alerts: number;
  readonly alert: "error" | "info" | "warning" | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly summary: Readonly<Record<string, number | "-Infinity" | "Infinity" | "NaN">>;
  readonly error: string | null;
  readonly rewinds: readonly RewindRow[];
  readonly meta: Readonly<Record<string, unknown>>;
  readonly series: number;
  readonly cursor: string;
}

/** What the checks find in the record of a run, and what the run itself has told. */
export interface RunHealth {
  readonly run: string;
  readonly name: string;
  readonly project: string;
  readonly health: Checkup;
  readonly alerts: readonly Alert[];
  readonly cursor: string;
}

/** Fields of a run to replace; `color` is a hue and a dash (`blue`, `blue dashed`), `null` leaves it to the page. */
export interface RunPatch {
  readonly name?: string;
  readonly notes?: string;
  readonly tags?: readonly string[];
  readonly color?: string | null;
}

/** One run without its series; times are UTC seconds; `color` is what somebody chose, such as `blue dashed`. */
export interface RunRow {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly state: "failed" | "finished" | "killed" | "lost" | "running" | "stopped";
  readonly created: number;
  readonly updated: number;
  readonly finished: number | null;
  readonly group: string | null;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly dropped: number;
  readonly rank: number | null;
  readonly last_step: number | null;
  readonly archived: boolean;
  readonly color: string | null;
  readonly alerts: number;
  readonly alert: "error" | "info" | "warning" | null;
}

/** A file that a run logged: of the last step unless told. */
export interface RunSource {
  readonly run: string;
  readonly key: string;
  readonly step?: number | null;
}

/** A test that is being made: how far it is, 0 to 1, and with what. */
export interface RunningTest {
  readonly test: string;
  readonly kind: "latency" | "robustness" | "test";
  readonly since_us: number;
  readonly progress: number;
  readonly text: string;
}

/** Change many runs: those of `ids`, or those that `where` keeps; `expected` refuses another number of runs. */
export interface RunsChange {
  readonly project?: string | null;
  readonly where?: string | null;
  readonly ids?: readonly string[] | null;
  readonly expected?: number | null;
  readonly also_archived?: boolean | null;
  readonly tags_add?: readonly string[];
  readonly tags_remove?: readonly string[];
  readonly archived?: boolean | null;
  readonly group?: string | null;
}

/** Count the runs that are different now; sending what `undo` holds, in order, makes it as it was. */
export interface RunsChanged {
  readonly changed: number;
  readonly matched: number;
  readonly undo: readonly RunsChange[];
}

/** Delete many runs for good; refused unless there are exactly `expected`. */
export interface RunsDelete {
  readonly expected: number;
  readonly project?: string | null;
  readonly where?: string | null;
  readonly ids?: readonly string[] | null;
  readonly archived?: boolean | null;
}

/** Count the runs that are gone and the bytes that the filesystem has back. */
export interface RunsDeleted {
  readonly deleted: number;
  readonly freed_bytes: number;
}

/** Ask for runs as a file; without `limit` all that match. `fields` are those of a run that come before `columns`. */
export interface RunsExport {
  readonly project?: string | null;
  readonly where?: string | null;
  readonly order?: readonly string[];
  readonly columns?: readonly string[];
  readonly format?: "csv" | "json" | "parquet";
  readonly fields?: readonly string[] | null;
  readonly offset?: number;
  readonly limit?: number | null;
  readonly archived?: boolean | null;
  readonly ids?: readonly string[] | null;
  readonly lenient?: boolean;
}

/** The likeliest runs, in order; `matched` counts all that fit. Without a text the newest, and `matched` is 0. */
export interface RunsFound {
  readonly matched: number;
  readonly runs: readonly RunRow[];
}

/** Bring the rows of watched runs and projects that changed. */
export interface RunsFrame {
  readonly type: "runs";
  readonly cursor: string;
  readonly rows: readonly RunRow[];
}

/** A window of the run table; each column is parallel to `runs`, `null` where a run has no such value. */
export interface RunsPage {
  readonly total: number;
  readonly archived: number;
  readonly matched: number;
  readonly runs: readonly RunRow[];
  readonly columns: Readonly<Record<string, readonly unknown[]>>;
  readonly cursor: string;
}

/** Ask for a window of the run table; archived runs come when `archived`, `ids` or a test of attr.archived ask. */
export interface RunsQuery {
  readonly project?: string | null;
  readonly where?: string | null;
  readonly order?: readonly string[];
  readonly columns?: readonly string[];
  readonly offset?: number;
  readonly limit?: number;
  readonly lenient?: boolean;
  readonly archived?: boolean | null;
  readonly ids?: readonly string[] | null;
}

/** Which places of an input an answer rests on. */
export interface Saliency {
  readonly method: string;
  readonly output: string;
  readonly label: string;
  readonly input: string;
  readonly width: number;
  readonly height: number;
  readonly values: readonly (readonly number[])[];
  readonly picture: string | null;
  readonly columns: readonly SaliencyColumn[];
}

/** What a column, or a place of a row of numbers, does to the answer. */
export interface SaliencyColumn {
  readonly name: string;
  readonly value: number;
}

/** A row of registered data: its place in the part; the data of the version unless told, and its test part. */
export interface SampleRow {
  readonly row?: number;
  readonly part?: "test" | "train" | "validation" | null;
  readonly dataset?: string | null;
}

/** The layout of a project; revision 0 is that of a project which nobody arranged. */
export interface SavedLayout {
  readonly project: string;
  readonly rev: number;
  readonly updated: number | null;
  readonly layout: ChartLayout;
}

/** Name a series by run id and key, or say how it is computed from series of the run. */
export interface SeriesName {
  readonly run: string;
  readonly key?: string;
  readonly expression?: string;
}

/** A window of the series of a run. */
export interface SeriesPage {
  readonly total: number;
  readonly series: readonly SeriesRow[];
}

/** Sum up one series; `low`, `high` and `mean` are over the finite values, `null` when there are none. */
export interface SeriesRow {
  readonly key: string;
  readonly n: number;
  readonly bad: number;
  readonly last: number | "-Infinity" | "Infinity" | "NaN";
  readonly last_step: number;
  readonly last_time: number;
  readonly low: number | null;
  readonly low_step: number | null;
  readonly high: number | null;
  readonly high_step: number | null;
  readonly mean: number | null;
}

/** Say what a model takes and gives. */
export interface Signature {
  readonly inputs?: readonly Port[];
  readonly outputs?: readonly Port[];
}

/** Rows with one value of a column: how many, their figure with its 95 % interval, and whether they are few. */
export interface Slice {
  readonly value: string;
  readonly n: number;
  readonly figure: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly is_small: boolean;
}

/** One array over steps: `value` is nested as `shape`, whose first axis is that of `step` and `time`. */
export interface Slices {
  readonly step: readonly number[];
  readonly time: readonly number[];
  readonly value: readonly unknown[];
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly steps: number;
  readonly more: boolean;
}

/** Say how rows are split. */
export interface SplitSpec {
  readonly way?: "given" | "grouped" | "random" | "stratified" | "time";
  readonly shares?: readonly number[];
  readonly seed?: number;
  readonly column?: string;
}

/** The best point so far. */
export interface SweepBest {
  readonly point: number;
  readonly values: Readonly<Record<string, unknown>>;
  readonly mean: number;
  readonly interval: readonly [number, number] | null;
  readonly runs: readonly string[];
  readonly of: number;
}

/** One sweep, what it searches, and its trials; points are in the order of what they reached. */
export interface SweepDetail {
  readonly sweep: SweepRow;
  readonly space: Readonly<Record<string, Float | Int | Choice>>;
  readonly objective: Objective;
  readonly pruning: Pruning | null;
  readonly seeds: number;
  readonly seed: number;
  readonly parallel: number;
  readonly limit_hours: number | null;
  readonly device: string;
  readonly priority: number;
  readonly dataset: string | null;
  readonly argv: readonly string[];
  readonly trials: readonly SweepTrial[];
  readonly points: readonly SweepPoint[];
}

/** What an order says besides its name: nothing; an empty body does as well as `{}`. */
export interface SweepOrder {

}

/** What is to change: how many trials, hours, trials at a time, or the priority of those that come. */
export interface SweepPatch {
  readonly trials?: number | null;
  readonly hours?: number | null;
  readonly parallel?: number | null;
  readonly priority?: number | null;
}

/** One choice of values with what its trials reached; `place` is 1 for the best, `null` where it is not ranked. */
export interface SweepPoint {
  readonly place: number | null;
  readonly point: number;
  readonly values: Readonly<Record<string, unknown>>;
  readonly mean: number | null;
  readonly interval: readonly [number, number] | null;
  readonly reached: readonly number[];
  readonly trials: readonly number[];
  readonly runs: readonly string[];
  readonly state: "failed" | "finished" | "open" | "pruned" | "stopped";
  readonly reason: string;
}

/** A sweep that is asked for: what is tried (as for a job), the space, how it is searched, and how much of it. */
export interface SweepPost {
  readonly kind: "graph" | "script";
  readonly space: Readonly<Record<string, string | Float | Int | Choice>>;
  readonly name?: string | null;
  readonly project?: string | null;
  readonly graph_id?: string | null;
  readonly rev?: number | null;
  readonly graph?: Readonly<Record<string, unknown>> | null;
  readonly dataset?: string | null;
  readonly train?: Readonly<Record<string, unknown>> | null;
  readonly script?: JobScript | null;
  readonly search?: "grid" | "random" | "tpe";
  readonly metric?: string | null;
  readonly goal?: "max" | "min" | null;
  readonly of?: "best" | "last";
  readonly trials?: number | null;
  readonly hours?: number | null;
  readonly seeds?: number;
  readonly seed?: number;
  readonly pruning?: Pruning | null;
  readonly parallel?: number | null;
  readonly first_fails?: number;
  readonly device?: string;
  readonly priority?: number;
  readonly restarts?: number | null;
}

/** One sweep. */
export interface SweepRow {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly kind: "function" | "graph" | "script";
  readonly state: "failed" | "finished" | "paused" | "running" | "stopped" | "stopping";
  readonly since: number;
  readonly created: number;
  readonly reason: string;
  readonly driver: "elsewhere" | "nobody" | "server";
  readonly search: "grid" | "random" | "tpe";
  readonly metric: string;
  readonly goal: "max" | "min";
  readonly names: readonly string[];
  readonly most: number;
  readonly trials: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly hours: number;
  readonly best: SweepBest | null;
  readonly graph: JobGraph | null;
  readonly can: readonly ("delete" | "pause" | "resume" | "stop")[];
  readonly rev: number;
}

/** Sweeps: those that are not over, then the others, the newest first. */
export interface SweepRows {
  readonly sweeps: readonly SweepRow[];
}

/** One trial. */
export interface SweepTrial {
  readonly number: number;
  readonly point: number;
  readonly values: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly state: "failed" | "finished" | "open" | "pruned" | "stopped";
  readonly value: number | null;
  readonly step: number | null;
  readonly job: string;
  readonly run: string;
  readonly since: number;
  readonly ended: number | null;
  readonly reason: string;
  readonly doing?: "failed" | "finished" | "lost" | "parked" | "paused" | "queued" | "running" | "starting" | "stopped" | "stopping" | null;
  readonly share?: number | null;
}

/** A graph to begin with: what it does, the data it expects, how large it is. */
export interface TemplateRow {
  readonly name: string;
  readonly title: string;
  readonly text: string;
  readonly data: string;
  readonly nodes: number;
  readonly params: number;
  readonly graph: CanvasGraph;
}

/** All templates, simple ones first. */
export interface Templates {
  readonly templates: readonly TemplateRow[];
}

/** Counts in bins of equal width from `low` to `high`. */
export interface TestHistogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/** A test that is to be made. */
export interface TestPost {
  readonly test?: "latency" | "robustness" | "test";
  readonly dataset?: string | null;
  readonly part?: "test" | "train" | "validation" | null;
  readonly rows?: number | null;
  readonly name?: string | null;
  readonly inputs?: Readonly<Record<string, string | readonly string[]>>;
  readonly outputs?: Readonly<Record<string, string | readonly string[]>>;
  readonly seed?: number;
  readonly tell_run?: boolean;
}

/** What a test found. */
export interface TestReport {
  readonly kind: "latency" | "robustness" | "test";
  readonly dataset?: string;
  readonly part?: string;
  readonly rows?: number;
  readonly of?: number;
  readonly seconds?: number;
  readonly outputs?: readonly OutputReport[];
  readonly harms?: readonly Harm[];
  readonly latency?: readonly Latency[];
  readonly run?: string;
  readonly notes?: readonly string[];
}

/** A row of a test. */
export interface TestRow {
  readonly at: number;
  readonly row: number;
  readonly truth: string | number | null;
  readonly predicted: string | number | null;
  readonly score: number | null;
  readonly loss: number | null;
  readonly is_right: boolean | null;
  readonly scores: readonly TestScore[];
  readonly cells: Readonly<Record<string, string | number | DatasetPicture | null>>;
  readonly target: DatasetPicture | null;
  readonly prediction: DatasetPicture | null;
}

/** Rows of a test; `total` is how many there are after the filter. */
export interface TestRows {
  readonly total: number;
  readonly columns: readonly string[];
  readonly rows: readonly TestRow[];
}

/** How likely a class or label is. */
export interface TestScore {
  readonly label: string;
  readonly score: number | null;
}

/** Hold the difference of two texts. */
export interface TextDiff {
  readonly what: string;
  readonly a: number | null;
  readonly b: number | null;
  readonly text: string;
  readonly added: number;
  readonly removed: number;
  readonly note: string | null;
}

/** What comes of calling a row `name` when its score is at least a threshold: counts, of `support` that are of it. */
export interface Thresholds {
  readonly name: string;
  readonly n: number;
  readonly support: number;
  readonly thresholds: readonly number[];
  readonly tp: readonly number[];
  readonly fp: readonly number[];
}

/** Name the revision of a canvas graph, and the hash of its architecture. */
export interface TrainedGraph {
  readonly id: string;
  readonly rev: number;
  readonly sha?: string;
}

/** Say what is done to the values of a column, in this order: missing, resize, grey, augment, normalise. */
export interface Transform {
  readonly normalise?: "minmax" | "none" | "scale" | "standard";
  readonly range?: readonly [number, number] | null;
  readonly missing?: "drop" | "fill" | "zero";
  readonly resize?: readonly [number, number] | null;
  readonly grey?: boolean;
  readonly vocabulary?: number;
  readonly length?: number;
  readonly augment?: Augment | null;
}

/** What a version says of one input. */
export interface Tried {
  readonly source: "row" | "sent";
  readonly dataset: string;
  readonly part: string;
  readonly row: number;
  readonly rows: number;
  readonly cells: Readonly<Record<string, string | number | DatasetPicture | null>>;
  readonly outputs: readonly TriedOutput[];
  readonly saliency: readonly Saliency[];
  readonly layers: Readonly<Record<string, NodePreview>>;
  readonly notes: readonly string[];
  readonly took_ms: number;
}

/** What an output says of one input. */
export interface TriedOutput {
  readonly output: string;
  readonly task: "classification" | "multi_label" | "reconstruction" | "regression" | "segmentation";
  readonly label: string | null;
  readonly scores: readonly TestScore[];
  readonly values: readonly (number | null)[];
  readonly truth: string | null;
  readonly loss: number | null;
  readonly picture: DatasetPicture | null;
  readonly target: DatasetPicture | null;
}

/** An input to be tried: one of `row`, `image`, `values` and `inputs`. */
export interface TryPost {
  readonly row?: SampleRow | null;
  readonly image?: string | null;
  readonly values?: Readonly<Record<string, unknown>> | null;
  readonly inputs?: readonly unknown[] | null;
  readonly invert?: boolean;
  readonly saliency?: "gradient" | "none" | "occlusion";
  readonly output?: string | null;
  readonly class?: string | null;
  readonly layers?: readonly string[];
}

/** A value and how many runs have it. */
export interface ValueCount {
  readonly value: unknown;
  readonly n: number;
}

/** A cell as Agnez' clients send it. */
export interface ValuePost {
  readonly name?: string;
  readonly type?: "html" | "img";
  readonly value?: string | readonly unknown[] | null;
  readonly pos?: number;
  readonly description?: string;
}

/** A cell in the shape of Agnez. */
export interface ValueRow {
  readonly _id: string;
  readonly name?: string;
  readonly type?: string;
  readonly value?: unknown;
  readonly pos?: number;
  readonly description?: string;
}

/** The values of a column: `distinct` of them among `present` runs; `min` and `max` are over its finite numbers. */
export interface Values {
  readonly column: string;
  readonly values: readonly ValueCount[];
  readonly distinct: number;
  readonly present: number;
  readonly missing: number;
  readonly numbers: number;
  readonly min: number | null;
  readonly max: number | null;
}

/** Versions of the server and what it stands on; `store` tells its store from others, wherever it answers. */
export interface Version {
  readonly version: string;
  readonly api: number;
  readonly python: string;
  readonly store: string;
}

/** What is to be said of a version. */
export interface VersionPatch {
  readonly note: string;
}

/** A version to be registered. */
export interface VersionPost {
  readonly job?: JobSource | null;
  readonly run?: RunSource | null;
  readonly files?: Readonly<Record<string, string>> | null;
  readonly format?: "file" | "keras" | "mlp" | "onnx" | "torch" | null;
  readonly lineage?: Lineage | null;
  readonly signature?: Signature | null;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly note?: string;
  readonly aliases?: readonly string[];
}

/** The newest outcome of a test of a version; figures are named as gates and leaderboards name them. */
export interface VersionTest {
  readonly test: string;
  readonly kind: "latency" | "robustness" | "test";
  readonly version: number;
  readonly us: number;
  readonly figures: Readonly<Record<string, number | null>>;
  readonly report: TestReport;
}

/** The tests of a version, newest first, and those that are being made: ask again while there are any. */
export interface VersionTests {
  readonly tests: readonly VersionTest[];
  readonly running: readonly RunningTest[];
}

/** Fields of a view to replace. */
export interface ViewPatch {
  readonly name?: string;
  readonly page?: string;
  readonly search?: string;
}

/** A view to be saved; `search` is the query string of the page. */
export interface ViewPost {
  readonly project: string;
  readonly name: string;
  readonly page?: string;
  readonly search?: string;
}

/** A saved view: a name for the address of a page; `/p/PROJECT?view=ID` opens it. */
export interface ViewRow {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly page: string;
  readonly search: string;
  readonly rev: number;
  readonly created: number;
  readonly updated: number;
}

/** The views of a project, by name. */
export interface Views {
  readonly views: readonly ViewRow[];
  readonly cursor: string;
}

/** What a run watched, by variable; none when it watched no model. */
export interface WatchedRun {
  readonly run: string;
  readonly name: string;
  readonly project: string;
  readonly variables: readonly WatchedVariable[];
  readonly cursor: string;
}

/** The last histogram of one variable of a model. */
export interface WatchedVariable {
  readonly key: string;
  readonly model: string;
  readonly what: "activations" | "gradients" | "weights";
  readonly path: string;
  readonly node: string;
  readonly step: number;
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/** One worker process: the pool it serves, what it takes, what it did. */
export interface WorkerRow {
  readonly pool: string;
  readonly pid: number;
  readonly memory_bytes: number;
  readonly calls: number;
  readonly is_busy: boolean;
}

/** What runs beside the server, and what may. */
export interface WorkersState {
  readonly allow_code: boolean;
  readonly why_not: string;
  readonly frameworks: Readonly<Record<string, string>>;
  readonly workers: readonly WorkerRow[];
}
