import { assessHollow } from "../../domain/hollow.ts";
import { readSource } from "../../domain/source-text.ts";
import { asserts, countTests } from "../../domain/test-syntax.ts";
import type { ReadableRepository } from "../../platform/history.ts";

/** What a file's text shows; kept when the text itself is not. */
export interface FileFacts {
  /** Why it is no work, as a clause. */
  readonly hollow: string | null;
  readonly tests: number;
  readonly asserts: boolean;
}

export interface FileText {
  readonly text: string;
  /** Without comments. */
  readonly code: string;
}

/** A file as the blob that it is, under the path that tells its language. */
export interface FileVersion {
  readonly path: string;
  readonly mode: string;
  readonly blob: string;
}

export interface Contents {
  /** Null: the repository does not hold the blob. */
  facts(file: FileVersion): Promise<FileFacts | null>;
  /** Null: it is not held, or too large to be read. */
  text(file: FileVersion): Promise<FileText | null>;
}

/** Texts kept in memory, in characters. */
const mostKept = 32_000_000;

/**
 * Reads blobs when they are asked for, each once as far as memory allows.
 *
 * @param held the blobs that are here; null: all are.
 */
export function createContents(
  { git, gitDir }: ReadableRepository,
  held: ReadonlySet<string> | null,
  fileBytes: number,
): Contents {
  const known = new Map<string, FileFacts | null>();
  const texts = new Map<string, FileText>();
  let kept = 0;

  async function read({ path, blob }: FileVersion): Promise<FileText | "missing" | "large"> {
    const key = `${blob} ${path}`;
    const recent = texts.get(key);
    if (recent) return recent;
    if (held && !held.has(blob)) return "missing";
    const bytes = await git.sizeOf(gitDir, blob);
    if (bytes === null) return "missing";
    if (bytes > fileBytes) return "large";
    const content = await git.read(gitDir, blob);
    if (!content) return "missing";
    const text = content.toString("utf8");
    const file = { text, code: text.includes("\0") ? "" : readSource(path, text).code };
    texts.set(key, file);
    kept += text.length;
    for (const [oldest, { text: gone }] of texts) {
      if (kept <= mostKept || oldest === key) break;
      texts.delete(oldest);
      kept -= gone.length;
    }
    return file;
  }

  return {
    async facts(file) {
      const key = `${file.blob} ${file.path}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const found = await read(file);
      const facts = found === "missing" ? null : factsOf(file.path, found);
      known.set(key, facts);
      return facts;
    },
    async text(file) {
      const found = await read(file);
      return typeof found === "string" ? null : found;
    },
  };
}

function factsOf(path: string, file: FileText | "large"): FileFacts {
  if (file === "large") return { hollow: null, tests: 0, asserts: false };
  return {
    hollow: assessHollow(path, file.text),
    tests: countTests(path, file.code),
    asserts: asserts(path, file.code),
  };
}
