import { child, list, parseScript, print, stringOf, text } from "./javascript-tree.ts";
import { createLineIndex } from "./model.ts";

export interface Snapshot {
  readonly text: string;
  readonly line: number;
}

/** The entries of a snapshot file by name; null where the path is none, or it cannot be read. */
export async function readSnapshots(
  path: string,
  source: string | null,
): Promise<Map<string, Snapshot> | null> {
  if (source === null) return null;
  if (path.endsWith(".ambr")) return readAmber(source);
  if (!path.endsWith(".snap")) return null;
  const parsed = await parseScript(`${path}.js`, source);
  if (!parsed) return null;
  const lineAt = createLineIndex(source);
  const found = new Map<string, Snapshot>();
  for (const statement of list(parsed.program, "body")) {
    const assignment = child(statement, "expression");
    const left = child(assignment, "left");
    const name = stringOf(child(left, "property"));
    if (assignment?.type !== "AssignmentExpression" || text(child(left, "object"), "name") !== "exports")
      continue;
    if (name !== null)
      found.set(name, { text: print(child(assignment, "right")), line: lineAt(statement.start) });
  }
  return found;
}

/** Syrupy's files: `# name: test_x`, the value, `# ---`. */
function readAmber(source: string): Map<string, Snapshot> {
  const found = new Map<string, Snapshot>();
  let open: { name: string; line: number; lines: string[] } | null = null;
  for (const [index, line] of source.split("\n").entries()) {
    if (line.startsWith("# name: ")) open = { name: line.slice(8).trim(), line: index + 1, lines: [] };
    else if (line.startsWith("# ---")) {
      if (open) found.set(open.name, { text: open.lines.join("\n"), line: open.line });
      open = null;
    } else open?.lines.push(line);
  }
  return found;
}
