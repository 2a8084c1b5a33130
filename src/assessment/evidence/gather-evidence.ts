import type { DeliverableEvidence, Judgement, PhaseEvidence } from "../../domain/assessment.ts";
import { isPlainPath, isTestPath } from "../../domain/paths.ts";
import type { PhaseRecord } from "../../domain/record.ts";
import { findHeld, type ReadableRepository, readTree } from "../../platform/history.ts";
import { findIgnored } from "../../platform/ignored.ts";
import type { Files } from "../../platform/ports.ts";
import { type Attributions, createAttributions } from "./attribution.ts";
import { type Contents, createContents, type FileVersion } from "./contents.ts";
import type { Finding, Scene } from "./finding.ts";
import { judgeFolder } from "./judge-folder.ts";
import { judgePath } from "./judge-path.ts";
import { stemOf } from "./named.ts";
import { testsAmong } from "./own-tests.ts";
import {
  type PlannedEntry,
  type PlannedPhase,
  planEvidence,
  soughtOf,
  watchedOf,
  windowOf,
} from "./plan-evidence.ts";
import { createPriorWork, targetsOf } from "./prior.ts";
import { runOwnTests, type TestRuns } from "./run-own-tests.ts";
import { findStandIns } from "./stand-ins.ts";
import { readTimeline, type Timeline } from "./timeline.ts";
import { createTree, type Tree } from "./tree.ts";
import { isCode, readUsage } from "./usage.ts";

export interface EvidenceSource extends ReadableRepository {
  readonly files: Pick<Files, "write">;
  /** An existing folder for temporary files. */
  readonly scratch: string;
}

export interface EvidenceOptions {
  readonly limits: {
    /** Of a larger file only that it is there. */
    readonly fileBytes: number;
    /** With more code than this in the tree, nothing is looked for that uses the deliverables. */
    readonly treeBytes: number;
    /** Changes kept of folders and globs. */
    readonly events: number;
  };
  /** Left out: no test is run. */
  readonly tests?: TestRuns;
}

/**
 * What git shows of the deliverables of `phases`, as recorded and at `commit`: one pass over the history, one look at the
 * tree, and of files only those that are needed. The same input gives the same evidence.
 *
 * @throws AppError `git-failed` where git cannot read the history or the tree.
 */
export async function gatherEvidence(
  source: EvidenceSource,
  commit: string,
  phases: readonly PhaseRecord[],
  { limits, tests }: EvidenceOptions,
): Promise<PhaseEvidence[]> {
  const tree = await createTree(readTree(source, commit));
  const planned = planEvidence(phases, tree);
  const timeline = await readTimeline(source, commit, watchedOf(planned), limits.events);
  const held = timeline.isPartial ? await findHeld(source, blobsOf(timeline, tree)) : null;
  const contents = createContents(source, held, limits.fileBytes);
  const ignores = tree.ignores.filter(({ blob }) => held === null || held.has(blob));
  const scene: Scene = {
    timeline,
    tree,
    contents,
    usage: await readUsage(tree.entries.values(), contents, soughtOf(planned), limits.treeBytes),
    prior: createPriorWork(phases),
    ignored: await findIgnored(source, ignores, absentPaths(planned, tree), source.scratch),
  };

  const attributions = createAttributions();
  const drafts: (readonly Draft[])[] = [];
  // What is done with is let go at once: there may be hundreds of thousands.
  const left = planned.reverse();
  for (let one = left.pop(); one; one = left.pop()) drafts.push(await judgePhase(scene, one, attributions));
  const evidence = phases.map((phase, index): PhaseEvidence => {
    const window = windowOf(phase);
    const deliverables = (drafts[index] ?? none).map((draft): DeliverableEvidence => {
      const { asRecorded: then, now, ...rest } = draft;
      const judged = (finding: Finding) => judgementOf(finding, attributions, { phase, window });
      const asRecorded = judged(then);
      return { ...rest, asRecorded, now: now === then ? asRecorded : judged(now) };
    });
    drafts[index] = none;
    const { runId, phaseId } = phase;
    return { runId, phaseId, deliverables, ownTestsPass: null, testsFirstPassAt: null };
  });
  return tests ? runOwnTests(evidence, phases, { commit, timeline, tests }) : evidence;
}

async function judgePhase(scene: Scene, planned: PlannedPhase, attributions: Attributions): Promise<Draft[]> {
  const targets = targetsOf(planned.phase);
  const judged: Draft[] = [];
  for (const entry of planned.entries) {
    const draft = await judgeEntry(scene, planned, entry);
    for (const { state, by } of new Set([draft.asRecorded, draft.now]))
      if (by && (state === "ok" || state === "touched")) attributions.note(by, targets);
    judged.push(draft);
  }
  return judged;
}

type Draft = Omit<DeliverableEvidence, "asRecorded" | "now"> & {
  readonly asRecorded: Finding;
  readonly now: Finding;
};

const none: readonly never[] = [];

async function judgeEntry(
  scene: Scene,
  planned: PlannedPhase,
  { expectation, item, wide }: PlannedEntry,
): Promise<Draft> {
  const { entry } = expectation;
  const empty = {
    entry,
    path: null,
    renamedTo: null,
    wiredIn: null,
    standIns: none,
    tests: none,
    notes: none,
  };
  if (!item) return { ...empty, asRecorded: proseOnly, now: proseOnly };
  if (wide) return { ...empty, path: wide.name, ...(await judgeFolder(scene, item, wide)) };
  const { asRecorded, now, file, notes } = await judgePath(scene, item);
  const { path } = item;
  const identifiers = [...item.required, ...item.support.identifiers].filter((name) => /^[\w$]+$/.test(name));
  const isRead = file !== null && now.state !== "unjudged" && isCode(path);
  return {
    entry,
    path,
    asRecorded,
    now,
    renamedTo: file && file.path !== path ? file.path : null,
    wiredIn: file ? scene.usage.isUsed(file.path, identifiers) : null,
    standIns: isRead ? await standInsOf(scene.contents, file, identifiers) : none,
    tests: await listTests(scene, planned, path),
    notes: notes.length === 0 ? none : notes,
  };
}

const proseOnly: Finding = {
  state: "unjudged",
  why: "it names nothing that could be looked at",
  basis: null,
  by: null,
};

function judgementOf(
  { state, why, basis, by }: Finding,
  attributions: Attributions,
  { phase, window }: Pick<PlannedPhase, "phase" | "window">,
): Judgement {
  return {
    state,
    why,
    basis,
    attribution: by && window ? attributions.of(by, phase, window) : null,
    commit: by?.commit ?? null,
    at: by?.at ?? null,
  };
}

async function standInsOf(
  contents: Contents,
  file: FileVersion,
  identifiers: readonly string[],
): Promise<DeliverableEvidence["standIns"]> {
  const held: string[] = [];
  for (const name of identifiers) if (await contents.holds(file, name)) held.push(name);
  const content = held.length === 0 ? null : await contents.text(file);
  return content ? findStandIns(content.text, held) : none;
}

/** Tests of a deliverable that are there: those that the phase delivers, and those that came while it ran. */
async function listTests(
  { tree, contents, timeline }: Pick<Scene, "tree" | "contents" | "timeline">,
  { entries, window }: PlannedPhase,
  path: string,
): Promise<DeliverableEvidence["tests"]> {
  const delivered = entries.flatMap(({ item, wide }) => (item && !wide ? item.path : []));
  const made = isTestPath(path) ? [] : testsOfWindow(timeline, path, window);
  const paths = new Set([...testsAmong(delivered, path), ...made]);
  const found: DeliverableEvidence["tests"][number][] = [];
  for (const test of [...paths].sort()) {
    const file = tree.entries.get(test);
    const facts = file ? await contents.facts(file) : null;
    if (facts) found.push({ path: test, asserts: facts.asserts, outcome: "not-run" });
  }
  return found.length === 0 ? none : found;
}

function testsOfWindow(timeline: Timeline, path: string, window: PlannedPhase["window"]): string[] {
  const to = window?.to;
  if (!window || to === undefined || to === null) return [];
  return timeline
    .testsOf(stemOf(path))
    .filter(({ by }) => by.seconds >= window.from && by.seconds <= to)
    .map((test) => test.path);
}

function absentPaths(planned: readonly PlannedPhase[], tree: Tree): string[] {
  const paths = planned.flatMap(({ entries }) =>
    entries.flatMap(({ item, wide }) => (item && !wide ? item.path : [])),
  );
  const isAbsent = (path: string) => !tree.entries.has(path) && tree.crossing(path) === null;
  // Git takes it for a mistake when it is asked about what is no path of a repository; a record may hold anything.
  return [...new Set(paths)].filter((path) => isAbsent(path) && isPlainPath(path)).sort();
}

function blobsOf(timeline: Timeline, tree: Tree): Set<string> {
  const blobs = new Set(timeline.blobs());
  for (const { blob } of tree.entries.values()) blobs.add(blob);
  for (const { blob } of tree.ignores) blobs.add(blob);
  return blobs;
}
