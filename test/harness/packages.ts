import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTree } from "./temp.ts";

/** A package in an archive, as registries have them. */
export function packPackage(
  name: string,
  files: Readonly<Record<string, string>>,
  manifest: object = {},
): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "autopack-pack-"));
  try {
    mkdirSync(join(folder, "package"));
    writeTree(join(folder, "package"), {
      "package.json": JSON.stringify({ name, version: "1.0.0", ...manifest }),
      ...files,
    });
    execFileSync("tar", ["-czf", "package.tgz", "package"], { cwd: folder });
    return readFileSync(join(folder, "package.tgz"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Manifest and lock file of a project that installs one archive of its own, without any network. */
export function projectOf(name: string, archive: string, manifest: object = {}): Record<string, string> {
  const dependencies = { [name]: `file:${archive}` };
  const project = { name: "project", version: "1.0.0", dependencies };
  return {
    "package.json": JSON.stringify({ ...project, ...manifest }),
    "package-lock.json": JSON.stringify({
      ...project,
      lockfileVersion: 3,
      requires: true,
      packages: {
        "": project,
        [`node_modules/${name}`]: { version: "1.0.0", resolved: `file:${archive}` },
      },
    }),
  };
}
