import { join } from "node:path";
import type { Attribution, DeliverableState, StrengthBasis } from "../../src/domain/assessment.ts";
import { expectationOf } from "../../src/domain/expectations.ts";
import type { Expectation, PhaseRecord, RunRecord } from "../../src/domain/record.ts";
import { parseScopeEntry } from "../../src/domain/scope-entry.ts";
import { assessedHistory, day } from "./assessed-history.ts";
import { writeHistory } from "./fast-import.ts";
import { phaseRecord, runRecord } from "./made-records.ts";

const time = (at: string) => ({ at, certain: true });

/** How one entry has to be judged: `state` now, `asRecorded` as recorded where that is another. */
export interface ExpectedDeliverable {
  readonly entry: string;
  readonly now: DeliverableState;
  readonly asRecorded: DeliverableState;
  readonly basis?: StrengthBasis;
  readonly attribution?: Attribution;
  /** In a note or in the sentence that says why. */
  readonly says?: RegExp;
}

interface Case extends Partial<PhaseRecord> {
  readonly run: string;
  readonly phase: string;
  readonly days?: readonly [number, number];
  readonly deliverables: readonly (Omit<ExpectedDeliverable, "asRecorded"> & {
    readonly asRecorded?: DeliverableState;
  })[];
}

/** One phase each, in the order of `phases`; its window is the 10th to the 14th of January where no days are said. */
export const assessedCases: readonly Case[] = [
  {
    run: "alpha",
    phase: "created",
    deliverables: [
      {
        entry: "src/search.py with SearchIndex class",
        now: "ok",
        basis: "symbol-reachable",
        attribution: "own",
      },
      { entry: "src/unused.py with UnusedIndex class", now: "ok", basis: "symbol-unreachable" },
      { entry: "tests/test_search.py", now: "ok", basis: "created" },
      { entry: "docs/report.md", now: "ok", basis: "document" },
    ],
  },
  {
    run: "alpha",
    phase: "edited",
    deliverables: [
      {
        entry: "src/edited.py modifications with function refine_scope",
        now: "ok",
        says: /holds refine_scope/,
      },
      { entry: "requirements.txt updated with pytest-json-report", now: "ok" },
      {
        entry: "src/settings.py (updated) with ScopeRefiner class",
        now: "denied",
        basis: "named-missing",
        says: /lacks ScopeRefiner/,
      },
      { entry: "src/touched.py modifications", now: "touched", attribution: "own" },
      { entry: "src/old.py modifications", now: "denied", basis: "untouched-edit" },
      { entry: "src/mode.py modifications", now: "denied", basis: "untouched-edit" },
      { entry: "src/old.py", now: "denied", basis: "untouched-edit" },
      {
        entry: "src/reverted.py modifications",
        now: "denied",
        asRecorded: "touched",
        says: /again as it was/,
      },
    ],
  },
  {
    run: "alpha",
    phase: "hinted",
    description: "Let `rank_results` use `unhinted_twice`",
    deliverables: [
      { entry: "src/hinted.py", now: "ok", basis: "symbol-unreachable", says: /holds rank_results since/ },
      { entry: "src/unhinted.py", now: "touched" },
      { entry: "src/mode-first.py", now: "touched", attribution: "later" },
    ],
  },
  {
    run: "alpha",
    phase: "only",
    description: "Let `rank_results` use `only_twice`",
    deliverables: [
      { entry: "src/only.py", now: "touched" },
      { entry: "README.md", now: "denied", basis: "untouched-edit" },
    ],
  },
  {
    run: "alpha",
    phase: "only-lacking",
    description: "Add `rank_results`",
    deliverables: [
      { entry: "src/only.py", now: "denied", basis: "named-missing", says: /lacks rank_results/ },
    ],
  },
  {
    run: "alpha",
    phase: "hollow",
    deliverables: [
      { entry: "src/hollow.py", now: "denied", basis: "hollow", says: /empty/ },
      { entry: "src/comments.py", now: "denied", basis: "hollow", says: /only comments/ },
      { entry: "src/stub.py", now: "denied", basis: "hollow", says: /placeholder/ },
      { entry: "src/filled.py", now: "ok", asRecorded: "denied", basis: "created", attribution: "later" },
      { entry: "src/link.py", now: "denied", basis: "hollow", says: /symbolic link/ },
    ],
  },
  {
    run: "alpha",
    phase: "absent",
    deliverables: [
      { entry: "src/absent.py", now: "denied", basis: "absent" },
      { entry: "build/out.js", now: "denied", basis: "absent-ignored" },
      { entry: "src/copied.py", now: "denied", basis: "absent", says: /copied\.py\.bak/ },
      {
        entry: "src/wandered.py",
        now: "denied",
        basis: "absent",
        says: /moved to src\/core\/wandered\.py before/,
      },
      { entry: "docs/guide.md", now: "denied", basis: "absent", says: /docs\/Guide\.md/ },
      { entry: "src/discarded.py", now: "denied", asRecorded: "ok", basis: "absent", says: /merge/ },
    ],
  },
  {
    run: "alpha",
    phase: "moved",
    deliverables: [
      {
        entry: "src/renamed.py",
        now: "ok",
        basis: "created",
        attribution: "own",
        says: /src\/lib\/renamed\.py/,
      },
      { entry: "src/inexact.py", now: "ok", basis: "created", says: /src\/core\/inexact\.py/ },
      { entry: "src/shelved.py", now: "ok", basis: "created", says: /removed/ },
      { entry: "src/removed.py", now: "ok", basis: "created", says: /removed/ },
      { entry: "src/here-again.py", now: "ok", basis: "created" },
      { entry: "src/brief.py", now: "denied", basis: "absent", says: /removed/ },
      { entry: "src/side.py", now: "ok", basis: "created" },
      { entry: "src/evil.py", now: "ok", basis: "created" },
    ],
  },
  {
    run: "alpha",
    phase: "deletions",
    expectations: ["src/doomed.py", "src/legacy.py", "src/never.py"].map((path) => ({
      entry: `delete ${path}`,
      target: { kind: "path", path },
      change: "delete",
      mustContain: [],
    })),
    deliverables: [
      { entry: "delete src/doomed.py", now: "ok", basis: "created", attribution: "own" },
      { entry: "delete src/legacy.py", now: "denied", basis: "untouched-edit", says: /still there/ },
      { entry: "delete src/never.py", now: "denied", basis: "untouched-edit" },
    ],
  },
  {
    run: "alpha",
    phase: "unjudged",
    deliverables: [
      { entry: "a better search for everybody", now: "unjudged" },
      { entry: "vendor/lib", now: "unjudged", says: /submodule|repository of its own/ },
      { entry: "vendor/old", now: "unjudged", says: /repository of its own/ },
      { entry: "vendor/lib/main.py", now: "unjudged", says: /repository of its own/ },
      { entry: "linked/old.py", now: "unjudged", says: /symbolic link/ },
    ],
  },
  {
    run: "alpha",
    phase: "many",
    deliverables: [
      { entry: "tests/many/ 10+ unit tests across all modules", now: "ok", basis: "created" },
      { entry: "tests/few/ 10+ unit tests", now: "denied", basis: "named-missing", says: /3 of 10/ },
      { entry: "tests/many/ at least 2 files", now: "ok" },
      { entry: "tests/gone/ 2+ tests", now: "ok", says: /removed since/ },
      { entry: "tests/none/ 3+ files", now: "denied", basis: "absent" },
      { entry: "src/plugins/*.plugin.py", now: "ok", basis: "created" },
      { entry: "src/plugins/*.other.py", now: "denied", basis: "absent" },
    ],
  },
  {
    run: "alpha",
    phase: "later",
    deliverables: [
      { entry: "src/later.py", now: "ok", basis: "created", attribution: "later" },
      { entry: "src/misdated.py", now: "ok", basis: "created", says: /dated before/ },
    ],
  },
  {
    run: "alpha",
    phase: "first",
    deliverables: [{ entry: "src/first.py", now: "ok", attribution: "shared" }],
  },
  {
    run: "alpha",
    phase: "second",
    deliverables: [{ entry: "src/second.py", now: "ok", attribution: "shared" }],
  },
  {
    run: "early",
    phase: "prior",
    days: [3, 5],
    recorded: "failed",
    deliverables: [{ entry: "src/prior.py", now: "ok", basis: "created", attribution: "own" }],
  },
  {
    run: "alpha",
    phase: "prior",
    deliverables: [{ entry: "src/prior.py", now: "prior", says: /early\/prior/ }],
  },
  {
    run: "early",
    phase: "queued",
    days: [3, 5],
    recorded: "not-started",
    deliverables: [{ entry: "src/unattempted.py", now: "ok" }],
  },
  {
    run: "alpha",
    phase: "after-queued",
    deliverables: [{ entry: "src/unattempted.py", now: "denied", basis: "untouched-edit" }],
  },
  {
    run: "early",
    phase: "large",
    days: [3, 5],
    deliverables: [
      { entry: "src/small.py", now: "ok" },
      { entry: "src/large-a.py", now: "denied" },
    ],
  },
  {
    run: "alpha",
    phase: "small",
    deliverables: [{ entry: "src/small.py", now: "denied", basis: "untouched-edit" }],
  },
  {
    run: "other",
    phase: "beside",
    days: [24, 27],
    deliverables: [{ entry: "src/native.py", now: "ok", attribution: "later" }],
  },
  {
    run: "native",
    phase: "again",
    days: [26, 27],
    deliverables: [{ entry: "src/native.py", now: "prior", says: /native\/trailer/ }],
  },
  {
    run: "native",
    phase: "trailer",
    days: [22, 23],
    deliverables: [{ entry: "src/native.py", now: "ok", attribution: "own" }],
  },
];

export interface AssessedRepository {
  readonly root: string;
  readonly gitDir: string;
  /** Hashes by the names of the commits. */
  readonly commits: Readonly<Record<string, string>>;
  readonly head: string;
  readonly runs: readonly RunRecord[];
  readonly phases: readonly PhaseRecord[];
  /** For each phase, in the order of `phases`. */
  readonly expected: readonly (readonly ExpectedDeliverable[])[];
}

const read = (entry: string): Expectation => {
  const expectation = expectationOf(parseScopeEntry(entry));
  if (!expectation) throw new Error(`${entry} is a list`);
  return expectation;
};

/** Writes the repository into `root`, and says what a record of it holds and how that must be judged. */
export function createAssessedRepository(root: string): AssessedRepository {
  const hashes = writeHistory(root, assessedHistory);
  const phases = assessedCases.map(
    ({ run, phase, days: [from, to] = [10, 14], deliverables, ...more }, ord) =>
      phaseRecord(phase, {
        runId: run,
        ord,
        beginning: time(day(from)),
        end: time(day(to)),
        expectations: deliverables.map(({ entry }) => read(entry)),
        ...more,
      }),
  );
  const runIds = [...new Set(assessedCases.map(({ run }) => run))];
  return {
    root,
    gitDir: join(root, ".git"),
    commits: hashes,
    head: hashes["end"] ?? "",
    runs: runIds.map((run) =>
      runRecord(
        run,
        phases.filter(({ runId }) => runId === run),
      ),
    ),
    phases,
    expected: assessedCases.map(({ deliverables }) =>
      deliverables.map((one) => ({ asRecorded: one.now, ...one })),
    ),
  };
}
