import { describe, expect, test } from "vitest";
import { callCli, createProject, type Fields, type Project, writePlan, writes } from "./harness/cli.ts";

const math = `export const add = (a, b) => a + b;\n`;
const mathTest = `import { test, expect } from "vitest";
import { add } from "../src/math.js";

test("adds", () => {
  expect(add(1, 2)).toBe(3);
});
`;
const skipped = mathTest.replace('test("adds"', 'test.skip("adds"');

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly writes: Readonly<Record<string, string>>;
  readonly deliverables?: readonly string[];
  readonly checks?: Fields;
  readonly policy?: Fields;
}

/** One phase, one attempt. */
async function runWith(
  given: Given,
): Promise<{ project: Project; code: number; attempt: Fields; phase: Fields }> {
  const files = { "src/math.js": math, "test/math.test.js": mathTest, ...given.files };
  const project = createProject({ files, config: { limits: { poll_seconds: 0.05 } } });
  const written = Object.entries(given.writes);
  const plan = writePlan(project, {
    ...(given.checks ? { checks: given.checks } : {}),
    ...(given.policy ? { policy: given.policy } : {}),
    tiers: [
      [
        {
          id: "change",
          attempts: [written.map(([path, content]) => writes(path, content))],
          fields: {
            deliverables: given.deliverables ?? written.map(([path]) => path),
            scope: { write: ["**"] },
            budget: { attempts: 1 },
          },
        },
      ],
    ],
  });
  const { json, code } = await callCli(project, "run", plan, "--json");
  const shown = await callCli(project, "show", json.runId, "change", "--json");
  return { project, code: code ?? -1, phase: json.phases[0], attempt: shown.json.attempts[0] };
}

describe("a change is looked at before any command runs", () => {
  test.each<[string, Given, string]>([
    [
      "a file that does not parse",
      { writes: { "src/math.js": "export const add = (a, b => a + b;\n" } },
      "src/math.js:1:",
    ],
    [
      "a conflict marker",
      { writes: { "src/math.js": `<<<<<<< ours\n${math}=======\n${math}>>>>>>> theirs\n` } },
      "src/math.js:1:1: a merge conflict",
    ],
    ["broken Python", { writes: { "src/tool.py": "def f(:\n    pass\n" } }, "src/tool.py:1:"],
  ])("%s ends the attempt at its place", async (_, given, place) => {
    const { code, phase, attempt } = await runWith(given);
    expect(code).toBe(1);
    expect(phase).toMatchObject({
      failure: { kind: "source-broken", message: expect.stringContaining(place) },
    });
    expect(attempt).toMatchObject({ verification: { checks: [] } });
  });

  test("an import that leads nowhere is found in the prepared workspace, before the checks", async () => {
    const { phase, attempt } = await runWith({
      writes: {
        "src/sum.js": 'import { add } from "./maths.js";\nexport const sum = (all) => all.reduce(add, 0);\n',
      },
    });
    expect(phase).toMatchObject({
      failure: { kind: "source-broken", message: expect.stringContaining("src/sum.js:1:") },
    });
    expect(attempt).toMatchObject({ verification: { checks: [] } });
  });

  test("a test that is skipped blocks, with its rule and place", async () => {
    const { code, phase, attempt } = await runWith({ writes: { "test/math.test.js": skipped } });
    expect(code).toBe(3);
    expect(phase).toMatchObject({
      failure: { kind: "tampering", message: expect.stringContaining("test-skipped in test/math.test.js:4") },
    });
    expect(attempt).toMatchObject({
      verification: { inspection: { findings: [{ rule: "test-skipped", severity: "block", line: 4 }] } },
    });
  });

  test("a finding that the plan allows is recorded with its reason and does not block", async () => {
    const allow = [{ rule: "test-skipped", paths: ["test/**"], reason: "the service is gone" }];
    const { code, attempt } = await runWith({
      writes: { "test/math.test.js": skipped },
      policy: { tampering: { allow } },
    });
    expect(code).toBe(0);
    expect(attempt).toMatchObject({
      verification: { inspection: { findings: [{ rule: "test-skipped", allowed: "the service is gone" }] } },
    });
  });
});

describe("what a linter said before", () => {
  /** Complains of every \`var\`, as linters print it. */
  const lint = `grep -n var src/*.js | awk -F: '{ print $1 ":" $2 ":1: error: unexpected var, use let or const" } END { exit NR > 0 }'`;
  const old = { "src/old.js": "var a = 1;\n" };

  test("does not block, and what it says anew does, with its place", async () => {
    const known = await runWith({
      files: old,
      writes: { "src/new.js": "const b = 2;\n" },
      checks: { lint },
    });
    expect(known).toMatchObject({
      code: 0,
      attempt: {
        verification: {
          checks: [
            { outcome: "failed", excused: expect.any(String), diagnostics: { freshCount: 0, knownCount: 1 } },
          ],
        },
      },
    });
    const fresh = await runWith({ files: old, writes: { "src/new.js": "var b = 2;\n" }, checks: { lint } });
    expect(fresh).toMatchObject({ code: 1, phase: { failure: { kind: "check-failed" } } });
    expect((fresh.attempt as { failure: { evidence: unknown } }).failure.evidence).toContainEqual({
      label: "place",
      detail: "src/new.js:1:1: unexpected var, use let or const",
    });
  });
});
