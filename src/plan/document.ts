import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  type YAMLError,
} from "yaml";
import { err, ok, type Result } from "../domain/result.ts";
import { createFinding, type Finding, type Position } from "./findings.ts";
import { printable, quote } from "./wording.ts";

/** A place in a document as its keys and indexes from the root. */
export type SourcePath = readonly (string | number)[];

/** The plain value of a YAML or JSON text, and where its parts stand. */
export interface SourceDocument {
  /** Plain data: null, booleans, numbers, strings, arrays, objects. `undefined` when the text is not well-formed. */
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** Whether the text itself has something at `path`. */
  has(path: SourcePath): boolean;
  /** Where the value at `path` stands, or the nearest thing around it that exists. */
  at(path: SourcePath): Position;
  /** Where the key itself stands. */
  keyAt(path: SourcePath): Position;
}

const start: Position = { line: 1, column: 1 };

/** Why bytes are no text, and where that shows. */
export interface NoText extends Position {
  /** Goes on a sentence that begins with "it". */
  readonly what: string;
}

/** The text of a file: UTF-8 without NUL characters, a byte order mark taken off. */
export function decodeText(data: Uint8Array): Result<string, NoText> {
  const [first, second] = data;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return err({ ...start, what: "is UTF-16, and not UTF-8" });
  const end = data.indexOf(0);
  if (end !== -1) return err({ ...positionIn(data, end), what: "holds a NUL character, so it is no text" });
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(data));
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    return err({ ...positionIn(data, firstBadByte(data)), what: "is not UTF-8 text" });
  }
}

function positionIn(data: Uint8Array, offset: number): Position {
  const before = Buffer.from(data.subarray(0, offset)).toString("utf8");
  const lines = before.split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

/** Where a lenient reading first differs from the bytes. */
function firstBadByte(data: Uint8Array): number {
  const read = Buffer.from(Buffer.from(data).toString("utf8"));
  const index = read.findIndex((byte, at) => byte !== data[at]);
  return index === -1 ? data.length : index;
}

const maxDepth = 32;
const maxNodes = 100_000;
/** Words, brackets, white space: a plan of 5,000 phases has some 300,000. */
const maxParts = 500_000;
const maxSyntaxFindings = 20;
/** The library quotes the text that it stumbles over. */
const maxWords = 300;
/** Reads YAML (and so JSON). Any text gives an answer: what is wrong with it is in `findings`. */
export function readDocument(text: string, file: string): SourceDocument {
  const lines = new LineCounter();
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return line === 0 ? start : { line, column: col };
  };
  const refuse = (message: string) => brokenDocument([createFinding("plan-syntax", file, start, message)]);
  if (hasTooManyParts(text)) return refuse(tooMany);
  const document = composeDocument(text, lines);
  if (document === null) return refuse(tooDeep);

  const faults = [...document.errors, ...document.warnings].slice(0, maxSyntaxFindings);
  if (faults.length > 0) {
    return brokenDocument(
      faults.map((fault) => createFinding("plan-syntax", file, positionOf(fault.pos[0]), wordsOf(fault))),
    );
  }

  const reading = new NodeReader(file, positionOf);
  const value = reading.read(document.contents, 0);
  const { findings, anchors } = reading;
  const broken = findings.some((finding) => finding.code === "plan-syntax");
  const locate = (path: SourcePath) => findNode(document.contents, path, anchors);
  return {
    value: broken ? undefined : value,
    findings,
    has: (path) => locate(path).whole,
    at: (path) => positionOf(locate(path).node?.range?.[0] ?? 0),
    keyAt: (path) => positionOf((locate(path).key ?? locate(path).node)?.range?.[0] ?? 0),
  };
}

const tooMany = "It holds too many parts.";
const tooDeep = "It is nested too deeply.";

/** What the library would need gigabytes for: it makes an error for every part that stands where it cannot. */
function hasTooManyParts(text: string): boolean {
  let parts = 0;
  for (const _ of new Lexer().lex(text)) {
    parts++;
    if (parts > maxParts) return true;
  }
  return false;
}

function composeDocument(text: string, lines: LineCounter): Document.Parsed | null {
  const { stackTraceLimit } = Error;
  // Stack traces of a hundred thousand syntax errors take seconds, and nobody reads them.
  Error.stackTraceLimit = 0;
  try {
    // Keys are compared by the NodeReader: the library's own comparison takes quadratic time.
    return parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      schema: "core",
      resolveKnownTags: false,
    });
  } catch (thrown) {
    // The parser recurses, so hostile nesting ends its stack.
    if (thrown instanceof RangeError) return null;
    throw thrown;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The library's words, where they are for a person who writes a plan. */
function wordsOf({ code, message }: YAMLError): string {
  if (code === "RESOURCE_EXHAUSTION") return tooDeep;
  if (code === "MULTIPLE_DOCS") return "A second document begins here; a file holds one.";
  const [words = ""] = message.split("\n");
  return `${printable(words.slice(0, maxWords))}.`;
}

function brokenDocument(findings: readonly Finding[]): SourceDocument {
  return { value: undefined, findings, has: () => false, at: () => start, keyAt: () => start };
}

/** Turns nodes into plain values, within limits of depth and of nodes, aliases resolved. */
class NodeReader {
  readonly findings: Finding[] = [];
  readonly anchors = new Map<string, Node>();
  #nodes = 0;
  readonly #file: string;
  readonly #positionOf: (offset: number) => Position;

  constructor(file: string, positionOf: (offset: number) => Position) {
    this.#file = file;
    this.#positionOf = positionOf;
  }

  read(node: Node | null, depth: number): unknown {
    this.#nodes++;
    if (this.#nodes === maxNodes) this.#refuse(node, "It holds too many values, or aliases that multiply.");
    if (depth === maxDepth) this.#refuse(node, "It is nested too deeply, or an alias holds itself.");
    if (node === null || this.#nodes >= maxNodes || depth >= maxDepth) return null;

    if (isAlias(node)) {
      const target = this.anchors.get(node.source);
      if (target !== undefined) return this.read(target, depth + 1);
      return this.#refuse(node, `The alias ${quote(node.source)} names no anchor before it.`);
    }
    if ("anchor" in node && node.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (isScalar(node)) return this.#readScalar(node);
    if (isSeq(node)) return node.items.map((item) => this.read(item as ParsedNode | null, depth + 1));
    if (isMap(node)) return this.#readMap(node, depth);
    return this.#refuse(node, "It is neither a value, a list nor a mapping.");
  }

  #readScalar(node: Node & { value: unknown }): unknown {
    const { value } = node;
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") return value;
    return this.#refuse(node, "It is not text, a number, true, false or null.");
  }

  #readMap(node: Node & { items: { key: unknown; value: unknown }[] }, depth: number): unknown {
    const entries = new Map<string, unknown>();
    for (const pair of node.items) {
      const key = pair.key as Node | null;
      if (!isScalar(key) || key.value === null || typeof key.value === "object") {
        this.#refuse(key ?? node, "A key must be text.");
        continue;
      }
      const name = String(key.value);
      if (entries.has(name)) this.#find("duplicate-key", key, `The key ${quote(name)} occurs twice.`);
      entries.set(name, this.read(pair.value as Node | null, depth + 1));
    }
    return Object.fromEntries(entries);
  }

  #refuse(node: Node | null, message: string): null {
    this.#find("plan-syntax", node, message);
    return null;
  }

  #find(code: "plan-syntax" | "duplicate-key", node: Node | null, message: string): void {
    // Each of them refuses the file, so that no later one matters for what is done.
    if (this.findings.length >= maxSyntaxFindings) return;
    this.findings.push(createFinding(code, this.#file, this.#positionOf(node?.range?.[0] ?? 0), message));
  }
}

interface Located {
  /** The deepest node on the way. */
  readonly node: Node | null;
  /** The key that leads to it, when its parent is a mapping. */
  readonly key: Node | null;
  /** Whether the whole way exists. */
  readonly whole: boolean;
}

function findNode(root: Node | null, path: SourcePath, anchors: ReadonlyMap<string, Node>): Located {
  let located: Located = { node: root, key: null, whole: true };
  for (const step of path) {
    const node = isAlias(located.node) ? anchors.get(located.node.source) : located.node;
    if (isMap(node)) {
      const pair = node.items.findLast(
        (item) => isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (pair === undefined) return { ...located, whole: false };
      const key = pair.key as Node;
      located = { node: (pair.value as Node | null) ?? key, key, whole: true };
    } else if (isSeq(node) && node.items[Number(step)] !== undefined) {
      located = { node: node.items[Number(step)] as Node, key: null, whole: true };
    } else {
      return { ...located, whole: false };
    }
  }
  return located;
}
