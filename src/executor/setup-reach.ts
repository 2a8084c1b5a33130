import { join, posix } from "node:path";
import { z } from "zod";
import { parseJson } from "../domain/json.ts";
import type { KeptSetup } from "../plan/setup-command.ts";
import type { Files } from "../platform/ports.ts";
import type { SetupNote } from "../platform/setup-cache.ts";
import type { WorkspaceOutputs } from "../platform/workspace-outputs.ts";

/** Packages whose install script fetches or builds their own program and looks at nothing of the project. */
const ownAffairs = new Set(
  "@parcel/watcher @swc/core bcrypt better-sqlite3 bufferutil canvas cpu-features electron esbuild fsevents keytar leveldown lmdb msgpackr-extract node node-pty re2 rolldown sharp sqlite3 ssh2 unrs-resolver utf-8-validate workerd".split(
    " ",
  ),
);

const ofPackages = ["preinstall", "install", "postinstall"];
const ofProjects = [...ofPackages, "prepublish", "preprepare", "prepare", "postprepare", "dependencies"];

/**
 * How far a finished setup reached beyond the inputs of a package manager: null when not at all, so that every
 * tree with the same inputs gets the same; else why it counts for this very tree only, or cannot be kept.
 * `carried`: paths that stood in the workspace before it.
 */
export async function assessReach(
  files: Files,
  tree: string,
  kept: KeptSetup,
  outputs: WorkspaceOutputs,
  carried: readonly string[],
): Promise<SetupNote | null> {
  const mixed = outputs.added.find((path) => carried.some((file) => file.startsWith(`${path}/`)));
  if (mixed !== undefined) return { kind: "never", because: `it wrote beside carried files, in ${mixed}` };
  if (outputs.deleted[0] !== undefined)
    return { kind: "never", because: `it deleted ${outputs.deleted[0]}, which is committed` };
  const wholeTree = (because: string): SetupNote => ({ kind: "whole-tree", because });
  if (outputs.modified[0] !== undefined)
    return wholeTree(`it changed ${outputs.modified[0]}, which is committed`);
  const above = kept.folder === "" ? "" : `${kept.folder}/`;
  const outside = outputs.added.find(
    (path) => !(path.startsWith(above) && path.split("/").includes("node_modules")),
  );
  if (outside !== undefined) return wholeTree(`it wrote ${outside}, outside of node_modules`);
  if (kept.ignoresScripts) return null;
  const script = await findScript(files, tree, kept.folder, outputs.added);
  return script === null ? null : wholeTree(`${script} runs a script, which may read any file`);
}

/** The first package or project with a script that an installation runs. */
async function findScript(
  files: Files,
  tree: string,
  folder: string,
  outputs: readonly string[],
): Promise<string | null> {
  const project = await readManifest(files, join(tree, folder));
  if (runs(project, ofProjects)) return posix.join(folder, "package.json");
  const folders = outputs.filter((path) => posix.basename(path) === "node_modules");
  for (let modules = folders.pop(); modules !== undefined; modules = folders.pop()) {
    for (const path of await packagesIn(files, tree, modules)) {
      const manifest = await readManifest(files, join(tree, path));
      // A link leads to a package of this repository, of which more is run.
      const isLink = (await files.stat(join(tree, path)))?.kind === "symlink";
      const isKnown = path.endsWith(`node_modules/${manifest.name}`) && ownAffairs.has(manifest.name);
      if (!isKnown && runs(manifest, isLink ? ofProjects : ofPackages)) return path;
      if (!isLink) folders.push(posix.join(path, "node_modules"));
    }
  }
  return null;
}

async function packagesIn(files: Files, tree: string, modules: string): Promise<string[]> {
  const paths: string[] = [];
  for (const name of (await files.list(join(tree, modules))) ?? []) {
    const path = posix.join(modules, name);
    if (name.startsWith(".")) continue;
    if (!name.startsWith("@")) paths.push(path);
    else
      for (const scoped of (await files.list(join(tree, path))) ?? []) paths.push(posix.join(path, scoped));
  }
  return paths;
}

interface Manifest {
  readonly name: string;
  readonly scripts: Readonly<Record<string, unknown>>;
  /** Whether it is built by node-gyp where no script says otherwise. */
  readonly native: boolean;
}

const manifestShape = z.object({
  name: z.string().catch(""),
  scripts: z.record(z.string(), z.unknown()).catch({}),
});

async function readManifest(files: Files, folder: string): Promise<Manifest> {
  const text = (await files.read(join(folder, "package.json")))?.toString("utf8") ?? "";
  const manifest = manifestShape.safeParse(parseJson(text.replace(/^\ufeff/, "")));
  const native = (await files.stat(join(folder, "binding.gyp"))) !== null;
  return { ...(manifest.success ? manifest.data : { name: "", scripts: {} }), native };
}

const runs = ({ scripts, native }: Manifest, events: readonly string[]): boolean =>
  native || events.some((event) => Object.hasOwn(scripts, event));
