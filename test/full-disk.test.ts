import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { expectRefused, inShell } from "./harness/bad-input.ts";
import {
  callCli,
  createProject,
  eventsOf,
  type Fields,
  newestRun,
  type Project,
  runCli,
  writePlan,
  writes,
} from "./harness/cli.ts";

/** Whether this user may mount a small disk: root outside of most containers. */
const canMount = (() => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const probe = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
  return probe.status === 0;
})();
const needs = canMount ? "" : " (skipped: mounting a small disk needs root)";

/** A disk of so many kilobytes at a folder, gone when the test ends. */
function mountSmall(folder: string, kilobytes: number): string {
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder]);
  onTestFinished(() => void execFileSync("umount", ["--lazy", folder]));
  return folder;
}

/** Fills a disk to its last byte. */
const fill = (folder: string): string => `cat /dev/zero > '${folder}/filler' 2> /dev/null || true`;

const project = (config: Fields = {}): Project =>
  createProject({ config: { sandbox: "off", limits: { poll_seconds: 0.05 }, ...config } });
const planOf = (made: Project, steps: readonly Fields[]) =>
  writePlan(made, { tiers: [[{ id: "one", attempts: [steps, [writes("one.txt")]] }]] });

it.skipIf(!canMount)(
  `refuses to start a run whose ledger has no room, and leaves nothing of it${needs}`,
  async () => {
    const made = project();
    const disk = mountSmall(join(made.repo, ".git", "autopack"), 1000);
    const plan = planOf(made, [writes("one.txt")]);
    await callCli(made, "run", plan, "--quiet");
    execFileSync("sh", ["-c", fill(disk)]);
    await expectRefused(made, ["run", plan], {
      exitCode: 4,
      code: "store-unwritable",
      message: /ledger\.db cannot be written: /,
    });
  },
);

it.skipIf(!canMount)(
  `stops at the first event that cannot be stored, and goes on when there is room${needs}`,
  async () => {
    const made = project();
    const disk = mountSmall(join(made.repo, ".git", "autopack"), 1000);
    const once = join(made.folder, "once");
    const plan = planOf(made, [
      writes("one.txt"),
      { run: `test -e '${once}' || { touch '${once}'; ${fill(disk)}; }` },
    ]);
    const stopped = await runCli(made, "run", plan, "--json");
    expect([stopped.code, stopped.json.error?.code]).toEqual([4, "store-unwritable"]);
    expect(stopped.stderr).not.toMatch(/^\s+at /m);
    expect(eventsOf(made, newestRun(made)).at(-1)).toBe("build-started");

    rmSync(join(disk, "filler"));
    const resumed = await callCli(made, "resume", "--json");
    expect(resumed.json).toMatchObject({ state: "succeeded" });
    expect(resumed.code).toBe(0);
    expect((await callCli(made, "ledger", "verify", "--json")).json.findings).toEqual([]);
  },
);

it.skipIf(!canMount)(`fails an attempt whose log or workspace has no room, and says so${needs}`, async () => {
  const made = project({ limits: { poll_seconds: 0.05, output_bytes: 1_000_000 } });
  const logs = mountSmall(join(made.repo, ".git", "autopack", "artifacts"), 100);
  const spam = { run: "head -c 300000 /dev/urandom | base64" };
  const ran = await callCli(made, "run", planOf(made, [writes("one.txt"), spam]), "--json");
  expect(ran.json).toMatchObject({ state: "failed", phases: [{ attempts: 1 }] });
  const { attempts } = (await callCli(made, "show", ran.json.runId, "one", "--json")).json;
  expect(attempts[0].failure).toMatchObject({
    class: "environment",
    kind: "disk-full",
    message: expect.stringMatching(/the log .*build\.log\S* cannot be written: no space is left on the disk/),
    evidence: expect.arrayContaining([{ label: "code", detail: "disk-full" }]),
  });
  expect(existsSync(logs)).toBe(true);

  const cramped = project();
  writeFileSync(join(cramped.repo, "large"), Buffer.alloc(400_000, "x"));
  execFileSync("git", ["-C", cramped.repo, "add", "large"]);
  execFileSync("git", [
    "-C",
    cramped.repo,
    "-c",
    "user.name=u",
    "-c",
    "user.email=u",
    "commit",
    "-qm",
    "Large",
  ]);
  mountSmall(join(cramped.folder, "state"), 200);
  const failed = await callCli(cramped, "run", planOf(cramped, [writes("one.txt")]), "--json");
  expect(failed.code).toBe(4);
  expect(failed.json).toMatchObject({
    state: "failed",
    reason: "environment",
    phases: [
      {
        failure: {
          kind: expect.stringMatching(/^(disk-full|workspace-failed)$/),
          message: expect.stringMatching(/[Nn]o space|unable to write/),
        },
      },
    ],
  });
});

it("tells of a store that may not grow as of a full disk", () => {
  const made = project();
  const { code, stdout, stderr } = inShell(made, "ulimit -f 16; autopack status");
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^autopack: the store \S+ledger\.db cannot be written: [^\n]+\n[^\n]+\n$/);
  expect(code).toBe(4);
});
