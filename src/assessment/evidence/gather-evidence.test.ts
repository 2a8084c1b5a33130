import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AssessedRepository,
  assessedCases,
  createAssessedRepository,
} from "../../../test/harness/assessed-repository.ts";
import type { PhaseEvidence } from "../../domain/assessment.ts";
import { createFiles } from "../../platform/files.ts";
import { createGit } from "../../platform/git.ts";
import { gatherEvidence } from "./gather-evidence.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "autopack-evidence-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const limits = { fileBytes: 1_000_000, treeBytes: 100_000_000, events: 1_000_000 };
const source = (gitDir: string) => ({
  git: createGit({ path: process.env["PATH"] ?? "", safeDirectories: [] }),
  files: createFiles(),
  gitDir,
  scratch: root,
});

let repository: AssessedRepository;
let evidence: PhaseEvidence[];
beforeAll(async () => {
  repository = createAssessedRepository(join(root, "repo"));
  evidence = await gatherEvidence(source(repository.gitDir), repository.head, repository.phases, { limits });
});

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
