import type { StrengthBasis } from "../../domain/assessment.ts";
import type { FileVersion } from "./contents.ts";
import { type Finding, found, type Item, nameOf, type Scene, type Since } from "./finding.ts";
import { holds, stemOf } from "./named.ts";
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
  if (!facts) return found("unjudged", `this repository does not hold its content at ${nameOf(by)}`);
  if (facts.hollow !== null) return found("denied", `it is no work: ${facts.hollow}`, "hollow", by);

  const { required, support } = item;
  const hints = [...support.identifiers, ...support.modules];
  const isNamed = required.length > 0 || hints.length > 0 || support.files.length > 0;
  const text = isNamed ? await contents.text(file) : null;
  if (required.length > 0 && text === null)
    return found("unjudged", `it is too large to be looked through for ${required.join(", ")}`);
  const isHeld = (name: string) => text !== null && isIn(text, name);
  const lacking = required.filter((name) => !isHeld(name));
  if (lacking.length > 0)
    return found("denied", `it lacks ${lacking.join(", ")}, which the phase names`, "named-missing", by);

  const what = `${since.isNew ? "created" : "changed"} in ${nameOf(by)}`;
  const hinted = [
    ...hints.filter(isHeld),
    ...support.files.filter((name) => isHeld(name) || isHeld(stemOf(name))),
  ];
  const before = since.before === null ? null : await contents.text({ ...file, blob: since.before });
  const added = [...required, ...hinted].filter((name) => before === null || !isIn(before, name));
  const basis = basisOf(usage, item.path, file, added);
  if (since.isNew) {
    const holding =
      required.length + hinted.length > 0 ? `, holds ${[...required, ...hinted].join(", ")}` : "";
    return found("ok", `${what}${holding || " and not hollow"}`, basis, by);
  }
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

/** An identifier has to stand in the code; any other text anywhere. */
const isIn = ({ text, code }: { readonly text: string; readonly code: string }, name: string): boolean =>
  holds(code, name) || (!/^[\w$]+$/.test(name) && text.includes(name));

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
