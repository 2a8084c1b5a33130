import { stripVTControlCharacters } from "node:util";
import type { ProcessResult } from "./ports.ts";

const mostOfHead = 1000;
const mostOfTail = 1500;

/**
 * What of a program's output is shown beside its failure: whole where it is short, else its beginning, where many
 * print the cause, and its end, where others do; whole lines where they are not too long, without terminal codes.
 */
export function excerptOf({ head = "", tail }: Partial<ProcessResult> & Pick<ProcessResult, "tail">): string {
  const text = stripVTControlCharacters(head + tail).trim();
  if (text.length <= mostOfHead + mostOfTail) return text;
  const begin = text.slice(0, mostOfHead);
  const end = text.slice(-mostOfTail);
  const line = end.indexOf("\n");
  const lastLine = begin.lastIndexOf("\n");
  return [
    lastLine === -1 ? begin : begin.slice(0, lastLine),
    "[… the log has the whole …]",
    line === -1 ? end : end.slice(line + 1),
  ].join("\n");
}
