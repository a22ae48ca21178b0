/** A running site. */
export interface Site {
  readonly name: string;
  /** Where it answers. */
  readonly url: string;
  /** Reads the declarations of its registers anew and publishes what changed, without a stop. A gateway has this. */
  reload?(): Promise<void>;
  /** Finishes what it is in the middle of, then stops. */
  close(): Promise<void>;
}

/** Where a site listens; `option` is what the operator changes when the port is taken. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly option: string;
  /** For a desk: host names under which it is called; addresses and `localhost` need no listing. */
  readonly names?: readonly string[] | undefined;
}
