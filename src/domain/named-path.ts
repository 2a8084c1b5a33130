import { normalisePath } from "./paths.ts";

const knownNames =
  /^(?:Makefile|Dockerfile|Containerfile|Justfile|Procfile|Gemfile|Rakefile|Vagrantfile|Jenkinsfile|Caddyfile|BUILD|WORKSPACE|LICENSE|LICENCE|NOTICE|README|CHANGELOG|CODEOWNERS|VERSION|AUTHORS|CONTRIBUTING)$/;

/** What no path of a repository that somebody wrote down holds: white space, quotes, signs of prose and of URLs. */
const strange = /[\s"'`<>|;,:\\\p{Cc}]|\.\.\.|…/u;

/** A name with an ending that begins with a letter: not `v1.2`, not `e.g.`, not `3.5`. */
const ending = /[^./][^/]*\.[A-Za-z][A-Za-z0-9_-]{0,11}$|^\.[A-Za-z][\w.-]+$|\/\.[A-Za-z][\w.-]+$/;

const hasEnding = (path: string): boolean => ending.test(path);

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

export const isGlob = (word: string): boolean => /[*?{}]|\[[^\]/]+\]/.test(word);
export const isFolder = (word: string): boolean => word.endsWith("/");

/** Whether a word within prose is sure to be a file of the repository: a folder before it, and an ending. */
export const isSurePath = (word: string): boolean =>
  looksLikePath(word) && !isGlob(word) && !isFolder(word) && word.includes("/") && hasEnding(word);
