import { stripVTControlCharacters } from "node:util";

/** Control and invisible format characters: terminal commands, writing direction, hidden text. Joiners stay. */
const unprintable = /[[\p{Cc}\p{Cf}]--[\u200c\u200d]]/gv;
const lineBreak = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

/** Text from outside as one harmless line: no terminal commands, no hidden characters, no line breaks. */
export function stripControl(text: string): string {
  return cleanLines(text).join(" ").trim();
}

/** Text from outside as harmless lines. A carriage return begins a new line, as progress bars mean it. */
export function cleanLines(text: string): string[] {
  return stripVTControlCharacters(text.toWellFormed())
    .split(lineBreak)
    .map((line) => line.replaceAll("\t", " ").replaceAll(unprintable, ""));
}

/**
 * JSON for stdout. Characters that a terminal may obey are written as `\u` escapes, so that the value is the
 * same and looking at it is safe. `indent` as in JSON.stringify.
 */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

const invisible = /^[\p{M}\u200c\u200d]$/u;
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

const widthOfCharacter = (character: string): number =>
  invisible.test(character) ? 0 : wide.test(character) ? 2 : 1;

/** Columns that a text takes on a terminal, near enough: East Asian characters and emoji take two. */
export function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** The text where it fits into `width` columns, else its beginning and `…`. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  let used = 0;
  for (const character of text) {
    used += widthOfCharacter(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** `2 h 04 min`, `3 min 05 s`, `12 s`, `0.4 s`; `unknown` for what is not a length of time. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "unknown";
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  return `${Math.floor(minutes / 1440)} d ${two(Math.floor((minutes % 1440) / 60))} h`;
}

/** Milliseconds from one ISO 8601 instant to another or to a date; NaN where one is not an instant. */
export const elapsed = (from: string, to: string | Date): number =>
  (typeof to === "string" ? Date.parse(to) : to.getTime()) - Date.parse(from);

/** `21:14:05Z`: the time of day in UTC, and the date before it when the day is not that of `near`. */
export function clockTime(at: string, near: string | Date = at): string {
  const instant = Date.parse(at);
  if (Number.isNaN(instant)) return "unknown";
  const iso = new Date(instant).toISOString();
  const reference = typeof near === "string" ? Date.parse(near) : near.getTime();
  const sameDay =
    Number.isNaN(reference) || new Date(reference).toISOString().slice(0, 10) === iso.slice(0, 10);
  const time = `${iso.slice(11, 19)}Z`;
  return sameDay ? time : `${iso.slice(0, 10)} ${time}`;
}

/** `2026-11-02 21:14:05 UTC`. */
export function dateTime(at: string): string {
  const instant = Date.parse(at);
  if (Number.isNaN(instant)) return "unknown";
  const iso = new Date(instant).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** `600,000`. */
export const formatCount = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");

/** In the unit that gives a number of at most three digits. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${Math.round(bytes / 1000 ** power)} ${units[power]}`;
}

/** `1 phase`, `2 phases`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

/** The first characters of a git hash, for people. */
export const shortHash = (hash: string): string => stripControl(hash).slice(0, 10);
