import { join } from "node:path";
import type { Attribution, DeliverableState, StrengthBasis } from "../../src/domain/assessment.ts";
import { expectationOf } from "../../src/domain/expectations.ts";
import type { Expectation, PhaseRecord, RunRecord } from "../../src/domain/record.ts";
import { parseScopeEntry } from "../../src/domain/scope-entry.ts";
import { type WrittenCommit, writeHistory } from "./fast-import.ts";
import { phaseRecord, runRecord } from "./made-records.ts";

/** Noon of a day of January 2026. */
const day = (of: number): string => `2026-01-${String(of).padStart(2, "0")}T12:00:00.000Z`;
const time = (at: string) => ({ at, certain: true });

const tests = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, at) => `def test_${at + from}():\n    assert f(${at}) == ${at}\n`).join(
    "\n",
  );
const work = (name: string): string =>
  `def ${name}(x):\n    return x * 2\n\n\ndef ${name}_twice(x):\n    return ${name}(${name}(x))\n`;
const submodule = "5".repeat(40);

/** A history with every state of a deliverable and every trap, each in a file of its own. */
const commits: readonly WrittenCommit[] = [
  {
    name: "start",
    at: day(1),
    files: {
      ".gitignore": "build/\n",
      "README.md": "# Search\n\nFinds things.\n",
      "src/old.py": work("old"),
      "src/edited.py": work("edited"),
      "src/settings.py": work("settings"),
      "src/touched.py": work("touched"),
      "src/reverted.py": work("reverted"),
      "src/legacy.py": work("legacy"),
      "src/doomed.py": work("doomed"),
      "src/mode.py": work("mode"),
      "docs/Guide.md": "# Guide\n\nHow to search.\n",
      "requirements.txt": "httpx\n",
    },
  },
  { name: "earlier", at: day(4), files: { "src/prior.py": work("prior") } },
  {
    name: "work",
    at: day(11),
    files: {
      "src/search.py": `class SearchIndex:\n    def find(self, word):\n        # TODO: rank\n        return None\n\n\n${work("search")}`,
      "src/unused.py": `class UnusedIndex:\n    def find(self, word):\n        return [word]\n`,
    },
  },
  {
    name: "hollow",
    at: day(11),
    files: {
      "src/hollow.py": "",
      "src/comments.py": "# to come\n# soon\n",
      "src/stub.py": "def stub(x):\n    raise NotImplementedError\n",
      "src/filled.py": "pass\n",
    },
  },
  {
    name: "edit",
    at: day(11),
    files: {
      "src/edited.py": `${work("edited")}\n\ndef refine_scope(x):\n    return [x]\n`,
      "src/settings.py": `${work("settings")}\nlimit = 3\n`,
      "src/touched.py": `${work("touched")}\nlimit = 3\n`,
      "src/mode.py": { executable: work("mode") },
      "src/reverted.py": `${work("reverted")}\nlimit = 3\n`,
      "requirements.txt": "httpx\npytest-json-report\n",
    },
  },
  {
    name: "moved",
    at: day(11),
    files: {
      "src/renamed.py": work("renamed"),
      "src/inexact.py": work("inexact"),
      "src/shelved.py": work("shelved"),
      "src/removed.py": work("removed"),
    },
  },
  {
    name: "odd",
    at: day(11),
    files: {
      "src/copied.py.bak": work("copied"),
      "src/link.py": { link: "old.py" },
      linked: { link: "src" },
      "vendor/lib": { commit: submodule },
    },
  },
  {
    name: "deletion",
    at: day(11),
    files: {
      "src/doomed.py": null,
    },
  },
  {
    name: "more-work",
    at: day(11),
    files: {
      "docs/report.md": "# Report\n\nAll of it is done.\n",
      "tests/test_search.py": `from src.search import SearchIndex\n\n\n${tests(3)}`,
      "tests/test_silent.py": "def test_nothing():\n    print('x')\n",
    },
  },
  {
    name: "many",
    at: day(11),
    files: {
      "tests/many/test_a.py": tests(8),
      "tests/many/test_b.py": tests(4),
      "tests/few/test_a.py": tests(3),
      "src/plugins/one.plugin.py": work("one_plugin"),
      "src/plugins/two.plugin.py": work("two_plugin"),
    },
  },
  { name: "side", at: day(11), parents: ["earlier"], files: { "src/side.py": work("side") } },
  {
    name: "thrown-away",
    at: day(11),
    parents: ["earlier"],
    files: { "src/discarded.py": work("discarded") },
  },
  {
    name: "merge",
    at: day(12),
    parents: ["many", "side"],
    files: { "src/side.py": work("side"), "src/evil.py": work("evil") },
  },
  // As `git merge -s ours` does: what came of the other side is not taken.
  { name: "ours", at: day(13), parents: ["merge", "thrown-away"], files: {} },
  {
    name: "move",
    at: day(15),
    files: {
      "src/core/renamed.py": { from: "src/renamed.py" },
      "src/inexact.py": null,
      "src/core/inexact.py": `${work("inexact")}limit = 3\n`,
      "src/shelved.py.bak": { from: "src/shelved.py" },
    },
  },
  { name: "edit-moved", at: day(15), files: { "src/core/renamed.py": `${work("renamed")}\nlimit = 3\n` } },
  { name: "remove", at: day(16), files: { "src/removed.py": null, "src/reverted.py": work("reverted") } },
  {
    name: "use",
    at: day(17),
    files: { "src/app.py": "from src.search import SearchIndex\n\nindex = SearchIndex()\n" },
  },
  { name: "later", at: day(20), files: { "src/later.py": work("later") } },
  { name: "fill", at: day(20), files: { "src/filled.py": work("filled") } },
  { name: "shared", at: day(21), files: { "src/first.py": work("first"), "src/second.py": work("second") } },
  {
    name: "delivered",
    at: day(25),
    message: "Deliver\n\nAutopack-Run: native\nAutopack-Phase: trailer\nAutopack-Attempt: 1\n",
    files: { "src/native.py": work("native") },
  },
  // Its clock stood before that of its parents.
  { name: "misdated", at: day(2), files: { "src/misdated.py": work("misdated") } },
  { name: "end", at: day(28), files: { "src/end.py": work("end") } },
];

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
        says: /src\/core\/renamed\.py/,
      },
      { entry: "src/inexact.py", now: "ok", basis: "created", says: /src\/core\/inexact\.py/ },
      { entry: "src/shelved.py", now: "ok", basis: "created", says: /removed/ },
      { entry: "src/removed.py", now: "ok", basis: "created", says: /removed/ },
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
  const hashes = writeHistory(root, commits);
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
