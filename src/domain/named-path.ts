import { normalisePath } from "./paths.ts";

const knownNames =
  /^(?:Makefile|Dockerfile|Containerfile|Justfile|Procfile|Gemfile|Rakefile|Vagrantfile|Jenkinsfile|Caddyfile|BUILD|WORKSPACE|LICENSE|LICENCE|NOTICE|README|CHANGELOG|CODEOWNERS|VERSION|AUTHORS|CONTRIBUTING)$/;

/** What no path of a repository that somebody wrote down holds: white space, quotes, signs of prose and of URLs. */
const strange = /[\s"'`<>|;,:\\\p{Cc}\p{Cf}]|(?<!\[)\.\.\.|…/u;

/** A name with an ending that begins with a letter: not `v1.2`, not `3.5`. A dot file is one. */
function hasEnding(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot !== -1 && !/^\.+\./.test(name) && /^[A-Za-z][\w-]{0,11}$/.test(name.slice(dot + 1));
}

/**
 * Whether one word that stands where a path is due is one: with a slash, an ending, or a name such as `Makefile`.
 * Such a word may be a folder or a glob as well.
 */
export function looksLikePath(word: string): boolean {
  if (word.length > 1000 || strange.test(word) || word.startsWith("~")) return false;
  const path = normalisePath(word);
  if (!path.ok) return false;
  return word.includes("/") || hasEnding(word) || knownNames.test(word);
}

/** `[id]`, `[...slug]`: a segment that a router reads, and no class of characters. */
const routed = /(?:^|\/)\[{1,2}(?:\.\.\.)?[\w-]+\]{1,2}(?:\.(?:[cm]?[jt]sx?|vue|svelte|astro))?(?=\/|$)/g;

export const isGlob = (word: string): boolean => /[*?{}]|\[[^\]/]+\]/.test(word.replaceAll(routed, "/x"));
export const isFolder = (word: string): boolean => word.endsWith("/");

/** `Vue.js/React.js`, `example.com/a.md`, `@scope/x.ts`: what has slashes and endings without being a path. */
const listed = /^@|(?:^|\/)[^/]+\.(?:js|ts|tsx|jsx|py|net|com|org|io|dev)\//i;

/** Whether a word within prose is sure to be a file of the repository: a folder before it, and an ending. */
export const isSurePath = (word: string): boolean =>
  looksLikePath(word) &&
  !isGlob(word) &&
  !isFolder(word) &&
  word.replace(/^\.\//, "").includes("/") &&
  hasEnding(word) &&
  !listed.test(word);
