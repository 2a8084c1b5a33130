import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { importText, notesOf, phaseOf, phasesOf, reparse, tryImport } from "../../../test/harness/imports.ts";
import { renderPlan } from "./render-plan.ts";
import { formatNames } from "./source-plan.ts";

const tasks = (list: unknown) => JSON.stringify({ tasks: list });
const task = (fields: object) => ({ id: 1, title: "A", status: "pending", ...fields });

describe("a hostile source", () => {
  it("cannot nest so deeply that anything ends but itself", () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    for (const from of formatNames) expect(tryImport(`{"a":${deep}}`, { from })).toHaveProperty("message");
    expect(tryImport(`{"tasks":[\n{"id":1,"title":"A","status":"x","details":${deep}}]}`)).toEqual({
      line: 2,
      message: "it is nested too deeply",
    });
    const some = `${"[".repeat(50)}${"]".repeat(50)}`;
    expect(
      phasesOf(importText(`{"tasks":[{"id":1,"title":"A","status":"x","details":${some}}]}`)),
    ).toHaveLength(1);
    const scope = `{"run_id":"r","phases":[{"phase_id":"p","scope":{"deliverables":${some},"goals":${some}}}]}`;
    expect(notesOf(importText(scope), "left-out")).toHaveLength(1);
  });

  it("cannot have more phases than a plan", () => {
    const many = Array.from({ length: 5001 }, (_, id) => ({ id, title: "A", status: "x" }));
    const tooMany = { message: expect.stringContaining("5000 at most") };
    expect(tryImport(tasks(many))).toMatchObject(tooMany);
    expect(tryImport("- [ ] T001 a\n".repeat(100_000))).toMatchObject(tooMany);
  });

  it("cannot make a description so long that it is cut off silently", () => {
    const imported = importText(tasks([task({ details: "x".repeat(150_000) })]));
    expect(phaseOf(imported, "1").description).toHaveLength(100_000);
    expect(notesOf(imported, "left-out")).toEqual([
      { message: expect.stringContaining("100000"), phases: ["1"] },
    ]);
  });

  it("cannot put anything into a comment or a terminal but its words", () => {
    const name = "x\n- id: injected\n\u001b[2J\u202e\u0000\ud800";
    const imported = importText(
      tasks([task({ title: name, priority: name, dependencies: [name], [name]: 1 })]),
    );
    const yaml = renderPlan(imported, "evil\nname: x");
    expect(yaml.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]|\ud800/u);
    expect(JSON.stringify(imported)).not.toMatch(/(?<!\\)\\u(?:001b|0000|d800)|\u202e/);
    expect(reparse(imported).phases).toHaveLength(1);
    expect(yaml.split("\n").filter((line) => line.startsWith("#") || line.includes("injected"))).toHaveLength(
      yaml.split("\n").filter((line) => line.startsWith("#")).length + 1,
    );
  });

  it("has keys that mean something elsewhere", () => {
    const text =
      '{"tasks":[{"id":"constructor","title":"A","status":"x","__proto__":{"id":7},"dependencies":["__proto__"]}]}';
    expect(phasesOf(importText(text))).toMatchObject([{ id: "constructor" }]);
    const prd =
      '{"userStories":[{"id":"a","title":"A","passes":false,"priority":"__proto__","category":"constructor","complexity":"toString"}]}';
    expect(phasesOf(importText(prd))).toMatchObject([{ id: "a", category: "backend" }]);
  });

  it("takes time in proportion to its length", () => {
    const parts = [
      "[",
      "`",
      "!",
      "a.",
      "# ",
      " ",
      "- [ ] ",
      "depends on T1, ",
      "<!--",
      "a/b.c ",
      "\n- [ ] T1 x",
      "(",
      "*",
      "from ",
    ];
    for (const part of parts) {
      const text = `## A\n- [ ] T001 ${part.repeat(400_000 / part.length)}\n`;
      expect(tryImport(text)).toBeDefined();
      expect(tryImport(tasks([task({ details: part.repeat(400_000 / part.length) })]))).toBeDefined();
    }
  });

  it("is answered whatever it is, and gives a plan that can be read", () => {
    const word = fc.constantFrom(
      "- [ ] ",
      "- [x] ",
      "T001 ",
      "1. ",
      "2.1 ",
      "## A\n",
      "\n",
      "  ",
      "src/a.ts",
      "`",
      "[P] ",
      "```\n",
      "<!--",
      "-->",
      "---\n",
      "{",
      '"',
      "* ",
      "_Requirements: 1.1_",
      "é",
      "\t",
    );
    const text = fc.array(word, { maxLength: 60 }).map((words) => words.join(""));
    fc.assert(
      fc.property(text, fc.constantFrom(undefined, ...formatNames), (drawn, from) => {
        const imported = tryImport(drawn, from === undefined ? {} : { from });
        if ("message" in imported) expect(imported.line).toBeGreaterThanOrEqual(1);
        else expectSound(imported);
      }),
      { numRuns: 400 },
    );
  });

  it("gives a sound plan of any tasks, stories, issues and phases", () => {
    const id = fc.oneof(
      fc.constantFrom("1", "2", "a", "A", "../x", "", 3),
      fc.string({ unit: "binary", maxLength: 8 }),
    );
    const fields = fc.record(
      {
        id,
        phase_id: id,
        title: fc.string({ unit: "binary", maxLength: 30 }),
        status: fc.constantFrom("open", "closed", "done"),
        passes: fc.boolean(),
        priority: fc.oneof(fc.nat(4), fc.constantFrom("high", null)),
        dependencies: fc.oneof(fc.array(id, { maxLength: 3 }), fc.anything()),
        dependsOn: fc.array(id, { maxLength: 3 }),
        description: fc.constantFrom("In src/a.ts and src/b.ts", "Delete `src/a.ts`", "See docs/a.md", ""),
        subtasks: fc.array(
          fc.record({ id, title: fc.constant("sub"), dependencies: fc.array(id, { maxLength: 2 }) }),
          { maxLength: 2 },
        ),
        scope: fc.oneof(
          fc.anything(),
          fc.record({
            deliverables: fc.array(fc.constantFrom("src/a.ts", "src/ (5+ x)", "prose here", "*.ts")),
            paths: fc.constant(["src/"]),
          }),
        ),
        tier: id,
      },
      { requiredKeys: ["title", "status", "passes"] },
    );
    fc.assert(
      fc.property(
        fc.array(fields, { minLength: 1, maxLength: 6 }),
        fc.constantFrom("tasks", "userStories", "phases", "lines"),
        (list, key) => {
          const text =
            key === "lines"
              ? list.map((one) => JSON.stringify(one)).join("\n")
              : JSON.stringify({ [key]: list });
          const from = { tasks: "task-master", userStories: "ralph", phases: "autopack-py", lines: "beads" }[
            key
          ];
          const imported = tryImport(text, { from });
          if (!("message" in imported)) expectSound(imported);
        },
      ),
      { numRuns: 400 },
    );
  });
});

/** Nothing is wrong with the plan but phases that have no deliverables. */
function expectSound(imported: ReturnType<typeof importText>): void {
  const { findings, draft } = reparse(imported);
  expect(findings.map(({ message }) => message)).toEqual(
    imported.withoutDeliverables.map(() => expect.stringContaining("expected at least one deliverable")),
  );
  const ids = phasesOf(imported).map(({ id }) => id);
  expect(draft?.tiers.flatMap(({ phases }) => phases.map((phase) => phase.id))).toEqual(ids);
  for (const phase of phasesOf(imported)) for (const on of phase.depends_on ?? []) expect(ids).toContain(on);
}
