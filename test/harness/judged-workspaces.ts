import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Deliverable, Grant } from "../../src/domain/plan.ts";
import { assessChange } from "../../src/governance/assess-change.ts";
import { defaultProtected } from "../../src/governance/default-protected.ts";
import { createPathPolicy } from "../../src/governance/path-policy.ts";
import { openPrivateRepository, readBlob } from "../../src/platform/private-repository.ts";
import { openRepository } from "../../src/platform/repository.ts";
import { createWorkspace, readChange, type Workspace } from "../../src/platform/workspace.ts";
import { createWorld } from "./workspaces.ts";

export interface Phase {
  readonly write?: readonly string[];
  readonly deliverables?: readonly Deliverable[];
  readonly grants?: readonly Grant[];
  readonly limits?: Partial<typeof limits>;
}

const limits = { changeFiles: 200, changeBytes: 5_000_000, fileBytes: 1_000_000 };

/** One repository for all tests of a file, made by `make` in its folder; every test gets a workspace of its own. */
export async function openJudgedWorkspaces(make: (root: string) => string, protect: readonly string[]) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "autopack-test-")));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, "user");
  const base = make(root);
  const world = createWorld();
  const user = await openRepository(world.git, root);
  const repository = await openPrivateRepository(world, user, { name: "User", email: "user@example.com" });
  let count = 0;

  const create = (commit = base): Promise<Workspace> => {
    count += 1;
    const place = { root: join(folder, "workspaces"), runId: "r1", name: `p.${count}.build`, fence: 1 };
    return createWorkspace(world, repository, place, commit);
  };
  const read = (workspace: Workspace, given: Phase["limits"] = {}) =>
    readChange(
      world,
      repository,
      workspace,
      { ...limits, ...given },
      { ref: `refs/autopack/test/${count}`, message: "x\n", at: "2026-01-01T00:00:00.000Z" },
    );

  /** Reads a workspace and judges it as the gate does. */
  async function judge(workspace: Workspace, { write = ["src/**"], ...phase }: Phase = {}) {
    const change = await read(workspace, phase.limits);
    const linkTargets = new Map<string, string>();
    for (const { path, newMode, newBlob } of change.files)
      if (newMode === "120000") linkTargets.set(path, await readBlob(world, repository, newBlob));
    const { violations } = assessChange({
      ...change,
      phase: { id: "p", deliverables: phase.deliverables ?? [], scope: { write, read: [] } },
      policy: createPathPolicy({
        protect: [...defaultProtected, ...protect],
        grants: phase.grants ?? [],
        now: new Date("2026-06-15T00:00:00Z"),
      }),
      limits: { ...limits, ...phase.limits },
      linkTargets,
      emptiedTests: new Set(),
    });
    return { change, told: violations.map(({ kind, path }) => `${kind} ${path}`) };
  }
  return { folder, root, base, world, repository, create, read, judge };
}
