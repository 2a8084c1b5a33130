import { cpSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callCli, createProject, type Project } from "./harness/cli.ts";
import { fixtures, importFixtures } from "./harness/imports.ts";

const builderScript = {
  attempts: [
    {
      steps: [
        ["Write src/import/errors.ts.", "src/import/errors.ts", "export class ParseError extends Error {}\n"],
        [
          "an empty file ends the program",
          "src/import/opml.ts",
          "export const isEmpty = (t: string) => t === '';\n",
        ],
        [
          "Streaming, no DOM.",
          "src/import/opml.ts",
          "export const parse = (t: string) => t.split('<outline');\n",
        ],
        ["One note a file, in", "src/import/folder.ts", "export const suffix = '.md';\n"],
        ["A paragraph in CHANGELOG.md.", "CHANGELOG.md", "# Changelog\n\nNotes can be imported.\n"],
      ].map(([order, path, content]) => ({ append: { path, content }, if_prompt_contains: order })),
      claim: "All of it is done.",
    },
  ],
};

/** A repository with the sources of every format in it, and a builder for the phases of the issues. */
function createNotes(): Project {
  const project = createProject({
    config: {
      builders: { double: { scripted: "double.yaml" } },
      defaults: { builder: "double" },
      checks: { there: "test -f readme.txt" },
      setup: [],
      limits: { poll_seconds: 0.05 },
    },
    files: { "double.yaml": JSON.stringify(builderScript), "src/app.py": "app = None\n" },
  });
  cpSync(importFixtures, join(project.repo, "sources"), { recursive: true });
  return project;
}

const source = (name: keyof typeof fixtures) => `sources/${fixtures[name]}`;

describe("autopack plan import", () => {
  test("writes of every format a plan in which lint finds nothing wrong but phases without a file", async () => {
    const project = createNotes();
    for (const name of Object.keys(fixtures) as (keyof typeof fixtures)[]) {
      const plan = `../${name.replaceAll(/\W+/g, "-")}.yaml`;
      const imported = await callCli(project, "plan", "import", source(name), "--output", plan, "--json");
      expect(imported.code, imported.stderr).toBe(0);
      const { json: lint } = await callCli(project, "plan", "lint", plan, "--json");
      const errors = lint.findings.filter((finding: { severity: string }) => finding.severity === "error");
      expect(errors, name).toEqual(
        imported.json.withoutDeliverables.map((phaseId: string) =>
          expect.objectContaining({ phaseId, message: expect.stringContaining("at least one deliverable") }),
        ),
      );
    }
  });

  test("gives a plan that runs to its end, where a claim in the source completes nothing", async () => {
    const project = createNotes();
    const plan = "../plan.yaml";
    const { code, stdout } = await callCli(project, "plan", "import", source("beads"), "--output", plan);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Imported 5 phases in 1 tier from .*issues\.jsonl \(beads\)\./);
    expect(stdout).toContain("claim: its status is `closed`");
    expect(stdout).toContain(`Next: autopack plan lint ${plan}`);
    expect(readFileSync(join(project.folder, "plan.yaml"), "utf8")).toMatch(
      /^# Imported from .*\n# What has no/,
    );
    expect((await callCli(project, "trust", "--yes")).code).toBe(0);
    const run = await callCli(project, "run", plan, "--json");
    expect(run.code, run.stderr + run.stdout).toBe(0);
    const states = Object.fromEntries(
      run.json.phases.map((phase: { id?: string; phaseId?: string; state: string }) => [
        phase.phaseId ?? phase.id,
        phase.state,
      ]),
    );
    expect(states).toEqual({
      "nt-c9d": "complete",
      "nt-7h7.1": "complete",
      "nt-7h7.2": "complete",
      "nt-e2f": "complete",
      "nt-a1b": "complete",
    });
  });

  test("prints the plan alone to stdout, and what is for the person to stderr", async () => {
    const project = createNotes();
    const { stdout, stderr } = await callCli(project, "plan", "import", source("spec-kit"));
    expect(stdout).toMatch(/^# Imported from sources\/.*\n(?:#.*\n)+\nversion: 1\n/);
    expect(stdout).toContain(
      "        # add at least one path that this phase delivers\n        deliverables: []\n",
    );
    expect(stderr).toContain(
      "2 phases without a file: add at least one to the deliverables of `T003`, `T008`.",
    );
    const again = await callCli(project, "plan", "import", source("spec-kit"));
    expect(again.stdout).toBe(stdout);
  });

  test("prints one object under --json, with the plan and every note", async () => {
    const { json } = await callCli(createNotes(), "plan", "import", source("kiro"), "--json");
    expect(json).toMatchObject({
      schemaVersion: 1,
      format: "kiro",
      phases: 5,
      withoutDeliverables: ["2.3", "3"],
      plan: { version: 1, run: { id: "note-tags" } },
    });
    expect(json.notes).toContainEqual({ kind: "claim", message: expect.any(String), phases: ["1"], line: 3 });
    expect(json).not.toHaveProperty("written");
  });

  test("needs no repository", async () => {
    const { repo, folder, env } = createNotes();
    const bare = join(folder, "bare");
    mkdirSync(bare);
    const path = join(repo, source("task-master"));
    expect((await callCli({ repo: bare, folder, env }, "plan", "import", path)).code).toBe(0);
  });

  test("overwrites nothing, and refuses what it cannot read by file and line", async () => {
    const project = createNotes();
    const at = (name: string, text: string) => {
      writeFileSync(join(project.folder, name), text);
      return `../${name}`;
    };
    const large = at("large.json", "");
    truncateSync(join(project.folder, "large.json"), 50_000_001);
    for (const [args, code, message] of [
      [[source("beads"), "--output", at("there.yaml", "mine\n")], "already-there", /there\.yaml/],
      [["nothing.md"], "no-such-file", /nothing\.md/],
      [["sources"], "not-readable", /it is a folder/],
      [[large], "not-readable", /50000001 bytes, and 50000000 is the most/],
      [
        [at("broken.json", '{\n "tasks": [\n {,}\n]}')],
        "import-refused",
        /broken\.json`, line 3: it is no JSON/,
      ],
      [[at("nul.md", "- [ ] T001 a\n\0")], "import-refused", /nul\.md`, line 2: it holds a NUL/],
      [
        [at("prose.md", "Dear reader\n")],
        "import-refused",
        /prose\.md`, line 1: its content is of no format/,
      ],
      [[at("kiro.md", "Dear reader\n"), "--from", "kiro"], "import-refused", /no task of the form/],
    ] as const) {
      const refused = await callCli(project, "plan", "import", ...args, "--json");
      expect(refused.code).toBe(2);
      expect(refused.json.error).toMatchObject({ code, message: expect.stringMatching(message) });
    }
    expect(readFileSync(join(project.folder, "there.yaml"), "utf8")).toBe("mine\n");
    expect(existsSync(join(project.repo, "plan.yaml"))).toBe(false);
  });
});
