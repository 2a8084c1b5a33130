import { existsSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { parseScope } from "./scope.ts";

const holder = { runId: "r1", phaseId: "p1" };
const real = join(import.meta.dirname, "../../../shared/data/legacy/autopack-2025-12-23.sqlite");
const absent = existsSync(real) ? "" : " (skipped: the ancestor's database is not there)";

describe("a recorded scope", () => {
  it("holds deliverables by section, and takes its paths for write scope", () => {
    const scope = {
      paths: ["src/", "README.md"],
      allowed_paths: ["docs/B_*.md"],
      read_only_context: ["src/core/"],
      protected_paths: [".git/"],
      deliverables: { code: ["src/a.ts"], polish: ["Better messages"], tests: [] },
      goals: ["x"],
    };
    expect(parseScope(scope, holder)).toMatchObject({
      deliverables: [
        { section: "code", entry: { kind: "path", path: "src/a.ts" } },
        { section: "polish", entry: { kind: "prose", text: "Better messages" } },
      ],
      write: [{ kind: "directory", path: "src" }, { kind: "path", path: "README.md" }, { kind: "glob" }],
      read: [{ kind: "directory", path: "src/core" }],
      protect: [{ kind: "directory", path: ".git" }],
      contradictions: [],
      rest: { goals: ["x"] },
    });
    expect(parseScope({ paths: ["src/a.ts"] }, holder).deliverables).toEqual([]);
  });

  it("contradicts the run and phase that hold it where it names others", () => {
    expect(parseScope({ run_id: "r0", phase_id: "p1" }, holder).contradictions).toEqual([
      { field: "run_id", named: "r0", holder: "r1" },
    ]);
    expect(parseScope({ run_id: "r1", phase_id: "p0" }, holder).contradictions).toEqual([
      { field: "phase_id", named: "p0", holder: "p1" },
    ]);
  });

  it("is read out of a string, whether that holds JSON, a list or words", () => {
    const path = [{ entry: { kind: "path", path: "src/a.ts" } }];
    expect(parseScope('{"deliverables":["src/a.ts"]}', holder).deliverables).toEqual(path);
    expect(parseScope("First this.\nDeliverables:\n- src/a.ts", holder)).toMatchObject({
      deliverables: path,
      lead: "First this.",
    });
    expect(parseScope("Only words", holder)).toMatchObject({ deliverables: [], lead: "Only words" });
  });

  it("is empty where there is none, and says so where it is something else", () => {
    expect(parseScope(null, holder)).not.toHaveProperty("unreadable");
    expect(parseScope(12, holder).unreadable).toBe("it is a number");
  });

  it.skipIf(absent !== "")(`is counted whole by shape in the ancestor's database${absent}`, () => {
    const database = new Database(real, { readonly: true });
    const rows = database.prepare("SELECT run_id, phase_id, scope FROM phases ORDER BY id").all() as {
      readonly run_id: string;
      readonly phase_id: string;
      readonly scope: string | null;
    }[];
    database.close();
    const kinds: Record<string, number> = {};
    const count = (key: string) => {
      kinds[key] = (kinds[key] ?? 0) + 1;
    };
    const phases = { text: 0, onlyPaths: 0, contradicting: 0, none: 0, listed: 0 };
    let entries = 0;
    for (const row of rows) {
      const value: unknown = row.scope === null ? null : JSON.parse(row.scope);
      const scope = parseScope(value, { runId: row.run_id, phaseId: row.phase_id });
      if (value === null) phases.none++;
      else if (typeof value === "string") {
        phases.text++;
        phases.listed += scope.deliverables.length;
        continue;
      } else if (scope.deliverables.length === 0 && scope.write.length > 0) phases.onlyPaths++;
      if (scope.contradictions.length > 0) phases.contradicting++;
      entries += scope.deliverables.length;
      for (const { entry } of scope.deliverables) {
        if (entry.kind === "object") count(`object about a ${entry.target.kind}`);
        else count(entry.kind);
        if ("minimum" in entry) count(`${entry.kind} with a minimum`);
      }
    }
    expect(phases).toEqual({ text: 1, onlyPaths: 215, contradicting: 8, none: 7, listed: 11 });
    expect(entries).toBe(2391);
    // 2,061 name one path and nothing else: 2,056 as a text, five as an object.
    expect(kinds).toEqual({
      path: 2056,
      "object about a path": 5,
      "object about a directory": 2,
      "path-with-prose": 148,
      "path-with-prose with a minimum": 24,
      directory: 84,
      "directory with a minimum": 42,
      glob: 1,
      prose: 95,
    });
  });
});
