import { SaxesParser } from "saxes";
import type { RawDiagnostic } from "./place.ts";

/** The diagnostics of a checkstyle report in an output; null where there is none. What is cut off counts as far as it goes. */
export function parseCheckstyle(output: string): RawDiagnostic[] | null {
  const start = output.search(/<checkstyle[\s>]/);
  if (start === -1) return null;
  const end = output.lastIndexOf("</checkstyle>");
  const found: RawDiagnostic[] = [];
  let path = "";
  let isBroken = false;
  const parser = new SaxesParser();
  parser.on("error", () => {
    isBroken = true;
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (isBroken) return;
    const { line, column, severity = "error", source, message } = attributes;
    if (name === "file") path = attributes["name"] ?? "";
    if (name !== "error" || message === undefined) return;
    const [row, place] = [Number(line ?? Number.NaN), Number(column ?? Number.NaN)];
    found.push({ path, line: row, column: place, severity, rule: source ?? null, message });
  });
  parser.write(output.slice(start, end === -1 ? undefined : end + "</checkstyle>".length)).close();
  return found;
}
