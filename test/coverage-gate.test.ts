import { describe, expect, test } from "vitest";
import { callCli, createProject, type Fields, writePlan, writes } from "./harness/cli.ts";

/** Every line of `src.txt` is a line of code, covered where it says so: a coverage tool in one line. */
const tool = `{ echo "SF:src.txt"; awk '{ print "DA:" NR "," ($0 ~ /covered/ ? 1 : 0) } END { print "end_of_record" }' src.txt; } > lcov.info`;

async function runWith(base: string, changed: string, coverage: Fields) {
  const project = createProject({ files: { "src.txt": base } });
  const plan = writePlan(project, {
    checks: { test: { run: tool, coverage: "lcov.info" } },
    policy: { coverage },
    tiers: [
      [
        {
          id: "change",
          attempts: [[writes("src.txt", changed)]],
          fields: { deliverables: ["src.txt"], budget: { attempts: 1 } },
        },
      ],
    ],
  });
  const { json, code } = await callCli(project, "run", plan, "--json");
  const { attempts } = (await callCli(project, "show", json.runId, "change", "--json")).json;
  return { code, phase: json.phases[0], coverage: attempts[0].verification.checks[0].coverage, attempts };
}

const half = "covered 1\nnot 2\n";

describe("coverage", () => {
  test("of the changed lines blocks below its threshold, and the next attempt is told the lines", async () => {
    const { code, phase, coverage, attempts } = await runWith(half, `${half}covered 3\nnot 4\nnot 5\n`, {
      min_changed: 50,
    });
    expect(code).toBe(1);
    expect(phase.failure.kind).toBe("coverage-low");
    expect(coverage).toMatchObject({
      total: { measured: true, value: { covered: 2, total: 5 } },
      baseline: { measured: true, value: { covered: 1, total: 2 } },
      changed: { measured: true, value: { covered: 1, total: 3 } },
      uncovered: [{ path: "src.txt", lines: [{ from: 4, to: 5 }] }],
    });
    expect(attempts[0].failure.evidence).toContainEqual({ label: "not covered", detail: "src.txt: 4-5" });
  });

  test("that drops by more than is allowed blocks, and by less does not", async () => {
    const dropped = await runWith("covered 1\ncovered 2\n", "covered 1\ncovered 2\nnot 3\n", {
      max_drop: 10,
    });
    expect(dropped.phase.failure).toMatchObject({ kind: "coverage-low" });
    const little = await runWith("covered 1\ncovered 2\n", "covered 1\ncovered 2\nnot 3\n", { max_drop: 40 });
    expect(little.phase.state).toBe("complete");
  });
});
