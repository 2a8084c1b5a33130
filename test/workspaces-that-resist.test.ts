import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCli } from "./harness/cli.ts";
import { createCrashRepository } from "./harness/crash-plan.ts";
import { crashRunId, driveToEnd, openAt } from "./harness/crash-run.ts";
import { temporaryFolder } from "./harness/temp.ts";

type Instruments = NonNullable<Parameters<typeof openAt>[1]>;
type Platform = Parameters<Instruments["platform"]>[0];

/** A machine on which `change` came over the program's git or files. */
const onMachine = (change: (platform: Platform) => Platform): Instruments => ({
  platform: change,
  ledger: (ledger) => ledger,
});

const createFolder = (): string => {
  const folder = temporaryFolder();
  createCrashRepository(folder, 2);
  return folder;
};

it("completes a run though no workspace can be removed, and clean tells what stays and why", async () => {
  const folder = createFolder();
  const app = await openAt(
    folder,
    onMachine((platform) => ({
      ...platform,
      files: {
        ...platform.files,
        remove: (path) =>
          path.endsWith("/tree") && existsSync(join(path, ".git"))
            ? Promise.reject(
                Object.assign(new Error("EACCES: permission denied, unlink"), { code: "EACCES" }),
              )
            : platform.files.remove(path),
      },
    })),
  );
  const state = await driveToEnd(app);
  await app.close();
  expect(state.state).toBe("succeeded");
  expect(state.phases.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome))).toEqual([
    "passed",
    "failed",
    "passed",
    "passed",
  ]);

  // Here it can be removed.
  const project = {
    folder,
    repo: join(folder, "repo"),
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: join(folder, "home"),
      XDG_STATE_HOME: join(folder, "state"),
      XDG_CONFIG_HOME: join(folder, "config"),
    },
  };
  const { json } = await runCli(project, "clean", "--yes", "--json");
  expect(json.leftovers).toMatchObject([
    { kind: "workspace", runId: crashRunId, why: expect.stringContaining("could not be removed") },
  ]);
  expect(existsSync(join(app.workspaceRoot, crashRunId))).toBe(false);
});

it("keeps the workspace of a builder whose work cannot be read, and says where it is", async () => {
  const folder = createFolder();
  let fails = true;
  const app = await openAt(
    folder,
    onMachine((platform) => ({
      ...platform,
      git: {
        ...platform.git,
        run: (call) =>
          fails && call.args[0] === "add"
            ? Promise.resolve({ code: 128, stdout: "", stderr: "fatal: adding files failed" })
            : platform.git.run(call),
      },
    })),
  );
  const state = await driveToEnd(app);
  fails = false;
  expect(state.state).toBe("failed");
  const [attempt] = state.phases[0]?.attempts ?? [];
  expect(attempt?.failure).toMatchObject({
    kind: "workspace-failed",
    message: expect.stringContaining("adding files failed"),
  });
  const left = attempt?.failure?.evidence.find(({ label }) => label === "left-in")?.detail ?? "";
  expect(readFileSync(join(left, "tree/a.txt"), "utf8")).toBe("a\n");
  await app.close();
});
