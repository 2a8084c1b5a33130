import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./harness/temp.ts";

const script = join(import.meta.dirname, "..", "examples", "own-house", "run.mjs");

test("a plan of real programs comes out as promised on a clone of this repository", {
  timeout: 1_500_000,
}, () => {
  const folder = temporaryFolder();
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const run = spawnSync(process.execPath, [script], {
    env: { ...process.env, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: "1" },
    encoding: "utf8",
    timeout: 1_490_000,
  });

  expect(run.stdout).toContain("All outcomes are the promised ones.");
  expect(run.stdout).toContain("3 certificates checked again, 0 of them broken.");
  expect(run.status).toBe(0);
  expect(readdirSync(temporary)).toEqual([]);
});
