import { dirname, posix } from "node:path";
import { normalisePath } from "../domain/paths.ts";
import type { Argv } from "../domain/plan.ts";
import type { KeptSetup } from "../plan/setup-command.ts";
import { readCommit } from "../platform/commits.ts";
import type { Platform } from "../platform/ports.ts";
import {
  type BlobEntry,
  listBlobs,
  type PrivateRepository,
  readBlob,
} from "../platform/private-repository.ts";
import { digestOf, hashFiles } from "./digest.ts";
import type { SetupTools } from "./setup-tools.ts";

/** All that a kept setup is known by. */
export interface SetupInputs {
  readonly argv: Argv;
  readonly kept: KeptSetup;
  /** The commit that the workspace is made of. */
  readonly commit: string;
  /** Files of the user's checkout that are copied into the workspace. */
  readonly carry: readonly string[];
  readonly tools: SetupTools;
  /** Files and folders besides, that setup may read; what a folder holds is not in the key. */
  readonly readable: readonly string[];
  /** How the command is held while it runs. */
  readonly isolation: unknown;
  /** The user's HOME, whose package manager settings count. */
  readonly home: string;
}

export interface SetupKeys {
  /** For a setup that reads nothing but manifests, lock files, settings and patches. */
  readonly manifests: string;
  /** For one whose scripts may read any file: the same, and the whole tree. */
  readonly wholeTree: string;
}

/** What package managers read, and what chooses their version, wherever in the tree it is. */
const readNames = new Set([
  "package.json",
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  ".npmrc",
  ".yarnrc",
  "binding.gyp",
  ".nvmrc",
  ".node-version",
  ".tool-versions",
  "mise.toml",
]);
const lockNames = ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock"];

const isRead = (path: string): boolean =>
  readNames.has(posix.basename(path)) || path.split("/").includes("patches");

/** The keys of a setup; null where it reads what is not in the repository, so that no key would say enough. */
export async function readSetupKeys(
  platform: Pick<Platform, "git" | "files">,
  repository: PrivateRepository,
  inputs: SetupInputs,
): Promise<SetupKeys | null> {
  const { argv, kept, carry, readable, tools, isolation, home } = inputs;
  const blobs = await listBlobs(platform, repository, inputs.commit);
  const local = await localPackages(platform, repository, kept.folder, blobs);
  if (local === null) return null;
  const read = blobs.filter(({ path }) => isRead(path) || local.has(path));
  const root = repository.user.root;
  const manifests = digestOf({
    format: 1,
    argv,
    kept,
    tools: { ...tools, program: undefined },
    isolation,
    files: read.map(({ mode, blob, path }) => [mode, blob, path]),
    carry: await hashFiles(platform.files, root, carry),
    readable: await hashFiles(platform.files, "/", readable),
    user: await hashFiles(platform.files, home, [".npmrc", ".yarnrc"]),
    machine: await hashFiles(platform.files, dirname(dirname(tools.program)), ["etc/npmrc"]),
  });
  const commit = await readCommit(platform, repository, inputs.commit);
  if (!commit) throw new Error(`the commit ${inputs.commit} is gone`);
  return { manifests, wholeTree: digestOf({ manifests, tree: commit.tree }) };
}

/**
 * The files of the tree that a lock file installs from (`file:vendor/x.tgz`, or a folder that is packed); null when
 * one is not in the tree.
 */
async function localPackages(
  platform: Pick<Platform, "git">,
  repository: PrivateRepository,
  folder: string,
  blobs: readonly BlobEntry[],
): Promise<Set<string> | null> {
  const found = new Set<string>();
  for (const above of foldersAbove(folder)) {
    for (const lock of blobs.filter(({ path }) =>
      lockNames.some((name) => path === posix.join(above, name)),
    )) {
      const text = await readBlob(platform, repository, lock.blob);
      for (const [, reference = ""] of text.matchAll(/"?resolved"?\s*:?\s*"file:([^"#]+)/g)) {
        const path = normalisePath(posix.join(above, reference));
        if (!path.ok || reference.startsWith("/")) return null;
        const named = blobs.filter(
          (blob) => blob.path === path.value || blob.path.startsWith(`${path.value}/`),
        );
        if (named.length === 0) return null;
        for (const blob of named) found.add(blob.path);
      }
    }
  }
  return found;
}

/** The folder, and all above it up to the root: a package manager may find its workspace there. */
function foldersAbove(folder: string): string[] {
  const segments = folder === "" ? [] : folder.split("/");
  return [...segments, ""].map((_, depth) => segments.slice(0, segments.length - depth).join("/"));
}
