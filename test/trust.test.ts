import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createProject, runCli, writePlan, writes } from "./harness/cli.ts";

it("runs what the repository's file asks for only after it was shown and allowed, and asks again after an edit", async () => {
  const project = createProject({
    config: { checks: { there: { run: "test -f one.txt", network: "full" } }, readable: ["~/.npmrc"] },
  });
  const plan = writePlan(project, { tiers: [[{ id: "one", attempts: [[writes("one.txt")]] }]] });
  const refused = await runCli(project, "run", plan, "--json");
  expect([refused.code, refused.json.error.code]).toEqual([3, "not-trusted"]);

  const shown = await runCli(project, "trust", "--json");
  expect(shown.code).toBe(3);
  expect(shown.json).toMatchObject({
    trusted: false,
    effects: [
      { what: "check there", effect: "test -f one.txt  (with the network)" },
      { what: "readable", effect: "~/.npmrc for setup and checks" },
    ],
  });
  expect((await runCli(project, "run", plan, "--json")).code).toBe(3);

  expect((await runCli(project, "trust", "--yes", "--json")).code).toBe(0);
  expect((await runCli(project, "run", plan, "--json")).code).toBe(0);

  writeFileSync(join(project.repo, "autopack.yaml"), "version: 1\nsandbox: off\n");
  const edited = await runCli(project, "run", plan, "--json");
  expect([edited.code, edited.json.error.code]).toEqual([3, "not-trusted"]);
});
