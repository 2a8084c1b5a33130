import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { callCli, createProject, type Fields, type Project, writePlan, writes } from "./harness/cli.ts";

/**
 * A test tool in ten lines: every line of `tests.txt` is a test with its outcome. `flaky` fails once in a workspace
 * and passes then, `crash` ends the tool without a report, `lie` is a failure that the exit code does not tell.
 */
const tool = `
code=0
: > body
while IFS=: read -r name outcome; do
  case "$outcome" in
    flaky) if [ -e "seen-$name" ]; then outcome=passed; else : > "seen-$name"; outcome=failed; fi ;;
    crash) exit 1 ;;
  esac
  case "$outcome" in
    passed) echo "<testcase name='$name' file='tests.txt'/>" >> body ;;
    skipped) echo "<testcase name='$name' file='tests.txt'><skipped/></testcase>" >> body ;;
    lie) echo "<testcase name='$name' file='tests.txt'><failure message='a lie'/></testcase>" >> body ;;
    *) code=1; echo "<testcase name='$name' file='tests.txt'><failure message='$name is wrong'/></testcase>" >> body ;;
  esac
done < tests.txt
{ echo "<testsuite name='all'>"; cat body; echo "</testsuite>"; } > junit.xml
exit $code
`;

const check = { run: "sh tool.sh", report: "junit.xml" };

function projectWith(tests: string, config: Fields = {}): Project {
  return createProject({
    files: { "tool.sh": tool, "tests.txt": tests },
    config: { limits: { poll_seconds: 0.05 }, ...config },
  });
}

/** One phase that replaces `tests.txt`, once for every attempt. */
async function runWith(project: Project, attempts: readonly string[], checks: Fields = { test: check }) {
  const plan = writePlan(project, {
    checks,
    tiers: [
      [
        {
          id: "change",
          attempts: attempts.map((content) => [writes("tests.txt", content)]),
          fields: { deliverables: ["tests.txt"], budget: { attempts: attempts.length } },
        },
      ],
    ],
  });
  const { json, code } = await callCli(project, "run", plan, "--json");
  if (!json.runId) throw new Error(JSON.stringify(json));
  const shown = await callCli(project, "show", json.runId, "change", "--json");
  const attempt = shown.json.attempts.at(-1);
  return { code, phase: json.phases[0], attempt, tests: attempt.verification?.checks.at(-1)?.tests, shown };
}

/** What the ledger holds of one type, in order. */
function ledgerEvents({ repo }: Project, type: string): Fields[] {
  const db = new Database(join(repo, ".git", "autopack", "ledger.db"), { readonly: true });
  const rows = db.prepare("select data from events where type = ? order by rowid").all(type) as {
    data: string;
  }[];
  db.close();
  return rows.map(({ data }) => JSON.parse(data) as Fields);
}

describe("tests that are reported", () => {
  test("what failed before does not block, and what fails now does, by name", async () => {
    const project = projectWith("old:failed\nfine:passed\n");
    const known = await runWith(project, ["old:failed\nfine:passed\nmore:passed\n"]);
    expect(known).toMatchObject({ code: 0, phase: { state: "complete" } });
    expect(known.tests).toMatchObject({
      baseline: "valid",
      counts: { total: 3, passed: 2, failed: 1, skipped: 0 },
      changes: { "still-failing": 1, "new-pass": 1, "new-failure": 0 },
    });
    const broken = await runWith(project, ["old:failed\nfine:failed\n"]);
    expect(broken).toMatchObject({ code: 1, phase: { failure: { kind: "tests-failed" } } });
    expect(broken.attempt.failure.evidence).toContainEqual({
      label: "test",
      detail: "tests.txt > all > fine\nfine is wrong",
    });
    expect(
      broken.attempt.failure.evidence.map(({ detail }: { detail: string }) => detail).join(),
    ).not.toContain("old is wrong");
  });

  test("a test that fails once and passes then is named as flaky and does not block", async () => {
    const { code, tests } = await runWith(projectWith("fine:passed\n"), ["fine:passed\nodd:flaky\n"]);
    expect(code).toBe(0);
    expect(tests.listed).toContainEqual(
      expect.objectContaining({
        change: "flaky",
        id: "tests.txt > all > odd",
        outcomes: ["failed", "passed"],
      }),
    );
  });

  test("a test that was flaky at the baseline and fails each time now is a new failure", async () => {
    const { phase } = await runWith(projectWith("odd:flaky\n"), ["odd:failed\n"]);
    expect(phase).toMatchObject({ state: "failed", failure: { kind: "tests-failed" } });
  });

  test("a report that is missing, or at odds with the exit code, proves nothing, and no retry is spared", async () => {
    const { phase, attempt } = await runWith(projectWith("fine:passed\n"), [
      "fine:crash\n",
      "fine:lie\n",
      "fine:passed\nmore:passed\n",
    ]);
    expect(phase).toMatchObject({ state: "complete", attempts: 3 });
    expect(attempt.attempt).toBe(3);
  });

  test("a builder that runs the tests itself is not blamed for the report that they leave", async () => {
    const project = projectWith("a:passed\n");
    const plan = writePlan(project, {
      checks: { test: check },
      tiers: [
        [
          {
            id: "change",
            attempts: [[writes("tests.txt", "a:passed\nb:passed\n"), { run: "sh tool.sh && rm body" }]],
            fields: { deliverables: ["tests.txt"] },
          },
        ],
      ],
    });
    const { json } = await callCli(project, "run", plan, "--json");
    const { attempts } = (await callCli(project, "show", json.runId, "change", "--json")).json;
    expect(attempts[0]).toMatchObject({ outcome: "passed", change: { files: [{ path: "tests.txt" }] } });
  });

  test("an empty project is a valid baseline, and a tool that never worked is none", async () => {
    const empty = await runWith(projectWith(""), ["first:passed\n"]);
    expect(empty).toMatchObject({ code: 0, tests: { baseline: "empty", changes: { "new-pass": 1 } } });
    const broken = await runWith(projectWith("fine:crash\n"), ["fine:passed\n"]);
    expect(broken).toMatchObject({ code: 0, tests: { baseline: "unusable" } });
  });

  test("what an earlier phase of the run mended may not break again", async () => {
    const project = projectWith("a:failed\nb:passed\n");
    const fields = { deliverables: ["tests.txt"], budget: { attempts: 1 } };
    const plan = writePlan(project, {
      checks: { test: check },
      tiers: [
        [{ id: "mends", attempts: [[writes("tests.txt", "a:passed\nb:passed\n")]], fields }],
        [{ id: "breaks", attempts: [[writes("tests.txt", "a:failed\nb:passed\n")]], fields }],
      ],
    });
    const { json } = await callCli(project, "run", plan, "--json");
    expect(json.phases).toMatchObject([
      { state: "complete" },
      { state: "failed", failure: { kind: "tests-failed" } },
    ]);
  });

  test("a second run of the same tree takes the baseline of the first, and knows what was flaky then", async () => {
    const project = projectWith("a:passed\n");
    const first = await runWith(project, ["a:passed\nodd:flaky\n"]);
    expect(first.tests.listed).toMatchObject([{ change: "flaky", earlierRuns: 0 }]);
    const second = await runWith(project, ["a:passed\nodd:flaky\nb:passed\n"]);
    expect(second.tests.listed[0]).toMatchObject({ change: "flaky", earlierRuns: 1 });
    const uses = ledgerEvents(project, "baseline-recorded").map(({ use }) => use);
    expect(uses).toEqual(["made", "found"]);
  });
});
