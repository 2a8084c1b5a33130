import { stripVTControlCharacters } from "node:util";
import type { Diagnostic } from "../../domain/finding.ts";
import { parseLines } from "./block-formats.ts";
import { parseCheckstyle } from "./checkstyle.ts";
import { parseJsonReports } from "./json-formats.ts";
import { createNormaliser } from "./place.ts";

/** What a command's output says of places in files. */
export interface DiagnosticReport {
  /** In the order of the output, each once. One whose path is empty concerns no file. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether these are all: false where the output was cut, here or by the tool. */
  readonly isWhole: boolean;
}

/** More is not read: the diagnostics are to be shown and compared, not stored. */
const limits = { characters: 4_000_000, lineLength: 2_000, diagnostics: 5_000 };

/** Words with which tools own up to telling only a part. */
const partly = /^\s*(?:too many errors|The number of diagnostics exceeds|Diagnostics not shown: [1-9])/m;

export interface DiagnosticsSource {
  /** The workspace in which the command ran, absolute. */
  readonly root: string;
  /** Where in it the command ran; left out: at its root. */
  readonly folder?: string;
}

/**
 * The diagnostics in the output, or the report, of a compiler or linter: tsc, ESLint, oxlint, biome, ruff, flake8,
 * mypy, pyright, go, cargo, rustc, gcc, clang, javac, esbuild, SARIF 2.1.0, checkstyle. Any text is taken; what is
 * not recognised is passed over.
 */
export function parseDiagnostics(output: string, { root, folder = "" }: DiagnosticsSource): DiagnosticReport {
  const plain = stripVTControlCharacters(output.slice(0, limits.characters)).replace(/\r\n?/g, "\n");
  const raw = parseJsonReports(plain) ?? parseCheckstyle(plain) ?? parseLines(shortLines(plain));
  const normalise = createNormaliser(root, folder);
  const found = new Map<string, Diagnostic>();
  for (const one of raw) {
    const diagnostic = normalise(one);
    if (!diagnostic) continue;
    const { path, line, column, rule, message } = diagnostic;
    found.set(JSON.stringify([path, line, column, rule, message]), diagnostic);
    if (found.size === limits.diagnostics) break;
  }
  const isCut = output.length > limits.characters || found.size === limits.diagnostics;
  return { diagnostics: [...found.values()], isWhole: !isCut && !partly.test(plain) };
}

function* shortLines(output: string): Generator<string> {
  for (const line of output.split("\n")) yield line.slice(0, limits.lineLength).trimEnd();
}
