import { posix } from "node:path";
import type { Diagnostic } from "../../domain/finding.ts";

/** A diagnostic as a tool writes it: its path may be absolute, a URL, or relative to where the tool ran. */
export type RawDiagnostic = Omit<Diagnostic, "severity"> & { readonly severity: string | number };

/** At most this much of a message is kept. */
const longestMessage = 500;

/**
 * Makes diagnostics of one command comparable, in whatever workspace it ran: paths relative to the repository's
 * root, `folder` being where the command ran; the root taken out of messages too. Null for what is no complaint (a
 * note, a hint, advice).
 */
export function createNormaliser(root: string, folder: string): (raw: RawDiagnostic) => Diagnostic | null {
  const base = root.replace(/\/+$/, "");
  const relative = (path: string): string => {
    const plain = path
      .replace(/^file:\/\/(localhost)?/, "")
      .replaceAll("\\", "/")
      .replace(/^(?:\/private)?(?=\/)/, "");
    if (plain === "") return "";
    if (plain === base) return "";
    if (plain.startsWith(`${base}/`)) return posix.normalize(plain.slice(base.length + 1));
    if (plain.startsWith("/") || /^[A-Za-z]:\//.test(plain)) return plain;
    return posix.join(folder, plain);
  };
  return ({ path, line, column, severity, rule, message }) => {
    const level = severityOf(severity);
    if (level === null) return null;
    return {
      path: relative(path),
      line: atLeastOne(line),
      column: atLeastOne(column),
      severity: level,
      rule: rule === "" ? null : rule,
      message: message.replaceAll(`${base}/`, "").replace(/\s+/g, " ").trim().slice(0, longestMessage),
    };
  };
}

const atLeastOne = (value: number | null): number | null =>
  value !== null && Number.isSafeInteger(value) && value >= 1 ? value : null;

/** The words and numbers of the tools. */
function severityOf(word: string | number): Diagnostic["severity"] | null {
  const plain = String(word).toLowerCase();
  if (
    /^(e|2|x|×|✖|✘|error|err|fatal|fatal error|critical|blocker|deny|f|internal compiler error)$/.test(plain)
  )
    return "error";
  return /^(w|1|!|⚠|warn|warning|major|minor)$/.test(plain) ? "warning" : null;
}
