/** A text that is not FEEL, with the offset where reading stopped. Caught where expressions are compiled. */
export class SyntaxFault extends Error {
  readonly code = "rules-syntax";
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

const identifier = /[\p{ID_Start}?_\p{So}\p{Sk}](?:[\p{ID_Continue}?_\p{So}\p{Sk}\u200c]|\u200d|\ufe0f)*/uy;
const wordPart = /[\p{ID_Continue}?]/u;
const blank = /(?:[\s\u180e\ufeff]|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
const numberLiteral = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const stringLiteral = /"((?:[^"\\]|\\[^])*)"/y;

/** Walks over the characters of an expression; white space and comments are skipped before everything. */
export class Scanner {
  readonly source: string;
  position = 0;

  constructor(source: string) {
    this.source = source;
  }

  fault(message: string): SyntaxFault {
    return new SyntaxFault(message, this.position);
  }

  space(): void {
    blank.lastIndex = this.position;
    blank.exec(this.source);
    this.position = Math.max(this.position, blank.lastIndex);
  }

  /** Where the next token begins. */
  mark(): number {
    this.space();
    return this.position;
  }

  peek(length: number = 1): string {
    this.space();
    return this.source.slice(this.position, this.position + length);
  }

  atEnd(): boolean {
    this.space();
    return this.position >= this.source.length;
  }

  end(): void {
    if (!this.atEnd()) throw this.fault("the expression should end here");
  }

  take(symbol: string): boolean {
    this.space();
    if (!this.source.startsWith(symbol, this.position)) return false;
    this.position += symbol.length;
    return true;
  }

  expect(symbol: string): void {
    if (!this.take(symbol)) throw this.fault(`${symbol} is expected`);
  }

  word(word: string): boolean {
    this.space();
    if (!this.source.startsWith(word, this.position)) return false;
    const after = this.source.codePointAt(this.position + word.length);
    if (after !== undefined && wordPart.test(String.fromCodePoint(after))) return false;
    this.position += word.length;
    return true;
  }

  words(first: string, second: string): boolean {
    const start = this.position;
    if (this.word(first) && this.word(second)) return true;
    this.position = start;
    return false;
  }

  expectWord(word: string): void {
    if (!this.word(word)) throw this.fault(`${word} is expected`);
  }

  /** Matches a sticky pattern at the next token. */
  pattern(sticky: RegExp): RegExpExecArray | undefined {
    this.space();
    sticky.lastIndex = this.position;
    const match = sticky.exec(this.source);
    if (match) this.position = sticky.lastIndex;
    return match ?? undefined;
  }

  identifier(): string | undefined {
    return this.pattern(identifier)?.[0];
  }

  /** A number as written, here and now: no white space before it. */
  digits(): string | undefined {
    numberLiteral.lastIndex = this.position;
    const match = numberLiteral.exec(this.source);
    if (match) this.position = numberLiteral.lastIndex;
    return match?.[0];
  }

  /** A string literal with its escapes undone; `\u` pairs join to one character, `\U` takes six digits. */
  string(): string | undefined {
    const body = this.pattern(stringLiteral)?.[1];
    return body?.replaceAll(
      /\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{6})|([^]))/g,
      (all: string, four?: string, six?: string, one?: string) => {
        if (four !== undefined) return String.fromCharCode(Number.parseInt(four, 16));
        if (six !== undefined) {
          const point = Number.parseInt(six, 16);
          return point <= 0x10ffff ? String.fromCodePoint(point) : all;
        }
        return { n: "\n", r: "\r", t: "\t", '"': '"', "'": "'", "\\": "\\" }[one!] ?? all;
      },
    );
  }
}
