import { SaxesParser, type SaxesTagPlain } from "saxes";
import { err, ok } from "../../domain/result.ts";
import { createLineCollector, type FileLines, type LineCollector } from "./file-lines.ts";
import {
  type CoverageFault,
  type CoverageLimits,
  malformed,
  type ReportParser,
  tooMany,
} from "./report-parser.ts";

const mostFolders = 50;
const longestFolder = 4096;

/**
 * Cobertura's XML: the lines of classes; those of their methods are the same ones again. Several classes may lie in
 * one file: hits are added up. A class's file is relative to one of the `<sources>`.
 */
export function createCoberturaParser(limits: CoverageLimits): ReportParser {
  const parser = new SaxesParser();
  const decoder = new TextDecoder();
  const files = new Map<string, LineCollector>();
  const folders: string[] = [];
  const path: string[] = [];
  let current: LineCollector | null = null;
  let [source, kept] = ["", 0];
  let fault: CoverageFault | null = null;
  let ended = false;

  parser.on("error", (error) => {
    fault ??= ended
      ? { code: "truncated", message: "its XML ends too early" }
      : malformed(`it is no sound XML: ${error.message.slice(0, 200)}`);
  });
  parser.on("opentag", (tag) => {
    path.push(tag.name);
    fault ??= readTag(tag);
  });
  parser.on("text", (text) => {
    if (isIn("sources", "source")) source = (source + text).slice(0, longestFolder);
  });
  parser.on("closetag", () => {
    if (isIn("sources", "source")) {
      if (source.trim() !== "" && folders.length < mostFolders) folders.push(source.trim());
      source = "";
    }
    if (path.at(-1) === "class") current = null;
    path.pop();
  });

  const isIn = (parent: string, name: string): boolean => path.at(-1) === name && path.at(-2) === parent;

  function readTag({ attributes }: SaxesTagPlain): CoverageFault | null {
    if (path.length === 1 && (path[0] !== "coverage" || "clover" in attributes))
      return { code: "unknown-format", message: "it is XML, and none of Cobertura" };
    if (isIn("classes", "class")) return openFile(attributes["filename"] ?? "");
    if (!isIn("lines", "line") || path.at(-3) !== "class" || !current) return null;
    const [line, hits] = [attributes["number"] ?? "", Number(attributes["hits"] || "no")];
    if (!/^\d{1,9}$/.test(line) || !Number.isFinite(hits))
      return malformed(`line ${parser.line} tells no line and hits`);
    const before = current.size();
    current.add(Number(line), Math.max(0, hits));
    kept += current.size() - before;
    return kept > limits.lines ? tooMany("lines", limits.lines) : null;
  }

  function openFile(name: string): CoverageFault | null {
    if (name === "") return malformed(`line ${parser.line} has a class of no file`);
    current = files.get(name) ?? null;
    if (current) return null;
    if (files.size >= limits.files) return tooMany("files", limits.files);
    current = createLineCollector();
    files.set(name, current);
    return null;
  }

  return {
    push(chunk) {
      parser.write(decoder.decode(chunk, { stream: true }));
      return fault;
    },
    end() {
      ended = true;
      parser.write(decoder.decode());
      parser.close();
      if (fault) return err(fault);
      const read = [...files].map(([name, lines]): [string, FileLines] => [
        name,
        { ...lines.finish(), uncounted: 0, blocks: null },
      ]);
      return ok({ format: "cobertura", files: new Map(read), folders });
    },
  };
}
