import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import { err, ok, type Result } from "../../domain/result.ts";
import { type Script, scriptSchema } from "./script-schema.ts";

export interface ScriptProblem {
  readonly message: string;
  /** 1 for the first line. */
  readonly line: number;
  readonly column: number;
}

const longestScript = 10 * 1024 * 1024;

/** Reads a script; every problem comes with its place. Never throws, whatever the text. */
export function parseScript(text: string): Result<Script, readonly ScriptProblem[]> {
  if (text.length > longestScript) return err([atStart(`a script has at most ${longestScript} characters`)]);
  const lines = new LineCounter();
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = readYaml(text, lines);
  if (!document.ok) return document;
  const { errors } = document.value.document;
  if (errors.length > 0) {
    return err(
      errors.map(({ message, pos }) => ({ message: message.split("\n")[0] ?? "", ...place(pos[0]) })),
    );
  }
  const parsed = scriptSchema.safeParse(document.value.value);
  if (parsed.success) return ok(parsed.data);
  return err(
    parsed.error.issues.map((issue) => {
      const where = issue.path.join(".");
      const message = where === "" ? issue.message : `${where}: ${issue.message}`;
      return { message, ...place(offsetOf(document.value.document, issue.path)) };
    }),
  );
}

const atStart = (message: string): ScriptProblem => ({ message, line: 1, column: 1 });

/** Aliases that multiply and nesting that exhausts the stack make the library throw. */
function readYaml(
  text: string,
  lineCounter: LineCounter,
): Result<{ document: Document; value: unknown }, readonly ScriptProblem[]> {
  try {
    const document: Document = parseDocument(text, { lineCounter });
    return ok({ document, value: document.errors.length > 0 ? undefined : document.toJS() });
  } catch (error) {
    return err([atStart(`it cannot be read as YAML: ${error instanceof Error ? error.message : "unknown"}`)]);
  }
}

/** Where the innermost node on the path begins that exists. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
