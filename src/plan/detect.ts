import { join } from "node:path";
import type { Argv, CheckSpec } from "../domain/plan.ts";
import type { Files } from "../platform/ports.ts";
import { detectCargo } from "./detect/cargo.ts";
import { detectGo } from "./detect/go.ts";
import { detectNode } from "./detect/node.ts";
import { type DetectedCheck, type Folder, openFolder, type Part, plainFolder } from "./detect/part.ts";
import { detectPython } from "./detect/python.ts";

/** What a repository's own files say about how it is set up and checked. Proposals: nothing was run. */
export interface DetectedToolchain {
  /** The toolchains found, and the file that gave each away. */
  readonly found: readonly { readonly name: string; readonly because: string }[];
  /** Commands, run by `sh -c`. */
  readonly setup: readonly string[];
  readonly checks: readonly DetectedCheck[];
  /** What could not be read or proposed, as sentences. */
  readonly notes: readonly string[];
}

export async function detectToolchain(files: Files, root: string): Promise<DetectedToolchain> {
  const top = await openFolder(files, root);
  const atTop = await detectParts(top);
  const parts = [...atTop, ...(await detectBelow(files, root, "", atTop.length > 0))];
  const taken = new Set<string>();
  return {
    found: parts.map(({ name, because }) => ({ name, because })),
    setup: parts.flatMap((part) => part.setup),
    checks: parts.flatMap((part) =>
      part.checks.map((check) => {
        const unique = taken.has(check.name) ? `${check.name}-${part.name}` : check.name;
        taken.add(unique);
        return { ...check, name: unique };
      }),
    ),
    notes: parts.flatMap((part) => part.notes ?? []),
  };
}

/** Where projects are kept that are shown or tested, not worked on. */
const samples = /^(examples?|samples?|fixtures?|tests?|__\w+__|docs?|dist|build|target|third_party)$/i;
/** A project of its own; packages of a workspace have theirs at the top. */
const lockFiles =
  /^(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|uv\.lock|poetry\.lock|go\.mod|Cargo\.lock)$/;

/**
 * The projects in folders, at most two down. One needs a lock file of its own where there is one above it, or it is
 * taken for a part of that; in a folder at the top of a repository that shows nothing else it needs none.
 */
async function detectBelow(files: Files, root: string, at: string, hasAbove: boolean): Promise<Part[]> {
  const found: Part[] = [];
  const depth = at === "" ? 1 : 2;
  for (const name of (await files.list(join(root, at))) ?? []) {
    if (!plainFolder.test(name) || samples.test(name)) continue;
    const inside = at === "" ? name : `${at}/${name}`;
    const folder = await openFolder(files, join(root, inside));
    const isOwn = [...folder.names].some((one) => lockFiles.test(one));
    const parts = isOwn || (depth === 1 && !hasAbove) ? await detectParts(folder) : [];
    found.push(...parts.map((part) => placeIn(inside, part)));
    if (depth === 1) found.push(...(await detectBelow(files, root, inside, true)));
  }
  return found;
}

async function detectParts(folder: Folder): Promise<Part[]> {
  const detected = [
    await detectNode(folder),
    await detectPython(folder),
    detectGo(folder),
    await detectCargo(folder),
  ];
  return detected.filter((part) => part !== null);
}

/** The part as seen from the repository's root. */
function placeIn(folder: string, part: Part): Part {
  const inside = (command: string) => `cd ${folder} && ${command}`;
  return {
    ...part,
    name: `${part.name}-${folder.replaceAll("/", "-")}`,
    because: `${folder}/${part.because}`,
    setup: part.setup.map(inside),
    checks: part.checks.map(({ name, run, report, coverage, rerun }) => ({
      name,
      run: inside(run),
      ...(report === undefined ? {} : { report: `${folder}/${report}` }),
      ...(coverage === undefined ? {} : { coverage: `${folder}/${coverage}` }),
      ...(rerun === undefined ? {} : { rerun: rerunIn(folder, rerun) }),
    })),
    ...(part.notes === undefined ? {} : { notes: part.notes.map((note) => `${folder}: ${note}`) }),
  };
}

/** For a shell, in which what stands for a test is quoted. In the folder its path begins without that. */
function rerunIn(folder: string, rerun: Argv): Argv {
  const place = rerun.find((word) => word === "{file}" || word === "{id}");
  const words = rerun.map((word) => (word === place ? `"\${place#${folder}/}"` : word));
  const setPlace = place === undefined ? "" : `place=${place} && `;
  return ["sh", "-c", `${setPlace}cd ${folder} && ${words.join(" ")}`];
}

/** Detected checks as a plan has them. */
export function toCheckSpecs(checks: readonly DetectedCheck[]): CheckSpec[] {
  return checks.map(({ name, run, report, coverage, rerun }) => ({
    name,
    argv: ["sh", "-c", run],
    ...(report === undefined ? {} : { report: [report] }),
    ...(coverage === undefined ? {} : { coverage: [coverage] }),
    ...(rerun === undefined ? {} : { rerun }),
  }));
}
