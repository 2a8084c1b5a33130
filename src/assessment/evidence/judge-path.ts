import type { FileVersion } from "./contents.ts";
import { type Finding, found, type Item, type Scene, type Since } from "./finding.ts";
import { judgeContent } from "./judge-content.ts";
import { type Step, stepAsRecorded, traceOf } from "./trace.ts";

export interface JudgedPath {
  readonly asRecorded: Finding;
  readonly now: Finding;
  /** The file that it is now; null where there is none. */
  readonly file: FileVersion | null;
  /** The version that it was judged by as recorded. */
  readonly recorded: FileVersion | null;
  readonly notes: readonly string[];
}

/** How a file that a phase was to make, change or remove stands, as recorded and now. */
export async function judgePath(scene: Scene, item: Item): Promise<JudgedPath> {
  const { timeline, tree } = scene;
  const steps = traceOf(timeline, item.path);
  const at = tree.entries.get(item.path) ?? tree.entries.get(steps.at(-1)?.path ?? "");
  const file = at ?? null;
  const notes = notesOn(scene, item.path, steps, file);
  const crossing = tree.crossing(item.path);
  if (crossing && (crossing.path !== item.path || crossing.mode === "160000")) {
    const what = crossing.mode === "160000" ? "a repository of its own" : "a symbolic link";
    const why = `${crossing.path} is ${what}: what is behind it is not in this history`;
    return same(found("unjudged", why), null, notes);
  }
  const { window } = item;
  if (!window) return same(withoutBeginning(scene, item, file), file, notes);
  const since = sinceOf(scene, item.path, steps, window.from);
  if (item.change === "delete") return { ...judgeRemoval(item, since, file), file, recorded: null, notes };
  const step = stepAsRecorded(since.steps, window);
  const asRecorded = await judgeStep(scene, item, since, step, file, steps);
  const now = await judgeNow(scene, item, since, { step, asRecorded, file, steps });
  return { asRecorded, now, file, recorded: step && step.kind !== "deleted" ? step : null, notes };
}

const same = (finding: Finding, file: FileVersion | null, notes: readonly string[]): JudgedPath => ({
  asRecorded: finding,
  now: finding,
  file,
  recorded: null,
  notes,
});

function withoutBeginning(scene: Scene, item: Item, file: FileVersion | null): Finding {
  if (file) return found("unjudged", "it is there, and the record does not say when the phase began");
  return item.change === "delete"
    ? found("unjudged", "it is not there, and the record does not say when the phase began")
    : absence(scene, item.path, false);
}

function sinceOf({ timeline, tree }: Scene, path: string, steps: readonly Step[], from: number): Since {
  const boundary = timeline.boundarySeconds;
  const isHiddenBefore = boundary !== null && boundary > from;
  const last = steps.findLast(({ by }) => by.seconds < from);
  const isElsewhere = last !== undefined && last.kind !== "deleted" && last.path !== path;
  const after = steps.filter(({ by, kind }) => by.seconds >= from && !(by.isBoundary && kind === "added"));
  // What had been moved away before is another file's history, until something stands at the path again.
  const again = after.findIndex((step) => step.kind === "added" && step.path === path);
  const visible = isElsewhere ? after.slice(again === -1 ? after.length : again) : after;
  const isAtBoundary = steps.some(({ by, kind }) => by.seconds >= from && by.isBoundary && kind === "added");
  const first = visible[0];
  const isNew = first?.kind === "added" && !isAtBoundary;
  const isKnown = steps.some(({ by }) => by.seconds < from) || tree.entries.has(steps.at(-1)?.path ?? "");
  return {
    steps: visible,
    isNew,
    isElsewhere,
    before: first && !isNew && /[1-9a-f]/.test(first.oldBlob) ? first.oldBlob : null,
    isCutOff: isHiddenBefore && (isAtBoundary || !isKnown),
  };
}

function judgeRemoval(
  item: Item,
  since: Since,
  file: FileVersion | null,
): Pick<JudgedPath, "asRecorded" | "now"> {
  const last = since.steps.at(-1);
  const isThere = file !== null && file.path === item.path;
  const gone = since.steps.findLast(({ kind }) => kind === "deleted" || kind === "moved");
  const now = isThere
    ? found(
        "denied",
        "it was to go and is still there",
        last ? "named-missing" : "untouched-edit",
        last?.by ?? null,
      )
    : gone
      ? found("ok", `removed in ${gone.by.name}`, "created", gone.by)
      : since.isCutOff
        ? found("unjudged", "it is not there, and the history of this clone begins after the phase did")
        : found("denied", "it was to go, and was not there when the phase began either", "untouched-edit");
  const step = item.window ? stepAsRecorded(since.steps, item.window) : undefined;
  if (!step || step === last) return { asRecorded: now, now };
  const isGone = step.kind === "deleted" || step.kind === "moved";
  const asRecorded = isGone
    ? found("ok", `removed in ${step.by.name}`, "created", step.by)
    : found("denied", "it was to go and was still there", "named-missing", step.by);
  return { asRecorded, now };
}

/** As the record has it: by one step, or by none where nothing happened since the phase began. */
async function judgeStep(
  scene: Scene,
  item: Item,
  since: Since,
  step: Step | undefined,
  file: FileVersion | null,
  steps: readonly Step[],
): Promise<Finding> {
  if (step && step.kind !== "deleted")
    return since.isCutOff && !since.isNew && item.required.length === 0
      ? cutOff
      : judgeContent(scene, item, since, step, step.by);
  if (step) return found("denied", `it was removed in ${step.by.name}`, "absent", step.by);
  if (since.isCutOff) return cutOff;
  return judgeUnchanged(scene, item, since, file, steps);
}

const cutOff = found("unjudged", "the history of this clone begins after the phase did");

interface Known {
  readonly step: Step | undefined;
  readonly asRecorded: Finding;
  readonly file: FileVersion | null;
  readonly steps: readonly Step[];
}

async function judgeNow(scene: Scene, item: Item, since: Since, known: Known): Promise<Finding> {
  const { step, asRecorded, file, steps } = known;
  const last = since.steps.at(-1);
  if (!last && file) return since.isCutOff ? cutOff : judgeUnchanged(scene, item, since, file, steps);
  if (!file || !last) {
    const lastVersion = since.steps.findLast(({ kind }) => kind !== "deleted");
    if (last?.kind === "deleted" && last !== step && lastVersion) {
      const was = await judgeContent(scene, item, since, lastVersion, lastVersion.by);
      if (was.state === "ok" || was.state === "touched")
        return { ...was, why: `${was.why}; it was removed in ${last.by.name}` };
    }
    const gone = absence(scene, item.path, since.isCutOff);
    if (last?.kind === "deleted") return { ...gone, why: `it was removed in ${last.by.name}`, by: last.by };
    if (last) return { ...gone, why: `it came with ${last.by.name}, and a merge left it out` };
    return gone;
  }
  if (since.isCutOff && !since.isNew && item.required.length === 0) return cutOff;
  const now = await judgeContent(scene, item, since, file, last.by);
  if (now.state === asRecorded.state && asRecorded.by)
    // The very same, wherever it can be: there may be hundreds of thousands of them.
    return now.basis === asRecorded.basis ? asRecorded : { ...now, why: asRecorded.why, by: asRecorded.by };
  // What made it so: the first version after the recorded one that is as it is now.
  for (const later of since.steps.slice(step ? since.steps.indexOf(step) + 1 : 0).slice(0, mostVersions)) {
    if (later.kind === "deleted") continue;
    const version = await judgeContent(scene, item, since, later, later.by);
    if (version.state === now.state) return { ...now, why: version.why, by: later.by };
  }
  return now;
}

const mostVersions = 30;

async function judgeUnchanged(
  scene: Scene,
  item: Item,
  since: Since,
  file: FileVersion | null,
  steps: readonly Step[],
): Promise<Finding> {
  if (!file) return absence(scene, item.path, false);
  const untouched = await judgeUntouched(scene, item, file, steps);
  return since.isElsewhere && untouched.state === "denied"
    ? { ...absence(scene, item.path, false), why: `it had been moved to ${file.path} before the phase began` }
    : untouched;
}

/** A file that nothing happened to since the phase began. */
async function judgeUntouched(
  scene: Scene,
  item: Item,
  file: FileVersion,
  steps: readonly Step[],
): Promise<Finding> {
  const untouched = found("denied", "it is as it was before the phase began", "untouched-edit");
  const brought = steps.findLast(({ kind }) => kind !== "deleted");
  const { window } = item;
  if (!brought || !window) return untouched;
  const earlier = scene.prior.find(item.phase, item.path, brought.by.seconds, window.from);
  if (earlier === null) return untouched;
  const facts = await scene.contents.facts(file);
  if (!facts) return found("unjudged", "this repository does not hold its content");
  if (facts.hollow !== null) return found("denied", `it is no work: ${facts.hollow}`, "hollow", brought.by);
  const why = `untouched since the phase began, and brought by ${earlier}, which is the same work, in ${brought.by.name}`;
  return found("prior", why, null, brought.by);
}

function absence({ ignored }: Scene, path: string, isCutOff: boolean): Finding {
  if (ignored.has(path)) return found("denied", "it is not there; git ignores its path", "absent-ignored");
  if (isCutOff)
    return found(
      "denied",
      "it is not there; the history of this clone begins after the phase did",
      "absent-shallow",
    );
  return found("denied", "it is not there", "absent");
}

function notesOn({ tree }: Scene, path: string, steps: readonly Step[], file: FileVersion | null): string[] {
  const notes: string[] = [];
  if (!file) {
    const [lookalike, copy] = [tree.lookalike(path), tree.copyOf(path)];
    if (lookalike !== null) notes.push(`${lookalike} is there, which is written otherwise`);
    if (copy !== null) notes.push(`${copy} is there, which is a copy`);
  } else if (file.path !== path) notes.push(`moved to ${file.path}`);
  const misdated = steps.find(({ by }) => by.isMisdated);
  if (misdated)
    notes.push(`${misdated.by.name} is dated before its parents; it is taken for no older than they are`);
  return notes;
}
