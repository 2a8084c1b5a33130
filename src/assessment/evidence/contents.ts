import { assessHollow } from "../../domain/hollow.ts";
import { readSource } from "../../domain/source-text.ts";
import { asserts, countTests } from "../../domain/test-syntax.ts";
import type { ReadableRepository } from "../../platform/history.ts";
import { holds } from "./named.ts";

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
  /** Whether it holds a name: an identifier in its code, any other text anywhere. Null as for `text`. */
  holds(file: FileVersion, name: string): Promise<boolean | null>;
}

/** Texts kept in memory, in characters. */
const mostKept = 64_000_000;

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
  const known = new Map<string, Map<string, Known>>();
  const texts = new Map<Known, FileText>();
  let kept = 0;

  function knownOf({ path, blob }: FileVersion): Known {
    const paths = known.get(blob) ?? new Map<string, Known>();
    known.set(blob, paths);
    const one = paths.get(path) ?? { facts: undefined, held: new Map() };
    paths.set(path, one);
    return one;
  }

  async function read({ path, blob }: FileVersion, key: Known): Promise<FileText | "missing" | "large"> {
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
    if (!texts.has(key)) kept += text.length;
    texts.set(key, file);
    for (const [oldest, { text: gone }] of texts) {
      if (kept <= mostKept || oldest === key) break;
      texts.delete(oldest);
      kept -= gone.length;
    }
    return file;
  }

  const text = async (file: FileVersion, key = knownOf(file)): Promise<FileText | null> => {
    const content = await read(file, key);
    return typeof content === "string" ? null : content;
  };

  return {
    async facts(file) {
      const key = knownOf(file);
      if (key.facts !== undefined) return key.facts;
      const content = await read(file, key);
      key.facts = content === "missing" ? null : factsOf(file.path, content);
      return key.facts;
    },
    text: (file) => text(file),
    async holds(file, name) {
      const key = knownOf(file);
      const before = key.held.get(name);
      if (before !== undefined) return before;
      const content = await text(file, key);
      const answer = content && isIn(content, name);
      key.held.set(name, answer);
      return answer;
    },
  };
}

/** What was found out of a file and is kept. */
interface Known {
  facts: FileFacts | null | undefined;
  readonly held: Map<string, boolean | null>;
}

const isIn = ({ text, code }: FileText, name: string): boolean =>
  holds(code, name) || (!/^[\w$]+$/.test(name) && text.includes(name));

function factsOf(path: string, file: FileText | "large"): FileFacts {
  if (file === "large") return { hollow: null, tests: 0, asserts: false };
  return {
    hollow: assessHollow(path, file.text),
    tests: countTests(path, file.code),
    asserts: asserts(path, file.code),
  };
}
