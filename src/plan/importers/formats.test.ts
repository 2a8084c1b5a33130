import { describe, expect, it } from "vitest";
import {
  fixtures,
  importFixture,
  importText,
  notesOf,
  phaseOf,
  phasesOf,
  reparse,
  tryImport,
} from "../../../test/harness/imports.ts";

const shapeOf = (imported: ReturnType<typeof importFixture>) =>
  imported.document.tiers.map((tier) => [tier.id, tier.phases.map(({ id }) => id)]);
const waits = (imported: ReturnType<typeof importFixture>) =>
  Object.fromEntries(phasesOf(imported).map(({ id, depends_on = [] }) => [id, depends_on]));
const files = (imported: ReturnType<typeof importFixture>) =>
  Object.fromEntries(
    phasesOf(imported).map(({ id, deliverables }) => [
      id,
      deliverables.map((one) => (typeof one === "string" ? one : one.path)),
    ]),
  );

describe("every format", () => {
  it.each(Object.keys(fixtures) as (keyof typeof fixtures)[])("is known by its content: %s", (name) => {
    expect(importFixture(name).format.name).toBe(name.split(":", 1)[0]);
  });

  it.each(Object.keys(fixtures) as (keyof typeof fixtures)[])(
    "gives a plan in which nothing is wrong but what the notes say: %s",
    (name) => {
      const imported = importFixture(name);
      const { findings, plan } = reparse(imported);
      expect(findings.map(({ message }) => message)).toEqual(
        imported.withoutDeliverables.map(() => expect.stringContaining("expected at least one deliverable")),
      );
      expect(plan).not.toBeNull();
      expect(notesOf(imported, "deliverable-missing").flatMap(({ phases }) => phases)).toEqual(
        imported.withoutDeliverables,
      );
    },
  );
});

describe("spec-kit", () => {
  const imported = importFixture("spec-kit");

  it("keeps tasks, phases and their order: [P] beside each other, all else in sequence", () => {
    expect(imported.document.run).toMatchObject({ id: "003-export-notes", goal: "Export notes" });
    expect(shapeOf(imported)).toEqual([
      ["phase-1-setup-shared-infrastructure", ["T001", "T002", "T003"]],
      ["phase-2-user-story-1-export-as-markdown-priority-p1-mvp", ["T004", "T005", "T006", "T007", "T008"]],
    ]);
    expect(waits(imported)).toEqual({
      T001: [],
      T002: ["T001"],
      T003: ["T001"],
      T004: [],
      T005: [],
      T006: ["T004", "T005"],
      T007: ["T006"],
      T008: ["T007"],
    });
  });

  it("delivers what is named, reads what is pointed to, and says where nothing is", () => {
    expect(files(imported)).toMatchObject({
      T001: ["src/export/index.ts"],
      T002: ["docs/export.md"],
      T003: [],
      T006: ["src/export/markdown.ts"],
      T007: ["src/export/index.ts"],
      T008: [],
    });
    expect(phaseOf(imported, "T006").scope?.read).toEqual([
      "docs/style/writers.md",
      "specs/003-export-notes/spec.md",
    ]);
    expect(phaseOf(imported, "T004")).toMatchObject({
      category: "testing",
      deliverables: [{ path: "test/export/markdown.test.ts", kind: "test" }],
      description: expect.stringContaining("Independent Test: Export three notes"),
    });
    expect(imported.withoutDeliverables).toEqual(["T003", "T008"]);
  });

  it("takes a tick for a claim, and examples in code and comments for nothing", () => {
    expect(notesOf(imported, "claim")).toEqual([
      { message: expect.stringContaining("no evidence"), phases: ["T001", "T008"] },
    ]);
    expect(JSON.stringify(imported.document)).not.toMatch(/T900|T099/);
  });

  it("draws a task together that goes on over several lines", () => {
    const text = "- [ ] T001 Create `src/a.ts`, with\n  the helpers from\n  `src/b.ts`\n";
    expect(phaseOf(importText(text), "T001")).toMatchObject({
      name: "Create src/a.ts, with the helpers from src/b.ts",
      deliverables: ["src/a.ts"],
      scope: { read: ["src/b.ts"] },
    });
  });

  it("reads ranges of dependencies and ids with letters", () => {
    const text =
      "## Phase 1\n- [ ] T001 [P] a\n- [ ] T002 [P] b\n- [ ] T002b [P] c\n## Phase 2\n- [ ] T003 [P] d (depends on T001-T002, T002b)\n";
    expect(waits(importText(text))["T003"]).toEqual(["T001", "T002", "T002b"]);
  });
});

describe("Task Master", () => {
  const imported = importFixture("task-master");

  it("makes phases of subtasks, and waits for all of them where a task was waited for", () => {
    expect(shapeOf(imported)).toEqual([["master", ["1", "2.1", "2.2", "3"]]]);
    expect(waits(imported)).toEqual({ "1": [], "2.1": ["1"], "2.2": ["2.1", "1"], "3": ["2.1", "2.2"] });
    expect(phaseOf(imported, "2.1").description).toContain("Part of: Search");
    expect(files(imported)).toMatchObject({
      "1": ["src/store/notes.ts", "test/store/notes.test.ts"],
      "3": [],
    });
  });

  it("notes status, priority, assignee and a dependency that is not there", () => {
    expect(notesOf(imported, "claim")).toEqual([
      { message: expect.stringContaining("`done`"), phases: ["1"] },
    ]);
    expect(notesOf(imported, "priority")).toHaveLength(3);
    expect(notesOf(imported, "dependency")).toEqual([
      { message: expect.stringContaining("`9`"), phases: ["3"] },
    ]);
    expect(notesOf(imported, "field").map(({ message }) => message)).toContainEqual(
      expect.stringContaining("`assignee`"),
    );
  });

  it("reads the form without tags, and makes a tier of each tag where there are several", () => {
    const task = { id: 1, title: "A", status: "pending", dependencies: [] };
    expect(shapeOf(importText(JSON.stringify({ tasks: [task] })))).toEqual([["Tasks", ["1"]]]);
    const both = importText(
      JSON.stringify({ master: { tasks: [task] }, "v 2": { tasks: [{ ...task, dependencies: [1] }] } }),
    );
    expect(shapeOf(both)).toEqual([
      ["master", ["master.1"]],
      ["v-2", ["v-2.1"]],
    ]);
    expect(notesOf(both, "id")).toHaveLength(1);
    expect(notesOf(both, "dependency")).toEqual([
      { message: expect.stringContaining("itself"), phases: ["v-2.1"] },
    ]);
  });

  it("names the line of a task in its notes", () => {
    const line = imported.notes.find(({ kind }) => kind === "claim")?.line;
    expect(line).toBe(4);
  });
});

describe("Ralph", () => {
  it("puts the stories of a prd.json in the order of their priority, each priority a tier", () => {
    const imported = importFixture("ralph: prd");
    expect(shapeOf(imported)).toEqual([
      ["priority-1", ["US-001"]],
      ["priority-2", ["US-002", "US-003"]],
    ]);
    expect(files(imported)["US-001"]).toEqual(["src/notes/priority.ts", "migrations/002_priority.sql"]);
    expect(phaseOf(imported, "US-001").scope?.read).toEqual(["docs/priorities.md"]);
    expect(imported.document.checks).toEqual({ types: "npm run build", test: "npm test" });
    expect(notesOf(imported, "claim").flatMap(({ phases }) => phases)).toEqual(["US-001"]);
    expect(notesOf(imported, "command")).toHaveLength(1);
  });

  it("keeps one tier where a story depends on one of a lower priority", () => {
    const story = (id: string, priority: number, dependsOn: string[] = []) => ({
      id,
      title: id,
      passes: false,
      priority,
      dependsOn,
    });
    const imported = importText(JSON.stringify({ userStories: [story("a", 1, ["b"]), story("b", 2)] }));
    expect(shapeOf(imported)).toEqual([["Stories", ["a", "b"]]]);
    expect(waits(imported)["a"]).toEqual(["b"]);
  });

  it("reads a list of features without ids", () => {
    const imported = importText(
      JSON.stringify([
        {
          category: "Core",
          description: "Map paths in src/map.ts",
          steps: ["Handle index files"],
          passes: true,
        },
      ]),
    );
    expect(phaseOf(imported, "story-1")).toMatchObject({ deliverables: ["src/map.ts"], category: "backend" });
  });

  it("makes phases of a fix plan's items, with their commands, and claims of what is ticked or completed", () => {
    const imported = importFixture("ralph: fix plan");
    expect(imported.document.tiers.map(({ id }) => id)).toEqual(["priority-1-core", "priority-2-polish"]);
    expect(phaseOf(imported, "add-usage-to-readme.md")).toMatchObject({
      deliverables: ["README.md"],
      acceptance: ["npm test"],
      scope: { read: ["specs/usage.md"] },
      description: expect.stringContaining("- Done when:\n  - the examples run"),
    });
    expect(notesOf(imported, "claim").flatMap(({ phases }) => phases)).toEqual([
      "create-src-init.ts-scaffolding",
    ]);
    expect(notesOf(imported, "left-out").map(({ message }) => message)).toContainEqual(
      expect.stringContaining("PROMPT.md"),
    );
  });

  it("reads a numbered queue, and leaves out what its log calls completed", () => {
    const text =
      "# fix_plan.md\n\nRules:\n\n1. Keep it short.\n2. Link the spec.\n\n## Queue\n\n1. Parse dates in src/dates.ts\n   - Verify: `npm test`\n2. Tidy\n\n## Completed\n\n- 2026-01-01: all the rest\n";
    const imported = importText(text);
    expect(phasesOf(imported).map(({ id }) => id)).toEqual(["parse-dates-in-src-dates.ts", "tidy"]);
    expect(notesOf(imported, "left-out").map(({ message }) => message)).toEqual([
      expect.stringContaining("completed work"),
    ]);
  });

  it("makes one phase of a prompt without a list", () => {
    const imported = importText(
      "# Port the parser\n\nPort it to src/parser.rs, following docs/parser.md.\n",
      { from: "ralph" },
    );
    expect(phaseOf(imported, "prompt")).toMatchObject({
      deliverables: ["src/parser.rs"],
      scope: { read: ["docs/parser.md"] },
    });
  });
});

describe("Kiro", () => {
  const imported = importFixture("kiro");

  it("makes a tier of each task and phases of what stands below it, one after the other", () => {
    expect(shapeOf(imported)).toEqual([
      ["task-1", ["1"]],
      ["task-2", ["2.1", "2.2", "2.3"]],
      ["task-3", ["3"]],
    ]);
    expect(waits(imported)).toMatchObject({ "2.1": [], "2.2": ["2.1"], "2.3": ["2.2"] });
    expect(files(imported)).toEqual({
      "1": ["src/tags/index.ts"],
      "2.1": ["src/tags/parse.ts"],
      "2.2": ["test/tags/parse.test.ts"],
      "2.3": [],
      "3": [],
    });
  });

  it("brings the requirements that a task names, and the design to read", () => {
    expect(phaseOf(imported, "2.1").description).toContain(
      "Requirements:\n- 1.1: WHEN a note holds #word THEN the system SHALL add the tag word\n- 1.2: IF",
    );
    expect(phaseOf(imported, "2.1").description).toContain("- Reject empty tags, and tags with spaces");
    expect(phaseOf(imported, "2.1").scope?.read).toContain(".kiro/specs/note-tags/design.md");
    expect(notesOf(imported, "contradiction")).toEqual([
      { message: expect.stringContaining("`9.9`"), phases: ["2.3"] },
    ]);
  });

  it("notes ticks, optional tasks and checkpoints", () => {
    expect(notesOf(imported, "claim").flatMap(({ phases }) => phases)).toEqual(["1"]);
    expect(notesOf(imported, "field").flatMap(({ phases }) => phases)).toEqual(["2.2"]);
    expect(notesOf(imported, "deliverable-missing")).toContainEqual({
      message: expect.stringContaining("checkpoint"),
      phases: ["3"],
    });
  });
});

describe("Beads", () => {
  const imported = importFixture("beads");

  it("makes phases of issues and parts of epics, the most urgent first, without what was deleted", () => {
    expect(shapeOf(imported)).toEqual([["Issues", ["nt-c9d", "nt-7h7.1", "nt-7h7.2", "nt-e2f", "nt-a1b"]]]);
    expect(waits(imported)).toMatchObject({ "nt-7h7.2": ["nt-7h7.1"], "nt-a1b": ["nt-7h7.1", "nt-7h7.2"] });
    expect(phaseOf(imported, "nt-7h7.1").description).toContain("Part of nt-7h7: Import of notes");
    expect(notesOf(imported, "left-out")).toEqual([{ message: "issues that were deleted", phases: [] }]);
  });

  it("cuts a circle, and lets who delivers the same file follow", () => {
    expect(waits(imported)).toMatchObject({ "nt-c9d": ["nt-e2f"], "nt-e2f": [], "nt-7h7.1": ["nt-c9d"] });
    expect(notesOf(imported, "dependency").map(({ message }) => message)).toEqual([
      expect.stringContaining("`discovered-from`"),
      expect.stringContaining("closes a circle"),
    ]);
    expect(notesOf(imported, "order").flatMap(({ phases }) => phases)).toEqual(["nt-7h7.1"]);
  });

  it("notes claims, people, times and labels", () => {
    expect(notesOf(imported, "claim").flatMap(({ phases }) => phases)).toEqual(["nt-7h7.2"]);
    expect(notesOf(imported, "assignee").flatMap(({ phases }) => phases)).toEqual(["nt-7h7.1"]);
    expect(notesOf(imported, "time").flatMap(({ phases }) => phases)).toEqual(["nt-a1b"]);
    expect(notesOf(imported, "field").map(({ message }) => message)).toContainEqual(
      expect.stringContaining("`labels`"),
    );
  });
});

describe("the ancestor's run", () => {
  const imported = importFixture("autopack-py");

  it("keeps tiers by their index, phases, budgets and dependencies", () => {
    expect(shapeOf(imported)).toEqual([
      ["T1", ["notes-index"]],
      ["T2", ["notes-http"]],
      ["T9", ["notes-tidy"]],
    ]);
    expect(imported.document.run).toMatchObject({
      id: "notes-validation-v1",
      budget: { tokens: 500_000, minutes: 120 },
    });
    expect(waits(imported)["notes-http"]).toEqual(["notes-index"]);
    expect(phaseOf(imported, "notes-index").budget).toEqual({ attempts: 5 });
  });

  it("reads the shapes of a scope: paths are where it may write, words become what a file must hold", () => {
    expect(phaseOf(imported, "notes-http")).toMatchObject({
      complexity: "high",
      deliverables: [
        { path: "src/http/search.py", must_contain: ["SearchHandler"] },
        { path: "src/app.py", change: "modify" },
        "docs/http.md",
      ],
      scope: {
        write: expect.arrayContaining(["src/http/**", "tests/http/**", "docs/http.md"]),
        read: ["docs/search.md"],
      },
    });
    expect(phaseOf(imported, "notes-tidy")).toMatchObject({
      deliverables: [],
      scope: { write: ["docs/**"] },
    });
  });

  it("notes contradictions, folders, prose, claims, and a purpose to decide on", () => {
    expect(notesOf(imported, "contradiction").map(({ message }) => message)).toEqual([
      expect.stringContaining("notes-validation-v0"),
      expect.stringContaining("`T9`"),
    ]);
    expect(notesOf(imported, "folder")).toHaveLength(2);
    expect(notesOf(imported, "prose-deliverable")).toHaveLength(1);
    expect(notesOf(imported, "claim").flatMap(({ phases }) => phases)).toEqual(["notes-http"]);
    expect(notesOf(imported, "purpose")).toEqual([
      { message: expect.stringContaining("`validation`"), phases: [] },
    ]);
    expect(imported.document.run).not.toHaveProperty("purpose");
  });
});

describe("a text that is none of them", () => {
  it.each([
    ["prose", "Just a letter.\n", 1, "of no format"],
    ["empty", "", 1, "of no format"],
    ["a plan of our own", "version: 1\nrun: { id: a, goal: b }\ntiers: []\n", 1, "already"],
    ["broken JSON", '{\n  "tasks": [\n    { "id": 1,, }\n  ]\n}\n', 3, "no JSON"],
    ["JSON cut off", '{\n  "tasks": [\n', 3, "no JSON"],
    ["other JSON", '{"name":"x"}', 1, "of no format"],
    ["a broken line of issues", '{"id":"a-1","title":"A","status":"open"}\n{"id":\n', 2, "no JSON"],
    ["no phase", '{"tasks":[3]}', 1, "of no format"],
  ])("is refused with its line: %s", (_what, text, line, message) => {
    expect(tryImport(text)).toMatchObject({ line, message: expect.stringContaining(message) });
  });

  it.each(["spec-kit", "task-master", "kiro", "beads", "autopack-py"])(
    "is refused as %s where it is none",
    (from) => {
      expect(tryImport("# Notes\n\nNothing here.\n", { from })).toHaveProperty("message");
    },
  );
});
