import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AssessedRepository,
  assessedCases,
  createAssessedRepository,
} from "../../../test/harness/assessed-repository.ts";
import { evidenceSource, evidenceLimits as limits } from "../../../test/harness/evidence-source.ts";
import { phaseRecord } from "../../../test/harness/made-records.ts";
import { git } from "../../../test/harness/temp.ts";
import type { PhaseEvidence } from "../../domain/assessment.ts";
import { gatherEvidence } from "./gather-evidence.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "autopack-evidence-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let repository: AssessedRepository;
let evidence: PhaseEvidence[];
beforeAll(async () => {
  repository = createAssessedRepository(join(root, "repo"));
  evidence = await gather(repository.gitDir);
});
const gather = (gitDir: string, at = repository.head) =>
  gatherEvidence(evidenceSource(gitDir, root), at, repository.phases, { limits });
const entryOf = (all: readonly PhaseEvidence[], phase: string, entry: string) => {
  const found = all
    .find(({ phaseId }) => phaseId === phase)
    ?.deliverables.find((one) => one.entry.startsWith(entry));
  if (!found) throw new Error(`nothing was found of ${phase}: ${entry}`);
  return found;
};

describe.each(assessedCases.map((one, index) => ({ ...one, index })))(
  "$run/$phase",
  ({ index, deliverables }) => {
    test.each(deliverables.map((expected, at) => ({ ...expected, at })))("$entry is $now", (expected) => {
      const found = evidence[index]?.deliverables[expected.at];
      if (!found) throw new Error("there is no such evidence");
      expect({
        entry: found.entry,
        now: found.now.state,
        asRecorded: found.asRecorded.state,
        why: found.now.why,
      }).toMatchObject({
        now: expected.now,
        asRecorded: expected.asRecorded ?? expected.now,
      });
      if (expected.basis) expect(found.now.basis).toBe(expected.basis);
      if (expected.attribution) expect(found.now.attribution).toBe(expected.attribution);
      if (expected.says)
        expect([found.now.why, ...found.notes, found.renamedTo].join("\n")).toMatch(expected.says);
    });
  },
);

test("what uses a deliverable, what stands in for work in it, and its tests are told", () => {
  expect(entryOf(evidence, "created", "src/search.py")).toMatchObject({
    wiredIn: true,
    standIns: [
      { line: 3, text: "# TODO: rank" },
      { line: 4, text: "return None" },
    ],
    tests: [{ path: "tests/test_search.py", asserts: true, outcome: "not-run" }],
  });
  expect(entryOf(evidence, "created", "src/unused.py")).toMatchObject({
    wiredIn: false,
    standIns: [],
    tests: [],
  });
  expect(entryOf(evidence, "created", "docs/report.md").wiredIn).toBeNull();
});

test("the commit, its time and the name that a file bears now are told", () => {
  const { now, asRecorded, renamedTo } = entryOf(evidence, "moved", "src/renamed.py");
  expect(renamedTo).toBe("src/lib/renamed.py");
  for (const judgement of [now, asRecorded])
    expect(judgement).toMatchObject({ commit: repository.commits["moved"], at: "2026-01-11T12:00:00.000Z" });
  expect(entryOf(evidence, "hollow", "src/filled.py").now.commit).toBe(repository.commits["fill"]);
});

test("the same input gives the same evidence, byte for byte", async () => {
  expect(JSON.stringify(await gather(repository.gitDir))).toBe(JSON.stringify(evidence));
});

test("the order of the phases changes nothing of what is found of each", async () => {
  const reversed = await gatherEvidence(
    evidenceSource(repository.gitDir, root),
    repository.head,
    repository.phases.toReversed(),
    { limits },
  );
  expect(reversed.toReversed()).toEqual(evidence);
});

describe("what is larger than a limit", () => {
  const limited = (more: Partial<typeof limits>) =>
    gatherEvidence(evidenceSource(repository.gitDir, root), repository.head, repository.phases, {
      limits: { ...limits, ...more },
    });

  test("is not looked into: what is named in it is unjudged, that it is there counts", async () => {
    const found = await limited({ fileBytes: 20 });
    expect(entryOf(found, "created", "src/search.py").now.state).toBe("unjudged");
    expect(entryOf(found, "created", "tests/test_search.py").now.state).toBe("ok");
  });

  test("is not looked through for uses", async () => {
    const { wiredIn, now } = entryOf(await limited({ treeBytes: 100 }), "created", "src/search.py");
    expect([wiredIn, now.basis]).toEqual([null, "symbol-unreachable"]);
  });

  test("is not kept of a folder, which is unjudged then; files are judged all the same", async () => {
    const found = await limited({ events: 5 });
    expect(entryOf(found, "many", "tests/many").now.state).toBe("unjudged");
    expect(entryOf(found, "later", "src/later.py").now.state).toBe("ok");
  });
});

test("whatever a record holds is judged, or left unjudged", async () => {
  const path = (name: string) => ({ kind: "path", path: name }) as const;
  const targets = [
    ...[
      "",
      ".",
      "..",
      "../x",
      "/etc/passwd",
      "a//b",
      "a\\b",
      "x\0y",
      "\ud800",
      "src",
      "src/",
      "-x",
      ":(top)x",
      "é.py",
    ].map(path),
    { kind: "directory", path: "", minCount: 3 },
    { kind: "directory", path: "../..", minCount: null },
    { kind: "glob", glob: "**" },
    { kind: "glob", glob: "{a,b}/**/[a-z]*.py" },
    { kind: "glob", glob: "*a".repeat(40) },
    { kind: "glob", glob: "[" },
    { kind: "glob", glob: "" },
  ] as const;
  const phase = phaseRecord("hostile", {
    description: "`".repeat(50_000),
    expectations: targets.map((target) => ({
      entry: "x".repeat(300),
      target,
      change: "any",
      mustContain: [],
    })),
    end: { at: "not a time", certain: false },
  });
  const [found] = await gatherEvidence(evidenceSource(repository.gitDir, root), repository.head, [phase], {
    limits,
  });
  expect(found?.deliverables).toHaveLength(targets.length);
});

test("a phase of which nobody knows when it began is judged by what is not there alone", async () => {
  const phases = repository.phases.map((phase) => ({ ...phase, beginning: null }));
  const found = await gatherEvidence(evidenceSource(repository.gitDir, root), repository.head, phases, {
    limits,
  });
  expect(entryOf(found, "created", "src/search.py").now.state).toBe("unjudged");
  expect(entryOf(found, "many", "tests/many").now.state).toBe("unjudged");
  expect(entryOf(found, "absent", "src/absent.py").now.state).toBe("denied");
  expect(entryOf(found, "deletions", "delete src/doomed.py").now.state).toBe("unjudged");
});

test("at an earlier revision, what came later is not there", async () => {
  const then = await gather(repository.gitDir, repository.commits["ours"]);
  expect(entryOf(then, "later", "src/later.py").now).toMatchObject({ state: "denied", basis: "absent" });
  expect(entryOf(then, "moved", "src/renamed.py")).toMatchObject({ renamedTo: null, now: { state: "ok" } });
});

test("nothing that a repository configures runs, or changes what is found", async () => {
  const gitDir = join(root, "configured.git");
  git(root, "clone", "--quiet", "--bare", repository.root, gitDir);
  const mark = join(root, "it-ran");
  const program = join(root, "program.sh");
  writeFileSync(program, `#!/bin/sh\ntouch '${mark}'\n`, { mode: 0o755 });
  for (const [name, value] of [
    ["log.showSignature", "true"],
    ["gpg.program", program],
    ["diff.external", program],
    ["diff.renames", "false"],
    ["diff.orderFile", join(root, "none")],
    ["diff.ignoreSubmodules", "all"],
    ["diff.relative", "true"],
    ["log.diffMerges", "off"],
    ["log.date", "relative"],
    ["color.ui", "always"],
    ["i18n.logOutputEncoding", "UTF-16"],
    ["core.fsmonitor", program],
    ["core.hooksPath", root],
    ["core.quotePath", "true"],
    ["trailer.separators", "#"],
  ])
    git(gitDir, "config", name ?? "", value ?? "");
  const args = ["cat-file", "commit", repository.head];
  const signed = git(gitDir, ...args).replace(
    "\n\n",
    "\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n -----END PGP SIGNATURE-----\n\n",
  );
  const head = execFileSync("git", ["hash-object", "-w", "-t", "commit", "--stdin"], {
    cwd: gitDir,
    input: signed,
  });
  expect(await gather(gitDir, head.toString().trim())).toEqual(evidence);
  expect(existsSync(mark)).toBe(false);
});

describe("a shallow clone, whose history begins when the phases had ended", () => {
  let shallow: PhaseEvidence[];
  beforeAll(async () => {
    const gitDir = join(root, "shallow.git");
    git(root, "clone", "--quiet", "--bare", "--depth=8", `file://${repository.root}`, gitDir);
    shallow = await gather(gitDir);
  });

  test("leaves unjudged what was there at its beginning", () => {
    for (const entry of ["src/search.py", "tests/test_search.py"])
      expect(entryOf(shallow, "created", entry)).toMatchObject({
        now: { state: "unjudged", why: expect.stringContaining("this clone begins after") },
        asRecorded: { state: "unjudged" },
      });
    expect(entryOf(shallow, "edited", "src/old.py").now.state).toBe("unjudged");
  });

  test("denies what is not there now, less surely, and says nothing of then", () => {
    expect(entryOf(shallow, "absent", "src/absent.py")).toMatchObject({
      now: { state: "denied", basis: "absent-shallow" },
      asRecorded: { state: "unjudged" },
    });
  });

  test("judges what came since", () => {
    expect(entryOf(shallow, "later", "src/later.py").now).toMatchObject({ state: "ok", basis: "created" });
    expect(entryOf(shallow, "second", "src/second.py").now.state).toBe("ok");
  });
});

describe("a partial clone without the contents of files", () => {
  let partial: PhaseEvidence[];
  beforeAll(async () => {
    const gitDir = join(root, "partial.git");
    git(repository.root, "config", "uploadpack.allowFilter", "true");
    git(root, "clone", "--quiet", "--bare", "--filter=blob:none", `file://${repository.root}`, gitDir);
    partial = await gather(gitDir);
  });

  test("leaves unjudged what depends on a content", () => {
    for (const entry of ["src/search.py", "docs/report.md"])
      expect(entryOf(partial, "created", entry).now).toMatchObject({
        state: "unjudged",
        why: expect.stringContaining("does not hold its content"),
      });
    expect(entryOf(partial, "many", "tests/few").now.state).toBe("unjudged");
  });

  test("judges what the history alone tells", () => {
    expect(entryOf(partial, "absent", "src/absent.py").now).toMatchObject({
      state: "denied",
      basis: "absent",
    });
    expect(entryOf(partial, "edited", "src/old.py").now.basis).toBe("untouched-edit");
    expect(entryOf(partial, "deletions", "delete src/doomed.py").now.state).toBe("ok");
  });

  test("fetches nothing", () => {
    const held = git(
      join(root, "partial.git"),
      "cat-file",
      "--batch-check=%(objecttype)",
      "--batch-all-objects",
    );
    expect(held).not.toContain("blob");
  });
});

test("a history that git cannot read to its end is an operator's fault, and no evidence", async () => {
  const gitDir = join(root, "treeless.git");
  git(repository.root, "config", "uploadpack.allowFilter", "true");
  git(root, "clone", "--quiet", "--bare", "--filter=tree:0", `file://${repository.root}`, gitDir);
  await expect(gather(gitDir)).rejects.toMatchObject({ code: "git-failed" });
});

describe("own tests", () => {
  test("run once for the files of a phase, and are told for each deliverable", async () => {
    const runs: [string, readonly string[]][] = [];
    const all = await gatherEvidence(
      evidenceSource(repository.gitDir, root),
      repository.head,
      repository.phases,
      {
        limits,
        tests: {
          findFirst: false,
          runAt: async (commit, files) => {
            runs.push([commit, files]);
            return "fail";
          },
        },
      },
    );
    expect(runs).toEqual([[repository.head, ["tests/test_search.py"]]]);
    expect(all.find(({ phaseId }) => phaseId === "created")).toMatchObject({
      ownTestsPass: false,
      testsFirstPassAt: null,
    });
    expect(entryOf(all, "created", "src/search.py").tests).toEqual([
      { path: "tests/test_search.py", asserts: true, outcome: "fail" },
    ]);
    expect(all.find(({ phaseId }) => phaseId === "edited")?.ownTestsPass).toBeNull();
  });

  test("are looked for at the commits that touch what they are about", async () => {
    const passing = repository.commits["more-work"];
    const all = await gatherEvidence(
      evidenceSource(repository.gitDir, root),
      repository.head,
      repository.phases,
      {
        limits,
        tests: {
          findFirst: true,
          runAt: async (commit) => (commit === repository.head || commit === passing ? "pass" : "fail"),
        },
      },
    );
    expect(all.find(({ phaseId }) => phaseId === "created")).toMatchObject({
      ownTestsPass: true,
      testsFirstPassAt: passing,
    });
  });
});
