import { idPattern } from "../schema.ts";

const mostLetters = 64;

/** A text as an id of a plan: itself where it is one, else its letters and digits with dashes between them. */
export function toId(text: string, otherwise: string): string {
  if (isId(text)) return text;
  const letters = text
    .slice(0, 500)
    .normalize("NFKD")
    .replaceAll(/\p{Mn}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, "-")
    .replaceAll(/-?\.+-?/g, (dots) => (dots === "." ? "." : "-"));
  const slug = cut(letters, mostLetters - 8);
  return isId(slug) ? slug : otherwise;
}

const isId = (text: string): boolean =>
  text.length <= mostLetters && idPattern.test(text) && !/\.lock$/i.test(text);

/** At a dash where there is one, and without what an id cannot begin or end with. */
function cut(slug: string, most: number): string {
  const bare = slug.replace(/^[-.]+|[-.]+$/g, "");
  if (bare.length <= most) return bare;
  const short = bare.slice(0, most);
  const dash = short.lastIndexOf("-");
  return short.slice(0, dash > most / 2 ? dash : most).replace(/[-.]+$/, "");
}

/** Gives out ids that differ in more than letter case: `a`, `a-2`, `a-3`. */
export function createIds(): (wanted: string) => string {
  const counts = new Map<string, number>();
  return (wanted) => {
    for (;;) {
      const key = wanted.toLowerCase();
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      const id = count === 1 ? wanted : `${cut(wanted, mostLetters - 8)}-${count}`;
      if (count === 1) return id;
      if (!counts.has(id.toLowerCase())) {
        counts.set(id.toLowerCase(), 1);
        return id;
      }
    }
  };
}
