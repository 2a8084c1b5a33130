import type { DeliverableEvidence } from "../../domain/assessment.ts";
import { holds } from "./named.ts";

/** What stands where something else should: notes to do it, and answers that are the same whatever is asked. */
const standIn =
  /\b(?:TODO|FIXME|XXX|HACK)\b|\bNotImplemented|\bnot (?:yet )?implemented\b|\bplaceholder\b|\bhard-?coded\b|\b(?:todo|unimplemented)!|\breturn\s+(?:None|null|nil|undefined|-?[01](?:\.0)?|""|''|\[\]|\{\}|[Tt]rue|[Ff]alse)\s*;?\s*(?:#.*|\/\/.*)?$|[=:(,]\s*0\.0\b|^\s*(?:pass|\.\.\.)\s*$/i;

const linesBefore = 2;
const linesAfter = 8;
const mostShown = 20;
const longestLine = 160;

/** Stand-ins within a few lines of where `identifiers` stand in a text. */
export function findStandIns(text: string, identifiers: readonly string[]): DeliverableEvidence["standIns"] {
  if (identifiers.length === 0) return [];
  const lines = text.split("\n");
  const found: { line: number; text: string }[] = [];
  let near = -1;
  const named = lines.map((line) => line.length < 2000 && identifiers.some((name) => holds(line, name)));
  for (const [index, line] of lines.entries()) {
    for (let at = index; at <= index + linesBefore; at++)
      if (named[at]) near = Math.max(near, at + linesAfter);
    if (index > near || found.length >= mostShown || line.length >= 2000) continue;
    if (standIn.test(line))
      found.push({ line: index + 1, text: line.trim().slice(0, longestLine).toWellFormed() });
  }
  return found;
}
