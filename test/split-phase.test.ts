import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  callCli,
  createProject,
  type Fields,
  type Project,
  sql,
  startCli,
  waitUntil,
  writePlan,
} from "./harness/cli.ts";
import { git } from "./harness/temp.ts";

const limits = { stop_grace_seconds: 0.3, poll_seconds: 0.05 };
const paths = ["one.txt", "two.txt", "three.txt"];

/** Builds what its prompt asks for in one call, as long as that is one file; `more` runs before. */
const oneAtATime = (more = ""): string => `set -e
${more}
asked=$(sed -n '/^## Deliverable/,/^$/s/^- create or modify //p' "$AUTOPACK_PROMPT_FILE")
if [ "$(echo "$asked" | wc -l)" -gt 1 ]; then
  echo '{"tokens": 90, "error": {"message": "max_tokens", "code": "max_tokens", "truncated": true}}' > "$AUTOPACK_RESULT"
  sleep 60
fi
echo "$AUTOPACK_PART" > "$asked"
echo '{"tokens": 10}' > "$AUTOPACK_RESULT"`;

function splitProject(builder: string, entry: Fields = {}): Project {
  const project = createProject({
    config: {
      limits,
      builders: { small: { command: "sh build.sh", reports_usage: true, minutes: 0.5 / 60, ...entry } },
    },
    files: { "build.sh": builder },
  });
  return project;
}
const planFor = (
  project: Project,
  fields: Fields = {},
  check = "cat one.txt two.txt three.txt",
  run: Fields = {},
) =>
  writePlan(project, {
    run,
    checks: { all: check },
    tiers: [[{ id: "feature", fields: { deliverables: paths, builder: "small", ...fields } }]],
  });
async function runPlan(project: Project, plan: string) {
  await callCli(project, "trust", "--yes");
  return callCli(project, "run", plan, "--json");
}
const shown = async (project: Project, runId: string) =>
  (await callCli(project, "show", runId, "feature", "--json")).json;

describe("a phase that is too large for one call of its builder", () => {
  test("is built one deliverable at a time, each on what is there, and proven as a whole", async () => {
    const project = splitProject(oneAtATime());
    const { json, code } = await runPlan(project, planFor(project));
    expect([code, json.state]).toEqual([0, "succeeded"]);
    const { attempts, certificate } = await shown(project, json.runId);
    expect(attempts).toMatchObject([
      { outcome: "failed", failure: { kind: "builder-timeout" } },
      { outcome: "failed", room: 1, chosen: { step: "more-room" } },
      { outcome: "continued", part: { number: 1, of: 3 }, chosen: { step: "split" } },
      {
        outcome: "continued",
        part: { number: 2, of: 3 },
        chosen: { because: "attempt 3 built part 1 of 3" },
      },
      { outcome: "passed", part: { number: 3, of: 3 } },
    ]);
    const bases = new Set(attempts.map(({ base }: { base: string }) => base));
    expect(bases.size).toBe(1);
    expect(certificate).toMatchObject({ attempt: 5 });
    const built = (path: string) => git(project.repo, "show", `autopack/${json.runId}:${path}`);
    expect(paths.map(built)).toEqual(["1/3\n", "2/3\n", "3/3\n"]);
    expect(git(project.repo, "rev-list", "--count", `main..autopack/${json.runId}`)).toBe("1\n");
    const text = (await callCli(project, "show", json.runId, "feature")).stdout;
    expect(text).toContain("Attempt 4: continued");
    expect(text).toContain("Part: 2 of 3");
    const { stdout } = await callCli(project, "report", json.runId);
    expect(stdout).toContain("- Attempt 3: split, builder `small`");
  });

  test("that fails in the middle is tried again at that part, on the parts before it", async () => {
    const project = splitProject(
      oneAtATime(`if [ "$AUTOPACK_PART $AUTOPACK_ATTEMPT" = "2/3 4" ]; then exit 1; fi`),
    );
    const { json } = await runPlan(project, planFor(project, { budget: { attempts: 9 } }));
    const { attempts } = await shown(project, json.runId);
    const after = attempts
      .slice(2)
      .map(({ outcome, part, chosen }: Fields) => [outcome, part, (chosen as Fields)["step"]]);
    expect(after).toEqual([
      ["continued", { number: 1, of: 3 }, "split"],
      ["failed", { number: 2, of: 3 }, "split"],
      ["continued", { number: 2, of: 3 }, "retry"],
      ["passed", { number: 3, of: 3 }, "split"],
    ]);
  });

  test("and whose executor is killed in the middle goes on with that part, and calls nobody for those before it", async () => {
    const project = createProject({ config: { limits } });
    const notes = join(project.folder, "notes");
    const slow = `if [ "$AUTOPACK_PART" = 2/3 ] && ! [ -e '${notes}/go' ]; then touch '${notes}/up'; sleep 60; fi
      echo "$AUTOPACK_PART" >> '${notes}/calls'`;
    const builders = { small: { command: oneAtATime(slow), minutes: 1 / 60, writable: [notes] } };
    const config = { version: 1, limits, builders };
    writeFileSync(join(project.repo, "autopack.yaml"), JSON.stringify(config));
    const plan = planFor(project, { budget: { attempts: 9 } });
    await callCli(project, "trust", "--yes");
    const cli = startCli(project, "run", plan, "--json");
    await waitUntil("the second part", () => existsSync(join(notes, "up")));
    cli.signal("SIGKILL");
    await cli.ended;
    writeFileSync(join(notes, "go"), "");
    const { json, code } = await callCli(project, "resume", "--json");
    expect([code, json.state]).toEqual([0, "succeeded"]);
    const { attempts } = await shown(project, json.runId);
    expect(
      attempts.slice(2).map(({ outcome, part }: Fields) => [outcome, (part as Fields)["number"]]),
    ).toEqual([
      ["continued", 1],
      ["interrupted", 2],
      ["continued", 2],
      ["passed", 3],
    ]);
    const calls = readFileSync(join(notes, "calls"), "utf8").trim().split("\n");
    expect(calls.filter((part) => part !== "")).toEqual(["1/3", "2/3", "3/3"]);
  });

  test("is not split where the budget does not reach for every part", async () => {
    const project = splitProject(oneAtATime(), { max_tokens: 100 });
    const { json } = await runPlan(project, planFor(project, {}, undefined, { budget: { tokens: 480 } }));
    const { attempts, failure, passedOver } = await shown(project, json.runId);
    expect(attempts).toHaveLength(2);
    expect(failure.kind).toBe("tokens-exhausted");
    expect(passedOver).toContainEqual({
      step: "split",
      why: expect.stringMatching(/^small may use \d+ tokens in each of 3 calls, and \d+ are left$/),
    });
  });

  test("is judged by its rules at every part: one that writes elsewhere ends the attempt", async () => {
    const astray = oneAtATime(`if [ "$AUTOPACK_PART" = 1/3 ]; then echo x > elsewhere.txt; fi`);
    const project = splitProject(astray);
    const { json } = await runPlan(project, planFor(project, { budget: { attempts: 3 } }));
    const { attempts } = await shown(project, json.runId);
    expect(attempts.at(-1)).toMatchObject({
      outcome: "failed",
      part: { number: 1, of: 3 },
      failure: { kind: "out-of-scope" },
    });
    expect(json.state).toBe("failed");
  });

  test("is proven only by the checks of the whole: a part that built nothing is found out", async () => {
    const lazy = oneAtATime(`if [ "$AUTOPACK_PART" = 2/3 ]; then exit 0; fi`);
    const project = splitProject(lazy);
    const { json } = await runPlan(project, planFor(project, { budget: { attempts: 3 } }, "true"));
    const { attempts } = await shown(project, json.runId);
    expect(attempts.at(-1)).toMatchObject({
      outcome: "failed",
      part: { number: 3, of: 3 },
      failure: { kind: "deliverable-missing" },
    });
  });
});

test("what a ledger holds of a split phase folds to what it held", async () => {
  const project = splitProject(oneAtATime());
  const { json } = await runPlan(project, planFor(project));
  const rows = sql(project, `select type from events where type = 'part-built'`);
  expect(rows).toHaveLength(2);
  expect((await callCli(project, "ledger", "verify", "--json")).code).toBe(0);
  const before = await callCli(project, "status", json.runId, "--json");
  await callCli(project, "ledger", "rebuild");
  expect((await callCli(project, "status", json.runId, "--json")).stdout).toBe(before.stdout);
});
