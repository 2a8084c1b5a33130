import type { StrengthBasis } from "../../domain/assessment.ts";
import type { Contents, FileVersion } from "./contents.ts";
import { type Finding, found, type Item, type Scene, type Since } from "./finding.ts";
import { type Names, stemOf } from "./named.ts";
import type { CommitFacts } from "./timeline.ts";

const isProse = (path: string): boolean => /\.(?:md|mdx|markdown|txt|rst|adoc)$/i.test(path);

/** Judges a file that was made or changed since the phase began, by what it holds. */
export async function judgeContent(
  { contents, usage }: Pick<Scene, "contents" | "usage">,
  item: Item,
  since: Since,
  file: FileVersion,
  by: CommitFacts,
): Promise<Finding> {
  if (file.mode === "160000") return found("unjudged", "it is a repository of its own");
  if (file.mode === "120000") return found("denied", "it is a symbolic link and no file", "hollow", by);
  if (since.before === file.blob)
    return found("denied", "it is again as it was before the phase began", "untouched-edit", by);
  const facts = await contents.facts(file);
  if (!facts) return found("unjudged", `this repository does not hold its content at ${by.name}`);
  if (facts.hollow !== null) return found("denied", `it is no work: ${facts.hollow}`, "hollow", by);

  const { required, support } = item;
  const lacking = await lackingOf(contents, file, required);
  if (lacking === null)
    return found("unjudged", `it is too large to be looked through for ${required.join(", ")}`);
  if (lacking.length > 0)
    return found("denied", `it lacks ${lacking.join(", ")}, which the phase names`, "named-missing", by);

  const what = `${since.isNew ? "created" : "changed"} in ${by.name}`;
  const hinted = await hintedIn(contents, file, support);
  const held = [...required, ...hinted];
  const added = since.isNew ? held : await newSince(contents, { ...file, blob: since.before }, held);
  const basis = basisOf(usage, item.path, file, added);
  if (since.isNew)
    return found(
      "ok",
      `${what}${held.length > 0 ? `, holds ${held.join(", ")}` : " and not hollow"}`,
      basis,
      by,
    );
  if (required.length > 0) return found("ok", `${what}, holds ${required.join(", ")}`, basis, by);
  if (added.length > 0) return found("ok", `${what}, holds ${added.join(", ")} since`, basis, by);
  if (item.isOnly && support.identifiers.length > 0 && hinted.length === 0)
    return found(
      "denied",
      `it lacks ${support.identifiers.join(", ")}, which the phase names`,
      "named-missing",
      by,
    );
  return found("touched", `${what}; the phase names nothing to look for in it`, null, by);
}

/** Null: the file is too large to be looked through. */
async function lackingOf(
  contents: Contents,
  file: FileVersion,
  names: readonly string[],
): Promise<string[] | null> {
  const lacking: string[] = [];
  for (const name of names) {
    const isHeld = await contents.holds(file, name);
    if (isHeld === null) return null;
    if (!isHeld) lacking.push(name);
  }
  return lacking;
}

/** What a file holds of the names that the phase's own text has: of a file's name, its stem will do. */
async function hintedIn(contents: Contents, file: FileVersion, names: Names): Promise<string[]> {
  const hinted: string[] = [];
  for (const name of [...names.identifiers, ...names.modules, ...names.files.map(stemOf)])
    if (await contents.holds(file, name)) hinted.push(name);
  return hinted;
}

/** Those of `names` that the file did not hold before; none where what it was cannot be known. */
async function newSince(
  contents: Contents,
  { path, mode, blob }: { readonly path: string; readonly mode: string; readonly blob: string | null },
  names: readonly string[],
): Promise<string[]> {
  const added: string[] = [];
  for (const name of blob === null ? [] : names)
    if ((await contents.holds({ path, mode, blob: blob ?? "" }, name)) === false) added.push(name);
  return added;
}

function basisOf(
  usage: Scene["usage"],
  path: string,
  file: FileVersion,
  added: readonly string[],
): StrengthBasis {
  if (isProse(file.path)) return "document";
  if (added.length === 0) return "created";
  const isUsed = usage.isUsed(file.path, added) === true || usage.isUsed(path, added) === true;
  return isUsed ? "symbol-reachable" : "symbol-unreachable";
}
