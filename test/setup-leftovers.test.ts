import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createProject, type Project, runCli, writePlan, writes } from "./harness/cli.ts";
import { git } from "./harness/temp.ts";

/** A repository whose setup makes a file, changes another, and which carries a third; git ignores none of them. */
function createLeavingProject(): Project {
  const project = createProject({
    config: {
      setup: ["echo generated > generated.txt && echo more >> readme.txt && rm gone.txt"],
      carry: ["local.cfg"],
      limits: { stop_grace_seconds: 0.3, poll_seconds: 0.05 },
    },
    files: { "gone.txt": "here\n" },
  });
  writeFileSync(join(project.repo, "local.cfg"), "secret\n");
  return project;
}
const checks = { made: "test -f generated.txt && test -f local.cfg" };

it("does not take for the builder's what setup and carried files left, and takes what it did itself", async () => {
  const project = createLeavingProject();
  await runCli(project, "trust", "--yes");
  const mends = { run: "echo mine > generated.txt && echo mine >> readme.txt" };
  const scope = { scope: { write: ["*.txt"] } };
  const plan = writePlan(project, {
    checks,
    tiers: [
      [
        { id: "leaves" },
        { id: "lazy", attempts: [[{ run: "true" }]], fields: { budget: { attempts: 1 } } },
        { id: "edits", attempts: [[mends, writes("edits.txt")]], fields: { budget: { attempts: 1 } } },
        {
          id: "owns",
          attempts: [[mends, writes("owns.txt")]],
          fields: { ...scope, depends_on: ["leaves"] },
        },
        {
          id: "takes",
          attempts: [[{ run: "echo more >> local.cfg" }, writes("takes.txt")]],
          fields: { scope: { write: ["**"] }, budget: { attempts: 1 }, depends_on: ["owns"] },
        },
      ],
    ],
  });
  const { json, stderr } = await runCli(project, "run", plan, "--json");
  const kinds = json.phases?.map((phase: { state: string; failure?: { kind: string } }) => [
    phase.state,
    phase.failure?.kind ?? null,
  ]);
  expect(kinds, stderr).toEqual([
    ["complete", null],
    ["failed", "no-change"],
    ["failed", "out-of-scope"],
    ["complete", null],
    ["failed", "protected-path"],
  ]);
  const branch = `autopack/${json.runId}`;
  const changed = git(project.repo, "diff", "--name-status", "HEAD", branch).trim().split("\n");
  expect(changed).toEqual(["A\tgenerated.txt", "A\tleaves.txt", "A\towns.txt", "M\treadme.txt"]);
  expect(git(project.repo, "show", `${branch}:generated.txt`)).toBe("mine\n");
  // Nothing of a carried file that no builder touched is in any object of ours.
  const secret = git(project.repo, "hash-object", "local.cfg").trim();
  expect(() => git(join(project.repo, ".git", "autopack", "repo.git"), "cat-file", "-e", secret)).toThrow(
    "cat-file",
  );
});
