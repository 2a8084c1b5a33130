import { chmodSync, mkdirSync, readdirSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { openJudgedWorkspaces } from "./harness/judged-workspaces.ts";
import { createRepository, git, writeTree } from "./harness/temp.ts";

const bench = await openJudgedWorkspaces((root) => createRepository(root, { "src/a.ts": "a\n" }), []);

describe("size is bounded before anything is read:", () => {
  const objectCount = () => {
    const { gitDir } = bench.repository;
    return git(gitDir, "count-objects").trim();
  };
  const commitsTree = /^(\d+) objects/;
  const added = (before: string, after: string) =>
    Number(commitsTree.exec(after)?.[1]) - Number(commitsTree.exec(before)?.[1]);

  it("a sparse file of a terabyte", async () => {
    const workspace = await bench.create();
    for (const path of ["src/a.ts", "src/new.bin"]) {
      writeFileSync(join(workspace.tree, path), "");
      truncateSync(join(workspace.tree, path), 10 ** 12);
    }
    writeTree(workspace.tree, { "src/small.ts": "x\n" });
    const { change, told } = await bench.judge(workspace);
    expect(change).toMatchObject({ unread: 0, files: [{ path: "src/small.ts" }] });
    expect(told).toEqual(["change-too-large .", "change-too-large src/a.ts", "change-too-large src/new.bin"]);
  });

  it("more files than the limit", async () => {
    const workspace = await bench.create();
    const files = Array.from({ length: 30 }, (_, index) => [`src/${index}.ts`, `${index} of many\n`]);
    writeTree(workspace.tree, Object.fromEntries(files));
    const before = objectCount();
    const { change, told } = await bench.judge(workspace, { limits: { changeFiles: 29 } });
    expect(told).toEqual(["change-too-large ."]);
    expect(change).toMatchObject({ unread: 30 });
    // The commit that says so.
    expect(added(before, objectCount())).toBeLessThanOrEqual(1);
    expect((await bench.judge(workspace, { limits: { changeFiles: 30 } })).told).toEqual([]);
  });

  it("more bytes than the limit", async () => {
    const workspace = await bench.create();
    writeTree(workspace.tree, { "src/x.ts": "x".repeat(600), "src/y.ts": "y".repeat(600) });
    const before = objectCount();
    const { change, told } = await bench.judge(workspace, { limits: { changeBytes: 1199 } });
    expect(told).toEqual(["change-too-large ."]);
    expect(change.files.map(({ path, bytes }) => [path, bytes])).toEqual([
      ["src/x.ts", 600],
      ["src/y.ts", 600],
    ]);
    expect(added(before, objectCount())).toBeLessThanOrEqual(1);
    expect((await bench.judge(workspace, { limits: { changeBytes: 1200 } })).told).toEqual([]);
  });

  it("folders nested deeper than a path can be long, which are told and removed", async () => {
    const workspace = await bench.create();
    const top = join(workspace.tree, "src/nested");
    // Each time put below another chain: made from above, the path would soon be too long to name.
    for (let round = 0; round < 6; round += 1) {
      const chain = join(workspace.tree, "chain", ...Array.from({ length: 40 }, () => "d".repeat(24)));
      mkdirSync(chain, { recursive: true });
      if (round > 0) renameSync(top, join(chain, "e"));
      renameSync(join(workspace.tree, "chain"), top);
    }
    expect((await bench.judge(workspace)).told).toEqual([
      expect.stringMatching(/^special-file src\/nested\/d+\//),
    ]);
    chmodSync(top, 0o500);
    await bench.world.files.remove(workspace.dir);
    expect(readdirSync(dirname(workspace.dir))).not.toContain(workspace.dir.split("/").at(-1));
  });
});
