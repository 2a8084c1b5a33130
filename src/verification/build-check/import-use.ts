/** A module that a file asks for. */
export interface ImportUse {
  readonly specifier: string;
  readonly line: number;
  readonly column: number;
  /** Whether the program runs on without it: asked for in a `try`, or with a handler of its failure. */
  readonly isGuarded: boolean;
  /** Whether the last part may be a name in a module instead of a module. */
  readonly isName: boolean;
}

/** How imports of a language are judged in one tree. */
export interface ImportLanguage {
  fits(path: string): boolean;
  /** Words of which one stands in every file that imports what the change took away. */
  readonly gone: readonly string[];
  /** What is wrong with an import, as a clause; null when nothing surely is. */
  faultOf(path: string, use: ImportUse, isNew: boolean): Promise<string | null>;
}
